/* SPDX-License-Identifier: MIT */
/* The folder in which programs remember what is theirs alone: $XDG_STATE_HOME/signalflow, or ~/.local/state/signalflow. */
#ifndef SF_STATE_FOLDER_H
#define SF_STATE_FOLDER_H

#include "signalflow/error.h"

/* Its path, or a copy of `dir` unless that is NULL; the caller frees it. NULL: there is no HOME, or no memory; err says which. */
char *sf_state_folder(const char *dir, sf_error *err);

/* Makes it with all above it; only its owner may look into it. SF_OK, SF_EIO. */
int sf_state_folder_make(char *path, sf_error *err);

/* Three texts as one; the caller frees it. NULL: no memory. */
char *sf_join_path(const char *a, const char *b, const char *c);

#endif
