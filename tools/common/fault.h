/* SPDX-License-Identifier: MIT */
/* Places where a test may have the program killed, as kill -9 would: SF_FAULT=POINT:N ends it the N-th time it comes by.
 * Only in builds with -Dfaults=true; elsewhere there is nothing. */
#ifndef SF_FAULT_H
#define SF_FAULT_H

#ifdef SF_FAULTS
void sf_fault(const char *point);
#else
static inline void sf_fault(const char *point)
{
    (void)point;
}
#endif

#endif
