/* SPDX-License-Identifier: MIT */
/* Dying at a given place, see fault.h. */
#ifdef SF_FAULTS
#include "fault.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

void sf_fault(const char *point)
{
    static atomic_long passed;
    const char *fault = getenv("SF_FAULT");
    size_t n = strlen(point);
    if (fault != NULL && strncmp(fault, point, n) == 0 && fault[n] == ':' &&
        atomic_fetch_add(&passed, 1) + 1 == atol(fault + n + 1)) {
        (void)raise(SIGKILL);
    }
}
#else
typedef int sf_no_faults; /* a file must not be empty */
#endif
