/* SPDX-License-Identifier: MIT */
/* sf-serve query: the answers at a prompt. */
#ifndef SF_QUERY_H
#define SF_QUERY_H

#include "common/settings.h"

extern const sf_tool sf_query_command;

/* Answers what the settings ask. Returns the exit code. */
int sf_query_run(const sf_settings *s);

#endif
