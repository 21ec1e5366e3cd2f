/* SPDX-License-Identifier: MIT */
/* How memory is got from the system. */
#include "memory.h"

#include <malloc.h>

enum { LARGE = 256 * 1024 };

void sf_memory_return_large(void)
{
#ifdef M_MMAP_THRESHOLD
    (void)mallopt(M_MMAP_THRESHOLD, LARGE);
#endif
}
