/* SPDX-License-Identifier: MIT */
/* sf-serve without a command: the server. */
#ifndef SF_SERVE_H
#define SF_SERVE_H

#include "common/settings.h"

extern const sf_option sf_serve_options[];

/* Serves until SIGTERM or SIGINT. Returns the exit code. */
int sf_serve_run(const sf_settings *s);

#endif
