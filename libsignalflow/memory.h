/* SPDX-License-Identifier: MIT */
/* Memory of the library's own: arrays that grow. Everything that allocates goes through here or the batch's arena. */
#ifndef SF_MEMORY_H
#define SF_MEMORY_H

#include <stddef.h>

/* Makes room for `need` elements of `size` bytes in *ptr, at least doubling. Returns SF_OK or SF_ENOMEM (then *ptr and
 * *cap are as they were). `ptr` is the address of the array's pointer, whatever its type. */
int sf_grow(void *ptr, size_t *cap, size_t need, size_t size);

#endif
