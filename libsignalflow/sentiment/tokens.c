/* SPDX-License-Identifier: MIT */
/* The tokens of a text as VADER splits it: at white space, ASCII punctuation stripped from both ends unless no more than
 * two characters would be left. */
#include "memory.h"
#include "sentiment/sentiment.h"
#include "text/unicode.h"
#include "text/utf8.h"

/* What a byte is. */
enum {
    SPACE = 1,
    UPPER = 2,
    LOWER = 4,
    PUNCTUATION = 8,
    EMPHASIS = 16, /* ! or ? */
    APOSTROPHE = 32,
    BEYOND = 64,      /* of a character beyond ASCII */
    MAYBE_SPACE = 128 /* it may start a character that is white space */
};

#define X4(x)  x, x, x, x
#define X8(x)  X4(x), X4(x)
#define X16(x) X8(x), X8(x)
#define X26(x) X16(x), X8(x), x, x
#define P      PUNCTUATION
static const uint8_t class_of[256] = {
    X8(0),
    0,
    X4(SPACE),
    SPACE,
    0,
    0, /* 00-0F */
    X8(0),
    X4(0),
    X4(SPACE), /* 10-1F */
    SPACE,
    P | EMPHASIS,
    P,
    P,
    P,
    P,
    P,
    P | APOSTROPHE,
    X8(P), /* 20-2F */
    X8(0),
    0,
    0,
    P,
    P,
    P,
    P,
    P,
    P | EMPHASIS, /* 30-3F */
    P,
    X26(UPPER),
    P,
    P,
    P,
    P,
    P, /* 40-5F */
    P,
    X26(LOWER),
    P,
    P,
    P,
    P,
    0, /* 60-7F */
    X16(BEYOND),
    X16(BEYOND),
    X16(BEYOND),
    X16(BEYOND), /* 80-BF */
    BEYOND,
    BEYOND,
    BEYOND | MAYBE_SPACE,
    BEYOND,
    X4(BEYOND),
    X8(BEYOND),  /* C0-CF */
    X16(BEYOND), /* D0-DF */
    BEYOND,
    BEYOND | MAYBE_SPACE,
    BEYOND | MAYBE_SPACE,
    BEYOND | MAYBE_SPACE, /* E0-E3 */
    X4(BEYOND),
    X8(BEYOND),
    X16(BEYOND), /* E4-FF */
};
#undef P

static unsigned class_at(const char *p)
{
    return class_of[(unsigned char)*p];
}

/* The bytes of the white space that starts at p; 0 if there is none. Beyond ASCII, valid UTF-8 is taken for granted. */
static size_t space_at(const char *p)
{
    unsigned c = class_at(p);
    if (c & MAYBE_SPACE) {
        uint32_t cp;
        int broken = 0;
        size_t n = sf_utf8_read(p, 4, &cp, &broken);
        return sf_unicode_space(cp) ? n : 0;
    }
    return c & SPACE;
}

/* The end of the token at p; *classes gets those of all its bytes. A blank stands after the text. */
static const char *token_end(const char *p, unsigned *classes)
{
    unsigned all = 0;
    for (;; p++) {
        unsigned c = class_at(p);
        if (c & (SPACE | MAYBE_SPACE) && space_at(p) > 0) {
            break;
        }
        all |= c;
    }
    *classes = all;
    return p;
}

/* Are these bytes three characters or more? */
static int more_than_two(const char *p, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len && n < 3; i++) {
        n += ((unsigned char)p[i] & 0xC0) != 0x80;
    }
    return n > 2;
}

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
static int find_folded(sf_sentiment_scratch *s, const sf_vader *v, const char *p, size_t len, uint32_t *word)
{
    *word = 0;
    if (len > (size_t)v->longest * SF_UNICODE_LOWER_SHRINKS) {
        return SF_OK;
    }
    if (sf_grow(&s->folded, &s->cap_folded, sf_unicode_lower_room(len) + SF_TEXT_PAD, 1) != SF_OK) {
        return SF_ENOMEM;
    }
    size_t n = sf_unicode_lower(p, len, s->folded);
    memset(s->folded + n, 0, SF_TEXT_PAD);
    *word = sf_vader_find(v, s->folded, n);
    return SF_OK;
}

static void count_emphasis(sf_sentiment_scratch *s, const char *p, const char *end)
{
    for (; p < end; p++) {
        s->n_exclamations += *p == '!';
        s->n_questions += *p == '?';
    }
}

/* Adds the token that lies between start and end. Room has been made. */
static int add_token(sf_sentiment_scratch *s, const sf_vader *v, const char *start, const char *end, unsigned classes)
{
    const char *first = start, *last = end;
    sf_token *t = &s->tokens[s->n_tokens];
    while (first < last && class_at(first) & PUNCTUATION) {
        first++;
    }
    while (last > first && class_at(last - 1) & PUNCTUATION) {
        last--;
    }
    if (last - first <= 8 && !more_than_two(first, (size_t)(last - first))) {
        first = start;
        last = end;
    }
    if (classes & EMPHASIS) {
        count_emphasis(s, start, end);
    }
    t->start = (uint32_t)(first - s->text);
    t->len = (uint32_t)(last - first);
    t->flags = classes & APOSTROPHE ? SF_TOKEN_NT_MAYBE : 0;
    if (classes & BEYOND) {
        t->flags |= is_upper(first, t->len) ? SF_TOKEN_UPPER : 0;
        if (find_folded(s, v, first, t->len, &t->word) != SF_OK) {
            return SF_ENOMEM;
        }
    } else {
        t->flags |= (classes & (UPPER | LOWER)) == UPPER ? SF_TOKEN_UPPER : 0;
        t->word = sf_vader_find(v, first, t->len);
    }
    s->n_upper += t->flags & SF_TOKEN_UPPER;
    if (v->words[t->word].name == SF_VADER_BUT && s->but == SF_NO_TOKEN) {
        s->but = s->n_tokens;
    }
    s->n_tokens++;
    return SF_OK;
}

int sf_sentiment_split(sf_sentiment_scratch *s, const sf_vader *v)
{
    const char *p = s->text, *end = s->text + s->n_text;
    s->n_tokens = s->n_upper = s->n_exclamations = s->n_questions = 0;
    s->but = SF_NO_TOKEN;
    while (p < end) {
        unsigned classes;
        size_t space = space_at(p);
        if (space > 0) {
            p += space;
            continue;
        }
        const char *start = p;
        p = token_end(p, &classes);
        if (sf_grow(&s->tokens, &s->cap_tokens, s->n_tokens + 1, sizeof *s->tokens) != SF_OK ||
            add_token(s, v, start, p, classes) != SF_OK) {
            return SF_ENOMEM;
        }
    }
    return SF_OK;
}
