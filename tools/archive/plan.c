/* SPDX-License-Identifier: MIT */
/* Reading plans. */
#include "plan.h"

enum { DIGITS_MOST = 18 };

/* Files of ours lie two folders deep, and their names have no "..": whatever else a plan says, it is not one. */
static int is_name(sf_str name)
{
    size_t slashes = 0;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        slashes += c == '/';
        if (c <= ' ' || c == 0x7f || (c == '.' && i > 0 && name.ptr[i - 1] == '.')) {
            return 0;
        }
    }
    return slashes == 2 && name.len > 3 && memcmp(name.ptr, "dt=", 3) == 0;
}

int sf_plan_next(sf_str *names, sf_str *name)
{
    const char *end = names->len > 0 ? memchr(names->ptr, '\n', names->len) : NULL;
    if (end == NULL) {
        return 0;
    }
    *name = (sf_str){names->ptr, (size_t)(end - names->ptr)};
    names->ptr += name->len + 1;
    names->len -= name->len + 1;
    return 1;
}

int64_t sf_plan_read(sf_str bytes, sf_str *names)
{
    int64_t from = 0;
    size_t digits = 0;
    while (digits < bytes.len && digits < DIGITS_MOST && bytes.ptr[digits] >= '0' && bytes.ptr[digits] <= '9') {
        from = from * 10 + (bytes.ptr[digits++] - '0');
    }
    if (digits == 0 || digits == bytes.len || bytes.ptr[digits] != '\n' || bytes.ptr[bytes.len - 1] != '\n') {
        return -1;
    }
    *names = (sf_str){bytes.ptr + digits + 1, bytes.len - digits - 1};
    sf_str rest = *names, name;
    while (sf_plan_next(&rest, &name)) {
        if (!is_name(name)) {
            return -1;
        }
    }
    return from;
}
