/* SPDX-License-Identifier: MIT */
/* The lines of a state file. */
#include "state_journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "common/hash.h"

enum { SUM_DIGITS = 8 };

static uint32_t sum_of(const char *bytes, size_t len)
{
    return (uint32_t)crc32_z(0, (const unsigned char *)bytes, len);
}

/* Room for more bytes behind the text; NULL where memory is scarce. */
static char *room(sf_journal *j, size_t need)
{
    if (j->cap - j->len < need) {
        size_t cap = j->cap < 4096 ? 4096 : j->cap;
        while (cap - j->len < need) {
            cap *= 2;
        }
        char *text = realloc(j->text, cap);
        if (text == NULL) {
            j->lost = 1;
            return NULL;
        }
        j->text = text;
        j->cap = cap;
    }
    return j->text + j->len;
}

void sf_journal_add(sf_journal *j, sf_str key, sf_str value)
{
    size_t len = key.len + (value.len > 0 ? 1 + value.len : 0);
    char *at = room(j, SUM_DIGITS + 1 + len + 2);
    if (at == NULL) {
        return;
    }
    char *text = at + SUM_DIGITS + 1;
    memcpy(text, key.ptr, key.len);
    if (value.len > 0) {
        text[key.len] = ' ';
        memcpy(text + key.len + 1, value.ptr, value.len);
    }
    char sum[SUM_DIGITS + 1];
    (void)snprintf(sum, sizeof sum, "%08x", (unsigned)sum_of(text, len));
    memcpy(at, sum, SUM_DIGITS);
    at[SUM_DIGITS] = ' ';
    text[len] = '\n';
    j->len += SUM_DIGITS + 1 + len + 1;
}

void sf_journal_free(sf_journal *j)
{
    free(j->text);
    *j = (sf_journal){0};
}

static int digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int sf_state_next(sf_str *rest, sf_str *key, sf_str *value)
{
    if (rest->len == 0) {
        return 0;
    }
    const char *end = memchr(rest->ptr, '\n', rest->len);
    size_t len = end != NULL ? (size_t)(end - rest->ptr) : 0;
    uint32_t sum = 0;
    if (len < SUM_DIGITS + 2 || rest->ptr[SUM_DIGITS] != ' ') {
        return SF_EPARSE;
    }
    for (size_t i = 0; i < SUM_DIGITS; i++) {
        int d = digit(rest->ptr[i]);
        if (d < 0) {
            return SF_EPARSE;
        }
        sum = sum << 4 | (uint32_t)d;
    }
    sf_str text = {rest->ptr + SUM_DIGITS + 1, len - SUM_DIGITS - 1};
    if (sum != sum_of(text.ptr, text.len) || *text.ptr == ' ') {
        return SF_EPARSE;
    }
    const char *space = memchr(text.ptr, ' ', text.len);
    *key = (sf_str){text.ptr, space != NULL ? (size_t)(space - text.ptr) : text.len};
    *value = space != NULL ? (sf_str){space + 1, text.len - key->len - 1} : (sf_str){text.ptr + text.len, 0};
    rest->ptr += len + 1;
    rest->len -= len + 1;
    return 1;
}

/* ---- folding ------------------------------------------------------------------------------------------------------ */

/* The last line of each key, by hash of the key. */
typedef struct entry {
    sf_str key, value;
} entry;

static size_t count_lines(sf_str rest)
{
    sf_str key, value;
    size_t n = 0;
    while (sf_state_next(&rest, &key, &value) == 1) {
        n++;
    }
    return n;
}

/* The slot of a key: that of its entry, or an empty one. */
static size_t *slot_of(size_t *slots, size_t n_slots, const entry *entries, sf_str key)
{
    size_t i = (size_t)sf_hash_parts(&key, 1).low & (n_slots - 1);
    while (slots[i] != 0) {
        const entry *e = &entries[slots[i] - 1];
        if (e->key.len == key.len && memcmp(e->key.ptr, key.ptr, key.len) == 0) {
            break;
        }
        i = (i + 1) & (n_slots - 1);
    }
    return &slots[i];
}

static void fold(sf_str rest, entry *entries, size_t *slots, size_t n_slots, sf_journal *out)
{
    sf_str key, value;
    size_t n = 0;
    while (sf_state_next(&rest, &key, &value) == 1) {
        size_t *at = slot_of(slots, n_slots, entries, key);
        if (*at == 0) {
            entries[n].key = key;
            *at = ++n;
        }
        entries[*at - 1].value = value;
    }
    for (size_t i = 0; i < n; i++) {
        if (entries[i].value.len > 0) {
            sf_journal_add(out, entries[i].key, entries[i].value);
        }
    }
}

int sf_journal_fold(sf_str bytes, sf_journal *out)
{
    size_t n = count_lines(bytes), n_slots = 16;
    while (n_slots < n * 2) {
        n_slots *= 2;
    }
    entry *entries = calloc(n + 1, sizeof *entries);
    size_t *slots = calloc(n_slots, sizeof *slots);
    if (entries != NULL && slots != NULL) {
        fold(bytes, entries, slots, n_slots, out);
    } else {
        out->lost = 1;
    }
    free(entries);
    free(slots);
    return out->lost ? SF_ENOMEM : SF_OK;
}
