/* SPDX-License-Identifier: MIT */
/* Sentiment from within. A text takes this way:
 *
 *   read     text.c    the text as VADER reads it: emoji replaced by their descriptions, broken bytes by U+FFFD
 *   split    tokens.c  its words, with what the lexicon knows of each
 *   score    rules.c   a valence for each word of the lexicon, by the words around it
 *   but      but.c     what stands before and after "but" weighs less and more
 *   sum up   ../sentiment.c
 *
 * docs/sentiment.md lists the reference's peculiarities by number; comments here name them. */
#ifndef SF_SENTIMENT_INTERNAL_H
#define SF_SENTIMENT_INTERNAL_H

#include "analyser.h"

/* Where a part of the read text comes from. Pieces lie end to end; none at all means: read as it stands. */
typedef struct sf_piece {
    uint32_t at;    /* where it starts in the read text */
    uint32_t start; /* where it starts in the caller's text */
    uint32_t end;   /* where it ends there */
    uint32_t kind;  /* an sf_piece_kind */
} sf_piece;

typedef enum sf_piece_kind {
    SF_PIECE_COPY,   /* byte for byte */
    SF_PIECE_BROKEN, /* U+FFFD */
    SF_PIECE_EMOJI   /* an emoji's description, and the space before it */
} sf_piece_kind;

typedef struct sf_vader_token {
    uint32_t start, len; /* in the read text, punctuation stripped */
    uint32_t word;       /* of sf_vader.words; 0: unknown */
    uint32_t upper;      /* 1: str.isupper() */
} sf_vader_token;

/* A token that the lexicon may know. */
typedef struct sf_vader_candidate {
    uint64_t hash, head; /* of its lower case, see vader.h */
    uint32_t token;
    uint32_t beyond; /* 1: it has characters beyond ASCII, hash and head mean nothing */
} sf_vader_candidate;

/* A token of the lexicon. */
typedef struct sf_scored {
    double valence;
    uint32_t token;
    uint32_t rules; /* SF_RULE_ flags */
} sf_scored;

/* A value on its way through "but", and the places that hold it: a heap with the first one on top. */
typedef struct sf_but_cell {
    double value;  /* 0: free */
    uint32_t heap; /* 1 + index of a scored token */
} sf_but_cell;

typedef struct sf_but_node { /* of the scored token with the same index */
    uint32_t left, right;    /* 1 + index; 0: none */
} sf_but_node;

struct sf_sentiment_scratch {
    char *text;
    size_t cap_text, n_text;
    sf_piece *pieces;
    size_t cap_pieces, n_pieces;
    char *folded; /* a token in lower case */
    size_t cap_folded;
    sf_vader_token *tokens;
    size_t cap_tokens, n_tokens;
    sf_vader_candidate *candidates;
    size_t cap_candidates, n_candidates;
    sf_scored *scored;
    size_t cap_scored, n_scored;
    sf_but_cell *cells;
    size_t cap_cells;
    sf_but_node *nodes;
    size_t cap_nodes;
    sf_token_score *explained;
    size_t cap_explained;
    size_t n_exclamations, n_questions; /* of the read text */
    int some_apostrophe;                /* it has one */
    size_t n_upper;                     /* upper-case tokens */
    size_t but;                         /* the first "but", SF_NO_TOKEN if there is none */
    double punctuation, sum;            /* as in sf_explanation */
};

#define SF_NO_TOKEN SIZE_MAX
#define SF_TEXT_PAD 72 /* blanks behind the read text, so that whole blocks can be read and the last token ends */

/* Reads text into s->text. SF_OK, SF_ENOMEM, SF_ETOOBIG. */
int sf_sentiment_read(sf_sentiment_scratch *s, const sf_lexicon *l, sf_str text);

/* Splits s->text into s->tokens, and lists those of the lexicon in s->scored, not scored yet. SF_OK, SF_ENOMEM. */
int sf_sentiment_split(sf_sentiment_scratch *s, const sf_vader *v);

/* Gives s->scored their valences. */
void sf_sentiment_score(sf_sentiment_scratch *s, const sf_vader *v);

/* Weighs s->scored by where s->but stands, which must be there. SF_OK, SF_ENOMEM. */
int sf_sentiment_but(sf_sentiment_scratch *s);

/* Writes s->explained, one for each token, with offsets in the caller's text. SF_OK, SF_ENOMEM. */
int sf_sentiment_tell(sf_sentiment_scratch *s, const sf_vader *v);

#endif
