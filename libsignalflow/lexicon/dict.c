/* SPDX-License-Identifier: MIT */
/* Dicts: looked up, built, frozen. */
#include "lexicon/dict.h"

#include <stdlib.h>

#include "memory.h"

uint32_t sf_hash(const char *p, size_t n)
{
    uint32_t h = SF_HASH_START;
    for (size_t i = 0; i < n; i++) {
        h = sf_hash_more(h, (unsigned char)p[i]);
    }
    return sf_hash_end(h);
}

const sf_dict_entry *sf_dict_find(const sf_dict *d, const char *p, size_t n)
{
    return n > d->longest ? NULL : sf_dict_find_hashed(d, p, n, sf_hash(p, n));
}

void sf_dict_free(sf_dict *d)
{
    /* Frozen arrays are const for everyone but the one who made them. */
    free((void *)(uintptr_t)d->slots);
    free((void *)(uintptr_t)d->entries);
    free((void *)(uintptr_t)d->numbers);
    free((void *)(uintptr_t)d->bytes);
    memset(d, 0, sizeof *d);
}

/* ---- building ---- */

static uint32_t *slot_of(const sf_dict_builder *b, sf_str key, uint32_t hash)
{
    size_t mask = b->n_slots - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        uint32_t slot = b->slots[i];
        if (slot == 0) {
            return &b->slots[i];
        }
        const sf_dict_row *r = &b->rows[slot - 1];
        if (r->hash == hash && r->key_len == key.len && memcmp(b->bytes + r->key, key.ptr, key.len) == 0) {
            return &b->slots[i];
        }
    }
}

/* Fills slots, whose number is a power of two, with the places of rows. */
static void fill_slots(uint32_t *slots, size_t n_slots, const sf_dict_row *rows, size_t n_rows)
{
    memset(slots, 0, n_slots * sizeof *slots);
    for (size_t r = 0; r < n_rows; r++) {
        size_t i = rows[r].hash & (n_slots - 1);
        while (slots[i] != 0) {
            i = (i + 1) & (n_slots - 1);
        }
        slots[i] = (uint32_t)r + 1;
    }
}

static size_t slots_for(size_t rows)
{
    size_t n = 16;
    while (n < rows * 2) {
        n *= 2;
    }
    return n;
}

static int make_room(sf_dict_builder *b, size_t bytes)
{
    if (b->n_rows >= UINT32_MAX / 4 || bytes > UINT32_MAX / 4 - b->n_bytes) {
        return SF_ETOOBIG;
    }
    if (sf_grow(&b->rows, &b->cap_rows, b->n_rows + 1, sizeof *b->rows) != SF_OK ||
        sf_grow(&b->bytes, &b->cap_bytes, b->n_bytes + bytes, 1) != SF_OK) {
        return SF_ENOMEM;
    }
    size_t want = slots_for(b->n_rows + 1);
    if (want > b->n_slots) {
        uint32_t *slots = malloc(want * sizeof *slots);
        if (slots == NULL) {
            return SF_ENOMEM;
        }
        fill_slots(slots, want, b->rows, b->n_rows);
        free(b->slots);
        b->slots = slots;
        b->n_slots = want;
    }
    return SF_OK;
}

static uint32_t store(sf_dict_builder *b, sf_str s)
{
    uint32_t at = (uint32_t)b->n_bytes;
    if (s.len > 0) {
        memcpy(b->bytes + b->n_bytes, s.ptr, s.len);
    }
    b->bytes[b->n_bytes + s.len] = '\0';
    b->n_bytes += s.len + 1;
    return at;
}

int sf_dict_put(sf_dict_builder *b, sf_str key, sf_str text, uint32_t flags, double number)
{
    if (key.len > UINT16_MAX || text.len > UINT16_MAX) {
        return SF_ETOOBIG;
    }
    int status = make_room(b, key.len + text.len + 2);
    if (status != SF_OK) {
        return status;
    }
    uint32_t hash = sf_hash(key.ptr, key.len);
    uint32_t *slot = slot_of(b, key, hash);
    sf_dict_row *r;
    if (*slot == 0) {
        r = &b->rows[b->n_rows++];
        *slot = (uint32_t)b->n_rows;
        r->key = store(b, key);
        r->key_len = (uint16_t)key.len;
        r->hash = hash;
    } else {
        r = &b->rows[*slot - 1];
    }
    r->text = store(b, text);
    r->text_len = (uint16_t)text.len;
    r->flags = flags;
    r->number = number;
    r->removed = 0;
    return SF_OK;
}

sf_dict_row *sf_dict_row_of(sf_dict_builder *b, sf_str key)
{
    if (b->n_slots == 0 || key.len > UINT16_MAX) {
        return NULL;
    }
    uint32_t slot = *slot_of(b, key, sf_hash(key.ptr, key.len));
    return slot == 0 || b->rows[slot - 1].removed ? NULL : &b->rows[slot - 1];
}

void sf_dict_remove(sf_dict_builder *b, sf_str key)
{
    sf_dict_row *r = sf_dict_row_of(b, key);
    if (r != NULL) {
        r->removed = 1;
    }
}

int sf_dict_import(sf_dict_builder *b, const sf_dict *d)
{
    for (uint32_t i = 0; i < d->count; i++) {
        const sf_dict_entry *e = &d->entries[i];
        int status = sf_dict_put(b, sf_dict_key(d, e), sf_dict_text(d, e), e->flags, d->numbers ? d->numbers[i] : 0.0);
        if (status != SF_OK) {
            return status;
        }
    }
    return SF_OK;
}

void sf_dict_builder_free(sf_dict_builder *b)
{
    free(b->rows);
    free(b->bytes);
    free(b->slots);
    memset(b, 0, sizeof *b);
}

/* Frozen bytes are packed anew: texts that were replaced are left behind, equal texts stand once. */
static void freeze_rows(const sf_dict_builder *b, sf_dict_builder *packed)
{
    for (size_t i = 0; i < b->n_rows; i++) {
        const sf_dict_row *r = &b->rows[i];
        if (r->removed) {
            continue;
        }
        sf_dict_row *copy = &packed->rows[packed->n_rows++];
        *copy = *r;
        sf_str key = {b->bytes + r->key, r->key_len};
        sf_str text = {b->bytes + r->text, r->text_len};
        copy->key = store(packed, key);
        const sf_dict_row *before = packed->n_rows > 1 ? copy - 1 : NULL;
        if (text.len == 0 || (text.len == key.len && memcmp(text.ptr, key.ptr, key.len) == 0)) {
            copy->text = copy->key;
        } else if (before != NULL && before->text_len == text.len &&
                   memcmp(packed->bytes + before->text, text.ptr, text.len) == 0) {
            copy->text = before->text;
        } else {
            copy->text = store(packed, text);
        }
    }
}

int sf_dict_freeze(const sf_dict_builder *b, int numbers, sf_dict *out)
{
    sf_dict_builder packed = {0};
    memset(out, 0, sizeof *out);
    packed.n_slots = slots_for(b->n_rows);
    packed.rows = calloc(b->n_rows + 1, sizeof *packed.rows);
    packed.bytes = malloc(b->n_bytes + 1);
    packed.slots = malloc(packed.n_slots * sizeof *packed.slots);
    sf_dict_entry *entries = malloc((b->n_rows + 1) * sizeof *entries);
    double *values = numbers ? malloc((b->n_rows + 1) * sizeof *values) : NULL;
    if (packed.rows == NULL || packed.bytes == NULL || packed.slots == NULL || entries == NULL ||
        (numbers && values == NULL)) {
        sf_dict_builder_free(&packed);
        free(entries);
        free(values);
        return SF_ENOMEM;
    }
    freeze_rows(b, &packed);
    fill_slots(packed.slots, packed.n_slots, packed.rows, packed.n_rows);
    for (size_t i = 0; i < packed.n_rows; i++) {
        const sf_dict_row *r = &packed.rows[i];
        entries[i] = (sf_dict_entry){r->hash, r->key, r->text, r->key_len, r->text_len, r->flags};
        if (numbers) {
            values[i] = r->number;
        }
        if (r->key_len > out->longest) {
            out->longest = r->key_len;
        }
    }
    for (size_t i = 0; i < packed.n_slots; i++) {
        if (packed.slots[i] != 0) {
            packed.slots[i] |= packed.rows[packed.slots[i] - 1].hash & ~(uint32_t)(packed.n_slots - 1);
        }
    }
    out->slots = packed.slots;
    out->entries = entries;
    out->numbers = values;
    out->bytes = packed.bytes;
    out->mask = (uint32_t)packed.n_slots - 1;
    out->count = (uint32_t)packed.n_rows;
    out->n_bytes = (uint32_t)packed.n_bytes;
    free(packed.rows);
    return SF_OK;
}
