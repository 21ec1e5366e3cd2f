/* SPDX-License-Identifier: MIT */
/* The one table that the lexicon is made of: from byte strings to what is known of them.
 *
 * A dict is frozen: flat arrays that can be dumped as C and compiled in. A builder collects rows, the last one for a key
 * wins, and freezes into a dict. Runtime tables and compiled-in ones come from the same code. */
#ifndef SF_DICT_H
#define SF_DICT_H

#include "signalflow/signal.h"

typedef struct sf_dict_entry {
    uint32_t hash;              /* sf_hash() of the key */
    uint32_t key, text;         /* where key and text stand in `bytes` */
    uint16_t key_len, text_len; /* bytes */
    uint32_t flags;             /* what it means is the table's business */
} sf_dict_entry;

typedef struct sf_dict {
    const uint32_t *slots;        /* open addressing, linear probing: see below; 0: free */
    const sf_dict_entry *entries; /* in order of insertion */
    const double *numbers;        /* one an entry, or NULL where the table has none */
    const char *bytes;
    uint32_t mask;  /* slots - 1; slots are a power of two, at least twice the entries */
    uint32_t count; /* entries */
    uint32_t n_bytes;
    uint32_t longest; /* bytes of the longest key */
} sf_dict;

/* A slot's low bits, those of the mask, are 1 + the index of an entry; the others are those of its key's hash, so that a
 * search seldom goes to an entry (and misses the cache) only to find that it is another. */

/* FNV-1a, 32 bits, finished so that its low bits are good. sf_hash_more() extends a hash by one byte at a time:
 * sf_hash(s) == sf_hash_end(sf_hash_more(... sf_hash_more(SF_HASH_START, s[0]) ..., s[n-1])). */
#define SF_HASH_START 2166136261U
static inline uint32_t sf_hash_more(uint32_t h, unsigned char c)
{
    return (h ^ c) * 16777619U;
}
static inline uint32_t sf_hash_end(uint32_t h)
{
    h ^= h >> 15;
    h *= 0x2C1B3C6DU;
    return h ^ (h >> 13);
}
uint32_t sf_hash(const char *p, size_t n);

/* Whether n bytes are the same. Keys are short: a call would cost more than it compares. */
static inline int sf_same_bytes(const char *a, const char *b, size_t n)
{
    uint64_t a8, b8, a8_end, b8_end;
    uint32_t a4, b4, a4_end, b4_end;
    if (n > 16) {
        return memcmp(a, b, n) == 0;
    }
    if (n >= 8) { /* the first eight and the last eight, which may overlap */
        memcpy(&a8, a, 8);
        memcpy(&b8, b, 8);
        memcpy(&a8_end, a + n - 8, 8);
        memcpy(&b8_end, b + n - 8, 8);
        return ((a8 ^ b8) | (a8_end ^ b8_end)) == 0;
    }
    if (n >= 4) {
        memcpy(&a4, a, 4);
        memcpy(&b4, b, 4);
        memcpy(&a4_end, a + n - 4, 4);
        memcpy(&b4_end, b + n - 4, 4);
        return ((a4 ^ b4) | (a4_end ^ b4_end)) == 0;
    }
    return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

/* The entry of a key, or NULL. `hash` must be sf_hash(p, n). */
static inline const sf_dict_entry *sf_dict_find_hashed(const sf_dict *d, const char *p, size_t n, uint32_t hash)
{
    for (uint32_t i = hash & d->mask;; i = (i + 1) & d->mask) {
        uint32_t slot = d->slots[i];
        if (slot == 0) {
            return NULL;
        }
        if (((slot ^ hash) & ~d->mask) == 0) {
            const sf_dict_entry *e = &d->entries[(slot & d->mask) - 1];
            if (e->hash == hash && e->key_len == n && sf_same_bytes(d->bytes + e->key, p, n)) {
                return e;
            }
        }
    }
}
const sf_dict_entry *sf_dict_find(const sf_dict *d, const char *p, size_t n);

/* Says that a key with this hash will be looked up soon. */
static inline void sf_dict_prefetch(const sf_dict *d, uint32_t hash)
{
    __builtin_prefetch(&d->slots[hash & d->mask]);
}

static inline double sf_dict_number(const sf_dict *d, const sf_dict_entry *e)
{
    return d->numbers[e - d->entries];
}
static inline sf_str sf_dict_text(const sf_dict *d, const sf_dict_entry *e)
{
    sf_str s = {d->bytes + e->text, e->text_len};
    return s;
}
static inline sf_str sf_dict_key(const sf_dict *d, const sf_dict_entry *e)
{
    sf_str s = {d->bytes + e->key, e->key_len};
    return s;
}

/* Frees the arrays of a dict that sf_dict_freeze() made. */
void sf_dict_free(sf_dict *d);

/* ---- building ---- */

typedef struct sf_dict_row {
    uint32_t key, text; /* in bytes */
    uint16_t key_len, text_len;
    uint32_t flags;
    uint32_t hash;
    int removed;
    double number;
} sf_dict_row;

typedef struct sf_dict_builder {
    sf_dict_row *rows;
    size_t n_rows, cap_rows;
    char *bytes;
    size_t n_bytes, cap_bytes;
    uint32_t *slots; /* as in sf_dict */
    size_t n_slots;
} sf_dict_builder; /* zeroed: empty */

/* Puts a row in; a row with the same key is replaced. Keys and texts of at most 65,535 bytes.
 * SF_OK, SF_ETOOBIG, SF_ENOMEM. */
int sf_dict_put(sf_dict_builder *b, sf_str key, sf_str text, uint32_t flags, double number);

/* The row of a key for the caller to change, or NULL. Valid until the next put. */
sf_dict_row *sf_dict_row_of(sf_dict_builder *b, sf_str key);

/* Takes a key out; it need not be there. */
void sf_dict_remove(sf_dict_builder *b, sf_str key);

/* Puts all rows of a dict in. */
int sf_dict_import(sf_dict_builder *b, const sf_dict *d);

/* Makes a dict of what was put in, with numbers where `numbers` is not 0. SF_OK, SF_ENOMEM, SF_ETOOBIG. */
int sf_dict_freeze(const sf_dict_builder *b, int numbers, sf_dict *out);

void sf_dict_builder_free(sf_dict_builder *b);

#endif
