/* SPDX-License-Identifier: MIT */
/* Arrays that grow. */
#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "signalflow/error.h"

int sf_grow(void *ptr, size_t *cap, size_t need, size_t size)
{
    if (need <= *cap) {
        return SF_OK;
    }
    size_t want = *cap < 8 ? 8 : *cap;
    while (want < need && want <= SIZE_MAX / 2) {
        want *= 2;
    }
    if (want < need || want > SIZE_MAX / size) {
        return SF_ENOMEM;
    }
    void *old;
    memcpy(&old, ptr, sizeof old); /* the caller's pointer has a type of its own: copied, not cast */
    void *grown = realloc(old, want * size);
    if (grown == NULL) {
        return SF_ENOMEM;
    }
    memcpy(ptr, &grown, sizeof grown);
    *cap = want;
    return SF_OK;
}
