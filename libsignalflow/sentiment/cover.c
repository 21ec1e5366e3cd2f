/* SPDX-License-Identifier: MIT */
/* Cover: how many of a text's words the lexicon's language knows.
 *
 * VADER reads English; the table of words holds what is common in English. A word counts as known when it has a valence, is
 * in that table or an English stop word, or is made of such words: with an ending (infects), of two (skateboarding), with
 * letters held down (loooove). Where more than a fifth of the words are foreign, what is known is borrowed words (super,
 * movie, fans), or chance, and the text has no cover. Names are foreign to no language; a small word of another language, which
 * is no accident, counts twice, and so does an unknown one in small letters that ends as English words seldom do (sakkathagi, vibinna). A lexicon
 * with words of the user's own may know other languages. */
#include <math.h>

#include "analyser.h"
#include "lexicon/words.h"
#include "text/tokens.h"

#define READABLE 0.8 /* from this share of known words on, names aside, a text is one that VADER can read */

/* ---- words that are made of others ---- */

enum { LEAST_PART = 4, LONGEST = 40 }; /* letters of a part of a word of two; bytes of a word that is looked into */
#define COMMON_PART 3.5                /* zipf */

static int is_part(const sf_lexicon *l, const char *p, size_t n, uint32_t hash)
{
    const sf_dict_entry *e = sf_word_find(l, p, n, hash);
    return sf_word_is_english(e) && (e->flags & SF_WORD_KNOWN) && sf_word_share(e) >= SF_WORD_ORDINARY &&
           sf_dict_number(&l->words, e) >= COMMON_PART;
}

static int is_of_two(const sf_lexicon *l, const char *p, size_t n)
{
    uint32_t hash = SF_HASH_START; /* of what is before i */
    for (size_t i = 0; i + LEAST_PART <= n; i++) {
        if (i >= LEAST_PART && is_part(l, p, i, sf_hash_end(hash)) && is_part(l, p + i, n - i, sf_hash(p + i, n - i))) {
            return 1;
        }
        hash = sf_hash_more(hash, (unsigned char)p[i]);
    }
    return 0;
}

/* Writes a word with what stands three times and more in a row `times` times. Returns its bytes, 0 where nothing does. */
static size_t shorten(const char *p, size_t n, size_t times, char out[LONGEST])
{
    size_t len = 0;
    int any = 0;
    for (size_t i = 0; i < n;) {
        size_t end = i + 1;
        while (end < n && p[end] == p[i]) {
            end++;
        }
        size_t keep = end - i < 3 ? end - i : times;
        any |= end - i >= 3;
        for (size_t k = 0; k < keep && len < LONGEST; k++) {
            out[len++] = p[i];
        }
        i = end;
    }
    return any ? len : 0;
}

static int is_held_down(const sf_lexicon *l, const char *p, size_t n)
{
    char word[LONGEST];
    for (size_t times = 1; times <= 2; times++) {
        size_t len = shorten(p, n, times, word);
        const sf_dict_entry *e = len > 0 ? sf_dict_find(&l->words, word, len) : NULL;
        if (sf_word_is_english(e) || (len > 0 && sf_dict_find(&l->valences, word, len) != NULL)) {
            return 1;
        }
    }
    return 0;
}

static int is_made(const sf_lexicon *l, const char *p, size_t n)
{
    return (n <= LONGEST && (sf_word_share_of_stem(l, p, n) >= 0 || is_of_two(l, p, n))) || is_held_down(l, p, n);
}

/* ---- words ---- */

static int is_foreign(const sf_dict_entry *e)
{
    return e != NULL && (e->flags & SF_WORD_FOREIGN) != 0;
}

/* e is the word's entry among the words, or NULL. */
static int knows(const sf_lexicon *l, const sf_tokens *t, const sf_token *word, const sf_dict_entry *e)
{
    const char *p = t->fold + word->fold;
    return sf_word_is_english(e) ||
           sf_dict_find_hashed(&l->valences, p, word->fold_len, sf_hash_end(word->hash)) != NULL ||
           (!is_foreign(e) && is_made(l, p, word->fold_len));
}

/* Whether an unknown word looks foreign: English ones hardly end in a, i or u. Written small, since names do. */
static int looks_foreign(const sf_tokens *t, const sf_token *word)
{
    char last = t->fold[word->fold + word->fold_len - 1];
    return word->shape == SF_SHAPE_LOWER && (last == 'a' || last == 'i' || last == 'u');
}

/* Whether a capital inside a sentence, after another word, says that a word is a name. */
static int is_named(const sf_token *word)
{
    return (word->shape == SF_SHAPE_CAPITAL || word->shape == SF_SHAPE_MIXED) && !(word->flags & SF_TOKEN_LINE) &&
           word[-1].kind == SF_TOKEN_WORD;
}

static double cover(const sf_analyser *a)
{
    const sf_tokens *t = &a->tokens;
    size_t words = 0, known = 0, names = 0, foreign = 0;
    for (size_t i = 0; i < t->n; i++) {
        const sf_token *word = &t->at[i];
        if (word->kind == SF_TOKEN_WORD && word->fold_len > 0 && !(word->flags & SF_TOKEN_DIGIT)) {
            int knew = knows(a->lexicon, t, word, a->words[i]);
            int named = !knew && is_named(word);
            words++;
            known += (size_t)knew;
            names += (size_t)named;
            foreign += !knew && !named && (is_foreign(a->words[i]) || looks_foreign(t, word));
        }
    }
    if (words == 0) {
        return NAN;
    }
    int readable = a->lexicon->own_words || (double)known >= READABLE * (double)(words - names + foreign);
    return readable ? (double)known / (double)words : 0.0;
}

int sf_sentiment_cover_run(sf_analyser *a, sf_str text, double *out)
{
    const sf_tokens *tokens;
    int status = sf_analyser_tokens(a, text, &tokens);
    if (status == SF_OK) {
        *out = cover(a);
    }
    return status;
}
