/* SPDX-License-Identifier: MIT */
/* Filling in a caller's sf_error. */
#ifndef SF_ERROR_INTERNAL_H
#define SF_ERROR_INTERNAL_H

#include "signalflow/error.h"

/* Sets *err unless it is NULL; the message is cut where it is too long, never inside a character. Returns status. */
int sf_error_set(sf_error *err, int status, int line, size_t offset, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#endif
