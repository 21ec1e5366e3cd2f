/* SPDX-License-Identifier: MIT */
/* Allocations under a test's control: counted, and made to fail. The program is linked with --wrap for the four functions, so
 * that every allocation of the library and of the test itself comes through here, and none of libc's own. */
#ifndef SF_TEST_ALLOC_H
#define SF_TEST_ALLOC_H

/* Allocations asked for since the program started; a realloc() counts as one. */
unsigned long alloc_count(void);

/* Allocations that were made and not yet given back. */
long alloc_live(void);

/* Makes the k-th allocation from now on fail, and those after it too where `all` is not 0; k = 0: none fails. */
void alloc_fail_at(unsigned long k, int all);

/* Has one failed since the last alloc_fail_at()? */
int alloc_failed(void);

#endif
