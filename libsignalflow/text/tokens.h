/* SPDX-License-Identifier: MIT */
/* Tokens: the words, names and signs of a text, where they stand in the caller's bytes, folded to lower case, and what
 * their capitals look like. Entities and keywords read texts through here; so does the gazetteer, so that a name and its
 * mention come out alike.
 *
 * A word is a run of letters, marks and digits of any script, with what belongs inside: don't, O'Brien, U.S., node.js,
 * C++, C#, .NET, AT&T. A possessive 's is cut off and noted; words joined by a hyphen are tokens of their own, noted.
 * Scripts without spaces are parted where the script changes. Broken bytes, and U+FFFD that stands for them, part words and are no tokens. */
#ifndef SF_TOKENS_H
#define SF_TOKENS_H

#include "signalflow/signal.h"

typedef enum sf_token_kind {
    SF_TOKEN_WORD,
    SF_TOKEN_NUMBER,  /* 2013, 1,000, 3.5, 10:30 */
    SF_TOKEN_URL,     /* https://..., www..., a.com/x, and e-mail addresses */
    SF_TOKEN_MENTION, /* @name, r/name, u/name */
    SF_TOKEN_HASHTAG, /* #word; folded without the # */
    SF_TOKEN_EMOJI,   /* a run of pictures with their modifiers */
    SF_TOKEN_PUNCT    /* one sign of any other kind */
} sf_token_kind;

typedef enum sf_token_shape {
    SF_SHAPE_NONE,    /* no letters that have case */
    SF_SHAPE_LOWER,   /* word */
    SF_SHAPE_CAPITAL, /* Word */
    SF_SHAPE_UPPER,   /* WORD, U.S., PS4 */
    SF_SHAPE_LETTER,  /* A */
    SF_SHAPE_MIXED    /* iPhone, YouTube, McDonald, O'Brien */
} sf_token_shape;

enum {
    SF_TOKEN_SPACE = 1 << 0,      /* white space before it, or the text's start */
    SF_TOKEN_LINE = 1 << 1,       /* a line starts with it */
    SF_TOKEN_HYPHEN = 1 << 2,     /* joined to the token before it by a hyphen */
    SF_TOKEN_POSSESSIVE = 1 << 3, /* 's follows, or behind an s the ' of many owners */
    SF_TOKEN_DIGIT = 1 << 4,      /* has digits */
    SF_TOKEN_DOT = 1 << 5,        /* ends with the full stop of an abbreviation or initial */
    SF_TOKEN_DOTTED = 1 << 6,     /* full stops, & or signs inside: U.S., node.js, C++, AT&T */
    SF_TOKEN_HAN = 1 << 7,        /* scripts without spaces */
    SF_TOKEN_HIRAGANA = 1 << 8,
    SF_TOKEN_KATAKANA = 1 << 9,
    SF_TOKEN_UNSPACED = 1 << 10,  /* Thai and its kin */
    SF_TOKEN_UNDERSCORE = 1 << 11 /* _ inside: snake_case */
};

typedef struct sf_token {
    uint32_t start, end; /* bytes [start, end) of the text */
    uint32_t fold,
        fold_len;   /* lower-cased, in sf_tokens.fold; fold_len 0: the token is no part of names (most signs) */
    uint32_t hash;  /* of the folded bytes, to be finished with sf_hash_end() */
    uint32_t first; /* the first character */
    uint8_t kind, shape;
    uint16_t flags;
} sf_token;

/* Folded tokens stand one after the other with one space between, so that the name of tokens i..k is one slice. */
typedef struct sf_tokens {
    sf_token *at;
    size_t n, cap;
    char *fold;
    size_t fold_len, fold_cap;
} sf_tokens; /* zeroed: empty */

/* Reads a text; what t held before is gone. Linear in len. SF_OK, SF_ENOMEM, SF_ETOOBIG (1 GB and more). */
int sf_tokens_read(sf_tokens *t, sf_str text);
void sf_tokens_free(sf_tokens *t);

/* The folded bytes from token `first` to token `last`, both of them with fold_len > 0, and all in between. */
static inline sf_str sf_tokens_folded(const sf_tokens *t, size_t first, size_t last)
{
    sf_str s = {t->fold + t->at[first].fold, t->at[last].fold + t->at[last].fold_len - t->at[first].fold};
    return s;
}

#endif
