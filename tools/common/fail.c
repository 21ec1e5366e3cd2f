/* SPDX-License-Identifier: MIT */
/* Filling in a caller's sf_error. */
#include "fail.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int sf_fail(sf_error *err, int status, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        memset(err, 0, sizeof *err);
        err->status = status;
        va_start(args, format);
        (void)vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
    }
    return status;
}

int sf_fail_errno(sf_error *err, const char *what)
{
    int number = errno;
    char reason[80] = "";
    if (strerror_r(number, reason, sizeof reason) != 0) {
        (void)snprintf(reason, sizeof reason, "error %d", number);
    }
    return sf_fail(err, number == ENOMEM ? SF_ENOMEM : SF_EIO, "%s: %s", what, reason);
}
