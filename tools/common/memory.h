/* SPDX-License-Identifier: MIT */
/* How memory is got from the system. */
#ifndef SF_MEMORY_H
#define SF_MEMORY_H

/* From now on blocks of 256 KiB and more are the system's again as soon as they are freed. For programs that keep large tables which grow
 * by being made anew: the C library would learn from the first of them to keep such blocks, and each table leaves a hole behind it
 * that the next is too large for. Where the library cannot be told, nothing happens. To be called before there are threads. */
void sf_memory_return_large(void);

#endif
