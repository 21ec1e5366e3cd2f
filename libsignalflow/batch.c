/* SPDX-License-Identifier: MIT */
/* The batch: an arena of chunks, and signals in blocks so that pointers to them stay valid while it grows. */
#include "batch.h"

#include <stdalign.h>
#include <stdlib.h>

#include "text/utf8.h"

#define FIRST_CHUNK   ((size_t)64 * 1024)
#define LARGEST_CHUNK ((size_t)1024 * 1024) /* but for requests that are larger themselves */
#define KEPT          ((size_t)16 * 1024 * 1024)
#define BLOCK_SIGNALS 32

typedef struct sf_chunk {
    struct sf_chunk *next;
    char *end;
    alignas(max_align_t) char data[];
} sf_chunk;

struct sf_batch {
    sf_chunk *first, *current; /* those behind current are empty */
    char *at;                  /* the free bytes of current are [at, current->end) */
    size_t total;              /* bytes in all chunks */
    sf_signal **blocks;        /* lie in the arena, as the blocks do */
    size_t n_blocks, cap_blocks;
    size_t count;
};

int sf_batch_new(sf_batch **out)
{
    if (out == NULL) {
        return SF_EINVAL;
    }
    sf_batch *b = calloc(1, sizeof *b);
    if (b == NULL) {
        return SF_ENOMEM;
    }
    *out = b;
    return SF_OK;
}

static size_t chunk_size(const sf_chunk *c)
{
    return (size_t)(c->end - c->data);
}

/* Frees the chunks behind *link. */
static void free_chunks(sf_batch *b, sf_chunk **link)
{
    while (*link != NULL) {
        sf_chunk *c = *link;
        *link = c->next;
        b->total -= chunk_size(c);
        free(c);
    }
}

void sf_batch_free(sf_batch *b)
{
    if (b != NULL) {
        free_chunks(b, &b->first);
        free(b);
    }
}

void sf_batch_reset(sf_batch *b)
{
    if (b == NULL) {
        return;
    }
    size_t kept = 0;
    for (sf_chunk **link = &b->first; *link != NULL;) {
        sf_chunk *c = *link;
        if (kept + chunk_size(c) > KEPT) {
            *link = c->next;
            b->total -= chunk_size(c);
            free(c);
        } else {
            kept += chunk_size(c);
            link = &c->next;
        }
    }
    b->current = b->first;
    b->at = b->first != NULL ? b->first->data : NULL;
    b->blocks = NULL;
    b->n_blocks = b->cap_blocks = b->count = 0;
}

size_t sf_batch_memory(const sf_batch *b)
{
    return b->total;
}

/* Makes a chunk of at least `bytes` bytes follow the current one, and goes there. */
static int next_chunk(sf_batch *b, size_t bytes)
{
    sf_chunk **link = b->current != NULL ? &b->current->next : &b->first;
    if (*link == NULL || chunk_size(*link) < bytes) {
        size_t size = b->total < FIRST_CHUNK ? FIRST_CHUNK : b->total < LARGEST_CHUNK ? b->total : LARGEST_CHUNK;
        size = size < bytes ? bytes : size;
        sf_chunk *c = size <= PTRDIFF_MAX - sizeof *c ? malloc(sizeof *c + size) : NULL;
        if (c == NULL) {
            return SF_ENOMEM;
        }
        c->end = c->data + size;
        c->next = *link;
        *link = c;
        b->total += size;
    }
    b->current = *link;
    b->at = b->current->data;
    return SF_OK;
}

static size_t bytes_free(const sf_batch *b)
{
    return b->current != NULL ? (size_t)(b->current->end - b->at) : 0;
}

char *sf_batch_reserve(sf_batch *b, size_t bytes)
{
    if ((b->current == NULL || bytes_free(b) < bytes) && next_chunk(b, bytes) != SF_OK) {
        return NULL;
    }
    return b->at;
}

void sf_batch_keep(sf_batch *b, size_t bytes)
{
    b->at += bytes;
}

void *sf_batch_alloc(sf_batch *b, size_t bytes)
{
    const size_t align = alignof(max_align_t);
    if (b == NULL) {
        return NULL;
    }
    size_t skip = (size_t)(-(uintptr_t)b->at & (align - 1));
    if (b->current == NULL || bytes_free(b) < skip || bytes_free(b) - skip < bytes) {
        if (next_chunk(b, bytes) != SF_OK) {
            return NULL;
        }
        skip = 0;
    }
    void *p = b->at + skip;
    b->at += skip + bytes;
    return p;
}

int sf_batch_copy(sf_batch *b, sf_str bytes, sf_str *out)
{
    if (b == NULL || out == NULL || (bytes.ptr == NULL && bytes.len > 0)) {
        return SF_EINVAL;
    }
    char *p = bytes.len < SIZE_MAX ? sf_batch_reserve(b, bytes.len + 1) : NULL;
    if (p == NULL) {
        return SF_ENOMEM;
    }
    if (bytes.len > 0) {
        memcpy(p, bytes.ptr, bytes.len);
    }
    p[bytes.len] = '\0';
    sf_batch_keep(b, bytes.len + 1);
    *out = (sf_str){p, bytes.len};
    return SF_OK;
}

/* Repairs what lies between the NULs, and makes U+FFFD of these. */
static int copy_repaired(sf_batch *b, sf_str text, sf_str *out, uint32_t *replaced)
{
    char *p = text.len <= SIZE_MAX / 3 - 1 ? sf_batch_reserve(b, 3 * text.len + 1) : NULL;
    size_t n = 0;
    if (p == NULL) {
        return SF_ENOMEM;
    }
    for (const char *at = text.ptr, *end = at + text.len; at < end;) {
        const char *nul = memchr(at, '\0', (size_t)(end - at));
        const char *stop = nul != NULL ? nul : end;
        n += sf_utf8_repair(at, (size_t)(stop - at), p + n, replaced);
        if (nul != NULL) {
            n += sf_utf8_write(SF_REPLACEMENT, p + n);
            ++*replaced;
            stop++;
        }
        at = stop;
    }
    p[n] = '\0';
    sf_batch_keep(b, n + 1);
    *out = (sf_str){p, n};
    return SF_OK;
}

int sf_batch_copy_text(sf_batch *b, sf_str text, sf_str *out, uint32_t *replaced)
{
    if (text.ptr == NULL && text.len > 0) {
        return SF_EINVAL;
    }
    if (text.len == 0 || (sf_utf8_valid(text.ptr, text.len) == text.len && memchr(text.ptr, '\0', text.len) == NULL)) {
        return sf_batch_copy(b, text, out);
    }
    return copy_repaired(b, text, out, replaced);
}

/* ---- signals --------------------------------------------------------------------------------------------------------- */

size_t sf_batch_count(const sf_batch *b)
{
    return b != NULL ? b->count : 0;
}

sf_signal *sf_batch_at(const sf_batch *b, size_t i)
{
    return b != NULL && i < b->count ? &b->blocks[i / BLOCK_SIGNALS][i % BLOCK_SIGNALS] : NULL;
}

/* Room for another pointer in the list of blocks. The old list stays in the arena: half of the new one at most. */
static int grow_blocks(sf_batch *b)
{
    if (b->n_blocks < b->cap_blocks) {
        return SF_OK;
    }
    size_t cap = b->cap_blocks > 0 ? 2 * b->cap_blocks : 64;
    sf_signal **list = sf_batch_alloc(b, cap * sizeof *list);
    if (list == NULL) {
        return SF_ENOMEM;
    }
    if (b->n_blocks > 0) {
        memcpy(list, b->blocks, b->n_blocks * sizeof *list);
    }
    b->blocks = list;
    b->cap_blocks = cap;
    return SF_OK;
}

sf_signal *sf_batch_next(sf_batch *b)
{
    if (b->count == b->n_blocks * BLOCK_SIGNALS) {
        if (grow_blocks(b) != SF_OK) {
            return NULL;
        }
        sf_signal *block = sf_batch_alloc(b, BLOCK_SIGNALS * sizeof *block);
        if (block == NULL) {
            return NULL;
        }
        b->blocks[b->n_blocks++] = block;
    }
    return &b->blocks[b->count / BLOCK_SIGNALS][b->count % BLOCK_SIGNALS];
}

int64_t sf_batch_push(sf_batch *b)
{
    return (int64_t)b->count++;
}

void sf_batch_truncate(sf_batch *b, size_t count)
{
    b->count = count < b->count ? count : b->count;
}

sf_batch_mark sf_batch_here(const sf_batch *b)
{
    return (sf_batch_mark){b->current, b->at};
}

void sf_batch_back(sf_batch *b, sf_batch_mark mark)
{
    b->current = mark.chunk;
    b->at = mark.at;
}
