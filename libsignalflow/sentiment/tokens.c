/* SPDX-License-Identifier: MIT */
/* The tokens of a text as VADER splits it: at white space, ASCII punctuation stripped from both ends unless no more than
 * two characters would be left; and what the lexicon knows of each.
 *
 * This is where most of the time goes, so it goes in three passes that hardly branch on what the text says:
 *   find     classifies the text eight bytes at a time in ordinary 64-bit words, one bit a byte in the end; the edges of
 *            the white space's bits are the tokens' bounds
 *   hash     lower-cases and hashes each token in eight-byte parts and asks the lexicon's filter, where most words end
 *   look up  the few that are left */
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "memory.h"
#include "sentiment/sentiment.h"
#include "text/unicode.h"
#include "text/utf8.h"

#define BLOCK        64
#define BLOCK_TOKENS 33 /* that can end in a block */

/* ---- sixteen bytes at a time: 0xFF where something holds of a byte ---- */

typedef uint8_t bytes __attribute__((vector_size(16))); /* of gcc and clang, on any machine */

static inline bytes load(const char *p)
{
    bytes b;
    memcpy(&b, p, sizeof b);
    return b;
}

static inline bytes between(bytes b, uint8_t first, uint8_t last)
{
    return (bytes)((bytes)(b - first) <= (uint8_t)(last - first));
}

static inline void halves(bytes b, uint64_t half[2])
{
    char p[sizeof b];
    memcpy(p, &b, sizeof b);
    half[0] = sf_vader_load(p);
    half[1] = sf_vader_load(p + 8);
}

static inline int any(bytes b)
{
    uint64_t half[2];
    halves(b, half);
    return (half[0] | half[1]) != 0;
}

/* The high bits of the bytes, the first byte's lowest. */
static inline uint64_t to_bits(bytes b)
{
#ifdef __SSE2__
    return (uint64_t)(unsigned)_mm_movemask_epi8((__m128i)b);
#else
    uint64_t gather = 0x0002040810204081ULL, high = 0x8080808080808080ULL, half[2];
    halves(b, half);
    return (half[0] & high) * gather >> 56 | (half[1] & high) * gather >> 56 << 8;
#endif
}

typedef struct block {                    /* a bit a byte */
    uint64_t spaces, punctuation, beyond; /* beyond: not ASCII */
} block;

static void count_emphasis(sf_sentiment_scratch *s, const char *p)
{
    for (unsigned i = 0; i < BLOCK; i++) {
        s->n_exclamations += p[i] == '!';
        s->n_questions += p[i] == '?';
    }
}

static inline block classify(sf_sentiment_scratch *s, const char *p)
{
    block k = {0, 0, 0};
    bytes emphasis = {0}, apostrophes = {0};
    for (unsigned i = 0; i < BLOCK; i += sizeof(bytes)) {
        bytes b = load(p + i);
        bytes spaces = between(b, 0x09, 0x0D) | between(b, 0x1C, 0x20);
        bytes others = between(b | 0x20, 'a', 'z') | between(b, '0', '9');
        k.spaces |= to_bits(spaces) << i;
        k.punctuation |= to_bits(between(b, '!', '~') & ~others) << i;
        k.beyond |= to_bits(b) << i;
        emphasis |= (bytes)(b == '!') | (bytes)(b == '?');
        apostrophes |= (bytes)(b == '\'');
    }
    if (any(emphasis)) {
        count_emphasis(s, p);
    }
    s->some_apostrophe |= any(apostrophes);
    return k;
}

/* White space beyond ASCII among the bytes of a block, as bits; *carry is what reaches into the next block. */
static uint64_t spaces_beyond(const char *p, uint64_t beyond, uint64_t *carry)
{
    uint64_t spaces = *carry;
    *carry = 0;
    for (; beyond != 0; beyond &= beyond - 1) {
        unsigned i = (unsigned)__builtin_ctzll(beyond);
        unsigned char c = (unsigned char)p[i];
        if (c == 0xC2 || (c >= 0xE1 && c <= 0xE3)) {
            uint32_t cp;
            int broken = 0;
            size_t n = sf_utf8_read(p + i, 4, &cp, &broken); /* valid UTF-8, blanks behind it: 4 bytes can be read */
            uint64_t bits = sf_unicode_space(cp) ? ((uint64_t)1 << n) - 1 : 0;
            spaces |= bits << i;
            *carry |= i > BLOCK - 4 ? bits >> (BLOCK - i) : 0;
        }
    }
    return spaces;
}

/* ---- find ---- */

/* Are these bytes three characters or more? */
static int more_than_two(const char *p, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len && n < 3; i++) {
        n += ((unsigned char)p[i] & 0xC0) != 0x80;
    }
    return n > 2;
}

static void add_token(sf_sentiment_scratch *s, size_t start, size_t end)
{
    s->tokens[s->n_tokens++] = (sf_vader_token){(uint32_t)start, (uint32_t)(end - start), 0, 0};
}

static int is_punctuation(char c)
{
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

/* Adds the token between start and end, which lie in different blocks or have characters beyond ASCII between them. */
static void strip_by_bytes(sf_sentiment_scratch *s, size_t start, size_t end)
{
    size_t first = start, last = end;
    while (first < last && is_punctuation(s->text[first])) {
        first++;
    }
    while (last > first && is_punctuation(s->text[last - 1])) {
        last--;
    }
    int keep = more_than_two(s->text + first, last - first);
    add_token(s, keep ? first : start, keep ? last : end);
}

/* Adds the token between the bytes start and end of the block at `at`. */
static inline void strip_by_bits(sf_sentiment_scratch *s, const block *b, size_t at, unsigned start, unsigned end)
{
    uint64_t within = (((uint64_t)1 << end) - 1) & ~(((uint64_t)1 << start) - 1);
    uint64_t kept = within & ~b->punctuation;
    if (b->beyond & within) {
        strip_by_bytes(s, at + start, at + end);
        return;
    }
    kept = kept != 0 ? kept : within;
    unsigned first = (unsigned)__builtin_ctzll(kept);
    unsigned last = BLOCK - (unsigned)__builtin_clzll(kept);
    int whole = last - first <= 2;
    add_token(s, at + (whole ? start : first), at + (whole ? end : last));
}

static int find_tokens(sf_sentiment_scratch *s)
{
    uint64_t before = 1, carry = 0; /* white space stands before the text, and behind it */
    size_t pending = SF_NO_TOKEN;   /* start of a token that reaches into the next block */
    for (size_t at = 0; at <= s->n_text; at += BLOCK) {
        block b = classify(s, s->text + at);
        if (b.beyond | carry) {
            b.spaces |= spaces_beyond(s->text + at, b.beyond, &carry);
        }
        uint64_t shifted = b.spaces << 1 | before;
        uint64_t starts = ~b.spaces & shifted, ends = b.spaces & ~shifted;
        before = b.spaces >> (BLOCK - 1);
        if (s->n_tokens + BLOCK_TOKENS > s->cap_tokens &&
            sf_grow(&s->tokens, &s->cap_tokens, s->n_tokens + BLOCK_TOKENS, sizeof *s->tokens) != SF_OK) {
            return SF_ENOMEM;
        }
        if (pending != SF_NO_TOKEN && ends != 0) {
            strip_by_bytes(s, pending, at + (unsigned)__builtin_ctzll(ends));
            ends &= ends - 1;
            pending = SF_NO_TOKEN;
        }
        for (; ends != 0; ends &= ends - 1, starts &= starts - 1) {
            strip_by_bits(s, &b, at, (unsigned)__builtin_ctzll(starts), (unsigned)__builtin_ctzll(ends));
        }
        pending = starts != 0 ? at + (unsigned)__builtin_ctzll(starts) : pending;
    }
    return SF_OK;
}

/* ---- hash ---- */

/* What is common to a token's parts. */
typedef struct letters {
    bytes capitals, smalls, all;
} letters;

/* Sixteen bytes of a token, n of which are its own, in lower case and 0 behind them. */
static inline bytes fold(const char *p, size_t n, letters *l)
{
    static const uint8_t mask[32] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                     0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    bytes b = load(p) & load((const char *)mask + 16 - (n < 16 ? n : 16));
    bytes capitals = between(b, 'A', 'Z');
    l->capitals |= capitals;
    l->smalls |= between(b, 'a', 'z');
    l->all |= b;
    return b | (capitals & 0x20);
}

/* Hashes token i and lists it if the lexicon may know it. */
static inline void hash_token(sf_sentiment_scratch *s, const sf_vader *v, size_t i)
{
    sf_vader_token *t = &s->tokens[i];
    const char *p = s->text + t->start;
    letters l = {{0}, {0}, {0}};
    uint64_t half[2];
    halves(fold(p, t->len, &l), half);
    sf_vader_candidate c = {sf_vader_hash(t->len, half), half[0], (uint32_t)i, 0};
    for (size_t at = 16; at < t->len; at += 16) {
        halves(fold(p + at, t->len - at, &l), half);
        c.hash = sf_vader_hash(c.hash, half);
    }
    c.beyond = to_bits(l.all) != 0;
    t->upper = (uint32_t)any(l.capitals) & ~(uint32_t)any(l.smalls) & ~c.beyond;
    s->n_upper += t->upper;
    s->candidates[s->n_candidates] = c;
    s->n_candidates += c.beyond | (uint32_t)sf_vader_passes(v, c.hash);
}

static int hash_tokens(sf_sentiment_scratch *s, const sf_vader *v)
{
    if (s->n_tokens > s->cap_candidates &&
        sf_grow(&s->candidates, &s->cap_candidates, s->n_tokens, sizeof *s->candidates) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < s->n_tokens; i++) {
        hash_token(s, v, i);
    }
    return SF_OK;
}

/* ---- look up ---- */

static int is_upper(const char *p, size_t len)
{
    uint32_t all = 0;
    for (size_t i = 0; i < len;) {
        uint32_t cp;
        int broken = 0;
        i += sf_utf8_read(p + i, len - i, &cp, &broken);
        all |= sf_unicode_flags(cp);
    }
    return (all & (SF_UNICODE_UPPER | SF_UNICODE_NOT_UPPER)) == SF_UNICODE_UPPER;
}

/* The word of a token that has characters beyond ASCII. SF_OK, SF_ENOMEM. */
static int look_up_folded(sf_sentiment_scratch *s, const sf_vader *v, sf_vader_token *t)
{
    const char *p = s->text + t->start;
    t->upper = (uint32_t)is_upper(p, t->len);
    s->n_upper += t->upper;
    if (t->len > (size_t)v->longest * SF_UNICODE_LOWER_SHRINKS) {
        return SF_OK;
    }
    if (sf_grow(&s->folded, &s->cap_folded, sf_unicode_lower_room(t->len) + SF_TEXT_PAD, 1) != SF_OK) {
        return SF_ENOMEM;
    }
    size_t n = sf_unicode_lower(p, t->len, s->folded);
    memset(s->folded + n, 0, SF_TEXT_PAD);
    t->word = sf_vader_find(v, s->folded, n);
    return SF_OK;
}

/* Lists a token that scoring wants to know of. */
static int note_token(sf_sentiment_scratch *s, const sf_vader_word *w, uint32_t i)
{
    if (w->name == SF_VADER_BUT && s->but == SF_NO_TOKEN) {
        s->but = i;
    }
    if (!(w->roles & SF_VADER_LEXICON)) {
        return SF_OK;
    }
    if (s->n_scored == s->cap_scored &&
        sf_grow(&s->scored, &s->cap_scored, s->n_scored + 1, sizeof *s->scored) != SF_OK) {
        return SF_ENOMEM;
    }
    s->scored[s->n_scored++] = (sf_scored){0.0, i, SF_RULE_LEXICON};
    return SF_OK;
}

static int look_up(sf_sentiment_scratch *s, const sf_vader *v)
{
    for (size_t k = 0; k < s->n_candidates; k++) {
        const sf_vader_candidate *c = &s->candidates[k];
        sf_vader_token *t = &s->tokens[c->token];
        if (!c->beyond) {
            t->word = sf_vader_probe(v, c->hash, c->head, s->text + t->start, t->len);
        } else if (look_up_folded(s, v, t) != SF_OK) {
            return SF_ENOMEM;
        }
        if (t->word != 0 && note_token(s, &v->words[t->word], c->token) != SF_OK) {
            return SF_ENOMEM;
        }
    }
    return SF_OK;
}

int sf_sentiment_split(sf_sentiment_scratch *s, const sf_vader *v)
{
    s->n_tokens = s->n_candidates = s->n_upper = s->n_scored = s->n_exclamations = s->n_questions = 0;
    s->some_apostrophe = 0;
    s->but = SF_NO_TOKEN;
    int status = find_tokens(s);
    status = status != SF_OK ? status : hash_tokens(s, v);
    return status != SF_OK ? status : look_up(s, v);
}
