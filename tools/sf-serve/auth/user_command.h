/* SPDX-License-Identifier: MIT */
/* sf-serve user: who may ask. */
#ifndef AUTH_USER_COMMAND_H
#define AUTH_USER_COMMAND_H

#include "common/settings.h"

extern const sf_tool sf_user_command;

/* Does what the settings say. Returns the exit code. */
int sf_user_run(const sf_settings *s);

#endif
