/* SPDX-License-Identifier: MIT */
/* malloc, calloc, realloc and free as --wrap gives them to the program. */
#include "alloc.h"

#include <stddef.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

static unsigned long count, fail_at;
static long live;
static int fail_all, failed;

unsigned long alloc_count(void)
{
    return count;
}

long alloc_live(void)
{
    return live;
}

void alloc_fail_at(unsigned long k, int all)
{
    fail_at = k == 0 ? 0 : count + k;
    fail_all = all;
    failed = 0;
}

int alloc_failed(void)
{
    return failed;
}

/* Counts an allocation; is it to be made? */
static int granted(void)
{
    count++;
    if (fail_at != 0 && (count == fail_at || (fail_all && count > fail_at))) {
        failed = 1;
        return 0;
    }
    return 1;
}

void *__wrap_malloc(size_t size)
{
    void *p = granted() ? __real_malloc(size) : NULL;
    live += p != NULL;
    return p;
}

void *__wrap_calloc(size_t n, size_t size)
{
    void *p = granted() ? __real_calloc(n, size) : NULL;
    live += p != NULL;
    return p;
}

void *__wrap_realloc(void *old, size_t size)
{
    void *p = granted() ? __real_realloc(old, size) : NULL;
    live += p != NULL && old == NULL;
    return p;
}

void __wrap_free(void *p)
{
    live -= p != NULL;
    __real_free(p);
}
