/* SPDX-License-Identifier: MIT */
/* Keywords: words of a text counted, weighed by how rare they are in the language at large, the heaviest first. Where a text
 * names nothing, two phrases stand before them: two or three such words in a row between others (Rose et al. 2010, "Rapid
 * automatic keyword extraction"). */
#include <stdlib.h>

#include "analyser.h"
#include "lexicon/words.h"
#include "memory.h"
#include "text/tokens.h"
#include "text/utf8.h"

#define TOO_COMMON   6.0 /* zipf from which on a word says nothing, listed as a stop word or not */
#define ZIPF_UNKNOWN 3.0 /* of words that the lexicon has not: rare, but names and slips of the pen too */
#define ZIPF_TOP     8.0 /* rarity is how far below this a word stands */
#define LONGEST      64  /* bytes; longer ones are no words but data */
#define PHRASES      2   /* of a text that names nothing */
#define LONGEST_HAN  8   /* characters; a longer run of Han characters is a clause */

typedef struct counted {
    sf_str word; /* in the tokens' folded bytes */
    uint32_t hash;
    uint32_t start, count;
    double rarity;
} counted;

struct sf_keywords_scratch {
    const sf_tokens *tokens; /* the analyser's */
    counted *words;
    size_t n_words, cap_words;
    uint32_t *slots; /* open addressing over words: 1 + index, 0: free */
    size_t n_slots, cap_slots;
    char *bytes; /* the result's words, each with a NUL */
    size_t cap_bytes;
    uint32_t stop; /* which flags of a word make it a stop word in this text */
    counted phrases[PHRASES];
    size_t n_phrases;
    sf_keyword result[SF_MAX_KEYWORDS];
};

int sf_keywords_scratch_new(sf_keywords_scratch **out)
{
    *out = calloc(1, sizeof **out);
    return *out != NULL ? SF_OK : SF_ENOMEM;
}

void sf_keywords_scratch_free(sf_keywords_scratch *s)
{
    if (s != NULL) {
        free(s->words);
        free(s->slots);
        free(s->bytes);
        free(s);
    }
}

/* ---- counting ---- */

static int make_slots(sf_keywords_scratch *s, size_t words)
{
    size_t want = 16;
    while (want < words * 2) {
        want *= 2;
    }
    if (sf_grow(&s->slots, &s->cap_slots, want, sizeof *s->slots) != SF_OK) {
        return SF_ENOMEM;
    }
    s->n_slots = want;
    memset(s->slots, 0, want * sizeof *s->slots);
    return SF_OK;
}

static int count_word(sf_keywords_scratch *s, sf_str word, uint32_t hash, uint32_t start, double rarity)
{
    size_t i = hash & (s->n_slots - 1);
    for (; s->slots[i] != 0; i = (i + 1) & (s->n_slots - 1)) {
        counted *c = &s->words[s->slots[i] - 1];
        if (c->hash == hash && c->word.len == word.len && sf_same_bytes(c->word.ptr, word.ptr, word.len)) {
            c->count++;
            return SF_OK;
        }
    }
    if (sf_grow(&s->words, &s->cap_words, s->n_words + 1, sizeof *s->words) != SF_OK) {
        return SF_ENOMEM;
    }
    s->words[s->n_words++] = (counted){word, hash, start, 1, rarity};
    s->slots[i] = (uint32_t)s->n_words;
    return SF_OK;
}

/* How rare a word is, from its entry among the words or NULL; 0 where it cannot be a keyword. `stop`: flags of words that
 * are stop words here. */
static double rarity_of(const sf_lexicon *l, const sf_dict_entry *e, uint32_t stop)
{
    double zipf = ZIPF_UNKNOWN;
    if (e != NULL) {
        if (e->flags & stop) {
            return 0.0;
        }
        zipf = e->flags & SF_WORD_KNOWN ? sf_dict_number(&l->words, e) : zipf;
    }
    return zipf < TOO_COMMON ? ZIPF_TOP - zipf : 0.0;
}

static double rarity_of_piece(const sf_lexicon *l, sf_str piece)
{
    return rarity_of(l, sf_word_find(l, piece.ptr, piece.len, sf_hash(piece.ptr, piece.len)), SF_WORD_STOP);
}

/* Han characters stand without spaces: the function characters among the stop words part them. */
static int count_han(sf_keywords_scratch *s, const sf_lexicon *l, const sf_token *t)
{
    const char *fold = s->tokens->fold + t->fold;
    sf_str piece = {fold, 0};
    size_t characters = 0;
    for (size_t i = 0; i <= t->fold_len;) {
        uint32_t cp;
        int broken = 0;
        size_t n = i < t->fold_len ? sf_utf8_read(fold + i, t->fold_len - i, &cp, &broken) : 1;
        int parts = i == t->fold_len || rarity_of_piece(l, (sf_str){fold + i, n}) <= 0.0;
        if (!parts) {
            piece.len += n;
            characters++;
        } else {
            if (characters >= 2 && characters <= LONGEST_HAN) {
                uint32_t hash = sf_hash(piece.ptr, piece.len);
                double rarity = rarity_of_piece(l, piece);
                uint32_t start = t->start + (uint32_t)(piece.ptr - fold);
                if (rarity > 0.0 && count_word(s, piece, hash, start, rarity) != SF_OK) {
                    return SF_ENOMEM;
                }
            }
            piece.ptr = fold + i + n;
            piece.len = 0;
            characters = 0;
        }
        i += n;
    }
    return SF_OK;
}

static int can_be_keyword(const sf_token *t)
{
    if ((t->kind != SF_TOKEN_WORD && t->kind != SF_TOKEN_HASHTAG) || t->fold_len > LONGEST) {
        return 0;
    }
    if (t->flags & (SF_TOKEN_HIRAGANA | SF_TOKEN_KATAKANA | SF_TOKEN_UNSPACED)) {
        return (t->flags & SF_TOKEN_HIRAGANA) == 0 && t->fold_len >= 6 && t->fold_len <= 30;
    }
    if (t->first >= '0' && t->first <= '9') { /* 1st, 10k, 2pm; but 49ers */
        return t->fold_len >= 5;
    }
    return t->fold_len > 2 || (t->fold_len == 2 && (t->shape == SF_SHAPE_UPPER || (t->flags & SF_TOKEN_DOTTED)));
}

static int count_token(sf_keywords_scratch *s, const sf_lexicon *l, const sf_token *t, const sf_dict_entry *e)
{
    if (t->flags & SF_TOKEN_HAN && t->kind == SF_TOKEN_WORD) {
        return count_han(s, l, t);
    }
    if (!can_be_keyword(t)) {
        return SF_OK;
    }
    sf_str word = {s->tokens->fold + t->fold, t->fold_len};
    double rarity = rarity_of(l, e, s->stop);
    return rarity > 0.0 ? count_word(s, word, sf_hash_end(t->hash), t->start, rarity) : SF_OK;
}

/* ---- ranking ---- */

static double weight(const counted *c)
{
    return (double)c->count * c->rarity;
}

/* Keeps the `max` heaviest in best, heaviest first; the earlier of two equals stays ahead. */
static size_t rank(const sf_keywords_scratch *s, const counted *best[SF_MAX_KEYWORDS], size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_words; i++) {
        const counted *c = &s->words[i];
        double w = weight(c);
        if (n == max && w <= weight(best[n - 1])) {
            continue;
        }
        size_t at = n < max ? n++ : n - 1;
        for (; at > 0 && weight(best[at - 1]) < w; at--) {
            best[at] = best[at - 1];
        }
        best[at] = c;
    }
    return n;
}

static int64_t report(sf_keywords_scratch *s, size_t max)
{
    const counted *best[SF_MAX_KEYWORDS];
    size_t phrases = s->n_phrases < max ? s->n_phrases : max;
    for (size_t i = 0; i < phrases; i++) {
        best[i] = &s->phrases[i];
    }
    size_t n = phrases + rank(s, best + phrases, max - phrases);
    if (sf_grow(&s->bytes, &s->cap_bytes, SF_MAX_KEYWORDS * (LONGEST + 1), 1) != SF_OK) {
        return SF_ENOMEM;
    }
    char *p = s->bytes;
    for (size_t i = 0; i < n; i++) {
        memcpy(p, best[i]->word.ptr, best[i]->word.len);
        p[best[i]->word.len] = '\0';
        s->result[i] = (sf_keyword){.word = {p, best[i]->word.len},
                                    .count = best[i]->count,
                                    .start = best[i]->start,
                                    .weight = weight(best[i])};
        p += best[i]->word.len + 1;
    }
    return (int64_t)n;
}

/* ---- phrases ---- */

enum { PHRASE_WORDS = 3 }; /* at the most, at least two */

/* How rare a word is that may be of a phrase: an English one; 0 for others. */
static double rarity_in_phrase(const sf_keywords_scratch *s, const sf_analyser *a, size_t i)
{
    const unsigned unspaced = SF_TOKEN_HAN | SF_TOKEN_HIRAGANA | SF_TOKEN_KATAKANA | SF_TOKEN_UNSPACED;
    const sf_token *t = &s->tokens->at[i];
    const sf_dict_entry *e = a->words[i];
    int may = t->kind == SF_TOKEN_WORD && (t->flags & (unspaced | SF_TOKEN_DIGIT)) == 0 && can_be_keyword(t) &&
              e != NULL && (e->flags & SF_WORD_KNOWN);
    return may ? rarity_of(a->lexicon, e, s->stop) : 0.0;
}

/* Where the words that stand in a row from token i on end, and what they weigh together. */
static size_t phrase_end(const sf_keywords_scratch *s, const sf_analyser *a, size_t i, double *rarity)
{
    const sf_token *t = s->tokens->at;
    size_t end = i;
    *rarity = 0.0;
    for (; end < s->tokens->n && (end == i || (t[end].flags & SF_TOKEN_LINE) == 0); end++) {
        double one = rarity_in_phrase(s, a, end);
        if (one <= 0.0 || (end > i && t[end - 1].flags & SF_TOKEN_POSSESSIVE)) {
            break;
        }
        *rarity += one;
    }
    return end;
}

static void keep_phrase(sf_keywords_scratch *s, const counted *phrase)
{
    for (size_t i = 0; i < s->n_phrases; i++) {
        counted *c = &s->phrases[i];
        if (c->word.len == phrase->word.len && memcmp(c->word.ptr, phrase->word.ptr, c->word.len) == 0) {
            c->count++;
            return;
        }
    }
    if (s->n_phrases < PHRASES) {
        s->phrases[s->n_phrases++] = *phrase;
    } else if (phrase->rarity > s->phrases[PHRASES - 1].rarity) {
        s->phrases[PHRASES - 1] = *phrase;
    }
    if (s->n_phrases == PHRASES && s->phrases[1].rarity > s->phrases[0].rarity) {
        counted first = s->phrases[0];
        s->phrases[0] = s->phrases[1];
        s->phrases[1] = first;
    }
}

static void find_phrases(sf_keywords_scratch *s, const sf_analyser *a)
{
    for (size_t i = 0; i < s->tokens->n;) {
        double rarity;
        size_t end = phrase_end(s, a, i, &rarity);
        if (end - i >= 2 && end - i <= PHRASE_WORDS) {
            counted c = {.word = sf_tokens_folded(s->tokens, i, end - 1), .count = 1, .rarity = rarity};
            c.start = s->tokens->at[i].start;
            if (c.word.len <= LONGEST) {
                keep_phrase(s, &c);
            }
        }
        i = end > i ? end : i + 1;
    }
}

int64_t sf_keywords_run(sf_analyser *a, sf_str text, size_t max, int phrases, const sf_keyword **out)
{
    sf_keywords_scratch *s = a->keywords;
    *out = s->result;
    int status = sf_analyser_tokens(a, text, &s->tokens);
    sf_str language = {"und", 3};
    status = status != SF_OK ? status : sf_language_run(a, text, &language);
    int english = strcmp(language.ptr, "en") == 0 || strcmp(language.ptr, "und") == 0;
    s->stop = SF_WORD_STOP | (english ? 0 : SF_WORD_STOP_ABROAD);
    s->n_words = 0;
    /* A run of Han characters holds at most half as many pieces as characters, a sixth of its bytes. */
    status = status != SF_OK ? status : make_slots(s, s->tokens->n + text.len / 6 + 1);
    for (size_t i = 0; status == SF_OK && i < s->tokens->n; i++) {
        status = count_token(s, a->lexicon, &s->tokens->at[i], a->words[i]);
    }
    s->n_phrases = 0;
    if (status == SF_OK && phrases && english) {
        find_phrases(s, a);
    }
    return status != SF_OK ? status : report(s, max == 0 || max > SF_MAX_KEYWORDS ? SF_MAX_KEYWORDS : max);
}

int64_t sf_keywords(sf_analyser *a, sf_str text, size_t max, const sf_keyword **out)
{
    if (out == NULL || (text.ptr == NULL && text.len > 0)) {
        return SF_EINVAL;
    }
    int64_t n = sf_analyser_enter(a);
    if (n == SF_OK) {
        n = sf_keywords_run(a, text, max, 0, out);
        sf_analyser_leave(a);
    }
    return n;
}
