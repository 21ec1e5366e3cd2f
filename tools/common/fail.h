/* SPDX-License-Identifier: MIT */
/* Filling in a caller's sf_error, for the tools. */
#ifndef SF_FAIL_H
#define SF_FAIL_H

#include "signalflow/error.h"

/* Sets status and message (cut where it is too long) unless err is NULL. Returns status, so that it can be returned. */
int sf_fail(sf_error *err, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* SF_EIO with "WHAT: reason" from errno; SF_ENOMEM where that is the reason. */
int sf_fail_errno(sf_error *err, const char *what);

#endif
