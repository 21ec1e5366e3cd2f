/* SPDX-License-Identifier: MIT */
/* Statuses in words, and errors filled in. */
#include "error.h"

#include <stdarg.h>
#include <stdio.h>

const char *sf_strerror(int status)
{
    switch (status) {
    case SF_OK: return "ok";
    case SF_ENOMEM: return "out of memory";
    case SF_EINVAL: return "invalid argument";
    case SF_EPARSE: return "malformed input";
    case SF_ETOOBIG: return "too long or too deep";
    case SF_EBUSY: return "analyser in use by another thread";
    case SF_ESKIP: return "not a post";
    case SF_EVERSION: return "unknown schema version";
    case SF_EIO: return "input or output failed";
    case SF_EEND: return "end of input";
    case SF_EAGAIN: return "try again later";
    default: return "unknown status";
    }
}

/* The longest prefix of text[0..len) that does not end inside a UTF-8 sequence. */
static size_t whole_characters(const char *text, size_t len)
{
    size_t back = 0;
    while (back < 3 && back < len && ((unsigned char)text[len - 1 - back] & 0xC0U) == 0x80U) {
        back++;
    }
    if (back >= len) {
        return len;
    }
    unsigned char lead = (unsigned char)text[len - 1 - back];
    size_t need = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    return back < need ? len - 1 - back : len;
}

int sf_error_set(sf_error *err, int status, int line, size_t offset, const char *format, ...)
{
    if (err != NULL) {
        va_list args;
        err->status = status;
        err->line = line;
        err->offset = offset;
        va_start(args, format);
        int n = vsnprintf(err->message, sizeof err->message, format, args);
        va_end(args);
        if (n >= (int)sizeof err->message) {
            err->message[whole_characters(err->message, sizeof err->message - 1)] = '\0';
        }
    }
    return status;
}
