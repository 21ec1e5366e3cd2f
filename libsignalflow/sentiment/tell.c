/* SPDX-License-Identifier: MIT */
/* How a text's figures came about: its tokens, with offsets in the caller's text. */
#include "memory.h"
#include "sentiment/sentiment.h"

/* The caller's bytes that the read text's bytes [start, end) come from. *piece is where to look first: tokens come in
 * order, so the pieces are walked once. */
static void locate(const sf_sentiment_scratch *s, size_t *piece, uint32_t start, uint32_t end, sf_token_score *out)
{
    if (s->n_pieces == 0) {
        out->start = start;
        out->end = end;
        return;
    }
    while (*piece + 1 < s->n_pieces && s->pieces[*piece + 1].at <= start) {
        ++*piece;
    }
    const sf_piece *p = &s->pieces[*piece];
    out->start = p->kind == SF_PIECE_COPY ? p->start + (start - p->at) : p->start;
    for (;; p = &s->pieces[++*piece]) {
        out->rules |= p->kind == SF_PIECE_EMOJI ? SF_RULE_EMOJI : 0;
        if (*piece + 1 == s->n_pieces || s->pieces[*piece + 1].at >= end) {
            break;
        }
    }
    out->end = p->kind == SF_PIECE_COPY ? p->start + (end - p->at) : p->end;
}

int sf_sentiment_tell(sf_sentiment_scratch *s, const sf_vader *v)
{
    size_t piece = 0, next = 0;
    if (sf_grow(&s->explained, &s->cap_explained, s->n_tokens + 1, sizeof *s->explained) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < s->n_tokens; i++) {
        const sf_vader_token *t = &s->tokens[i];
        sf_token_score *out = &s->explained[i];
        *out = (sf_token_score){0};
        locate(s, &piece, t->start, t->start + t->len, out);
        if (next < s->n_scored && s->scored[next].token == i) {
            out->lexicon = v->words[t->word].valence;
            out->valence = s->scored[next].valence;
            out->rules |= s->scored[next].rules;
            next++;
        }
        if (v->words[t->word].roles & SF_VADER_DEGREE) {
            out->rules |= SF_RULE_SKIPPED;
        }
    }
    return SF_OK;
}
