/* SPDX-License-Identifier: MIT */
/* What VADER knows of words and emoji, laid out for the scan of a text: one probe tells everything about a word.
 *
 * Made from the lexicon's tables when they are frozen, and compiled in for the built-in lexicon. Loads are little-endian
 * on every machine, so that the compiled-in table is the same everywhere. */
#ifndef SF_VADER_H
#define SF_VADER_H

#include "lexicon/dict.h"

/* What a word can do. */
enum {
    SF_VADER_LEXICON = 1 << 0, /* it has a valence */
    SF_VADER_BOOSTS = 1 << 1,  /* very */
    SF_VADER_DAMPENS = 1 << 2, /* barely */
    SF_VADER_NEGATES = 1 << 3  /* not */
};
#define SF_VADER_DEGREE (SF_VADER_BOOSTS | SF_VADER_DAMPENS)

/* The words that rules name. */
typedef enum sf_vader_name {
    SF_VADER_UNNAMED,
    SF_VADER_ASS,
    SF_VADER_AT,
    SF_VADER_BAD,
    SF_VADER_BEATING,
    SF_VADER_BOMB,
    SF_VADER_BUS,
    SF_VADER_BUT,
    SF_VADER_DEATH,
    SF_VADER_DIE,
    SF_VADER_DOUBT,
    SF_VADER_ENOUGH,
    SF_VADER_FOR,
    SF_VADER_HEART,
    SF_VADER_JUST,
    SF_VADER_KIND,
    SF_VADER_KISS,
    SF_VADER_LEAST,
    SF_VADER_NEVER,
    SF_VADER_NO,
    SF_VADER_NOR,
    SF_VADER_OF,
    SF_VADER_OR,
    SF_VADER_RIGHT,
    SF_VADER_SHIT,
    SF_VADER_SO,
    SF_VADER_SORT,
    SF_VADER_STOP,
    SF_VADER_THE,
    SF_VADER_THIS,
    SF_VADER_TO,
    SF_VADER_VERY,
    SF_VADER_WITHOUT,
    SF_VADER_YEAH,
    SF_VADER_NAMES
} sf_vader_name;

typedef struct sf_vader_word {
    uint64_t head;  /* the first 8 bytes of the key, as sf_vader_load() has them */
    double valence; /* 0 unless SF_VADER_LEXICON */
    uint32_t key;   /* where it stands in keys */
    uint16_t len;
    uint8_t roles;
    uint8_t name; /* an sf_vader_name */
} sf_vader_word;

typedef struct sf_vader_emoji {
    uint32_t cp;    /* 1 + code point, 0: free */
    uint32_t entry; /* index in the lexicon's emoji dict */
} sf_vader_emoji;

typedef struct sf_vader {
    const uint64_t *filter;      /* a bit for each word's hash: most words of a text end here */
    const uint32_t *slots;       /* open addressing, linear probing: index of a word, 0: free */
    const sf_vader_word *words;  /* [0] is the word that nothing is known of */
    const unsigned char *keys;   /* 8 bytes can be read from the start of each 8-byte part of a key */
    const sf_vader_emoji *emoji; /* open addressing, linear probing */
    uint32_t filter_bits;        /* the filter has 2^filter_bits bits */
    uint32_t mask;               /* slots - 1 */
    uint32_t count;              /* words, [0] included */
    uint32_t n_keys;             /* bytes */
    uint32_t longest;            /* bytes of the longest key */
    uint32_t emoji_mask;         /* cells - 1 */
    uint32_t ascii_emoji;        /* 1: a character below U+0080 is an emoji */
} sf_vader;

/* Makes the layout. SF_OK, SF_ENOMEM; *out is all zero on failure. */
int sf_vader_build(const sf_dict *valences, const sf_dict *emoji, sf_vader *out);
void sf_vader_free(sf_vader *v);

static inline uint64_t sf_vader_load(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof w);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    w = __builtin_bswap64(w);
#endif
    return w;
}

/* The ASCII capitals among eight bytes, as 0x80 in their places. */
static inline uint64_t sf_vader_capitals(uint64_t w)
{
    const uint64_t ones = 0x0101010101010101ULL;
    uint64_t low = w & (0x7F * ones);
    uint64_t above = low + (0x7F - 'Z') * ones;
    uint64_t from = low + (0x80 - 'A') * ones;
    return from & ~above & ~w & (0x80 * ones);
}

/* The first n of eight bytes, the others 0. */
static inline uint64_t sf_vader_clip(uint64_t w, size_t n)
{
    static const uint64_t masks[] = {0,          0xFF,         0xFFFF,         0xFFFFFF,
                                     0xFFFFFFFF, 0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF};
    return n >= 8 ? w : w & masks[n];
}

/* Bytes i to i + 7 of a word of len bytes, i < len: ASCII in lower case, 0 behind its end. */
static inline uint64_t sf_vader_part(const char *p, size_t len, size_t i)
{
    uint64_t w = sf_vader_clip(sf_vader_load(p + i), len - i);
    return w | sf_vader_capitals(w) >> 2;
}

/* The hash of a word: from its length on, sixteen bytes at a time, in lower case, 0 behind its end, each half as
 * sf_vader_load() has it. */
static inline uint64_t sf_vader_hash(uint64_t h, const uint64_t half[2])
{
    h = ((half[0] ^ h) * 0x9E3779B97F4A7C15ULL) ^ (half[1] * 0xC2B2AE3D27D4EB4FULL);
    return h ^ h >> 32;
}

static inline int sf_vader_passes(const sf_vader *v, uint64_t hash)
{
    uint64_t bit = hash >> (64 - v->filter_bits);
    return (v->filter[bit / 64] >> (bit % 64)) & 1;
}

/* Are the words, whose first parts and lengths are the same, the same? */
int sf_vader_same_rest(const sf_vader *v, const sf_vader_word *w, const char *p);

/* The index of the word with this hash, whose first part in lower case is `head`; 0 where nothing is known of it. Up to 7
 * bytes past its end are read. */
static inline uint32_t sf_vader_probe(const sf_vader *v, uint64_t hash, uint64_t head, const char *p, size_t len)
{
    for (uint32_t i = (uint32_t)hash & v->mask; v->slots[i] != 0; i = (i + 1) & v->mask) {
        const sf_vader_word *w = &v->words[v->slots[i]];
        if (w->head == head && w->len == len && (len <= 8 || sf_vader_same_rest(v, w, p))) {
            return v->slots[i];
        }
    }
    return 0;
}

/* The same of any word. */
uint32_t sf_vader_find(const sf_vader *v, const char *p, size_t len);

static inline uint32_t sf_vader_emoji_slot(const sf_vader *v, uint32_t cp)
{
    return (cp * 2654435769U) >> 7 & v->emoji_mask;
}

/* The emoji dict's entry of a character, or -1. */
static inline int64_t sf_vader_emoji_of(const sf_vader *v, uint32_t cp)
{
    for (uint32_t i = sf_vader_emoji_slot(v, cp);; i = (i + 1) & v->emoji_mask) {
        if (v->emoji[i].cp == cp + 1) {
            return v->emoji[i].entry;
        }
        if (v->emoji[i].cp == 0) {
            return -1;
        }
    }
}

#endif
