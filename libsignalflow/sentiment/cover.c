/* SPDX-License-Identifier: MIT */
/* Cover: how many of a text's words the lexicon's language knows.
 *
 * VADER reads English; the table of words holds what is common in English. A word counts as known when it has a valence or
 * is in that table. Some words of other languages are common enough in English texts to be in
 * it; those that are stop words somewhere and not frequent enough for an English one do not count. A text that is not
 * told to be English has no cover unless most of its words are: what looks English there is chance, or names. A lexicon with words of the user's own may
 * know other languages. */
#include <math.h>

#include "analyser.h"
#include "lexicon/words.h"
#include "text/tokens.h"

#define READABLE          0.75 /* from this cover on no other language is thought of: short texts deceive */
#define WORDS             4    /* with fewer a text tells nothing of its language */
#define ENGLISH_STOP_ZIPF 5.0  /* English stop words are more frequent than that, but for a few rare ones */

/* e is the word's entry among the words, or NULL. */
static int knows(const sf_lexicon *l, const sf_tokens *t, const sf_token *word, const sf_dict_entry *e)
{
    if (e != NULL && e->flags & SF_WORD_KNOWN &&
        (!(e->flags & SF_WORD_STOP) || sf_dict_number(&l->words, e) >= ENGLISH_STOP_ZIPF)) {
        return 1;
    }
    return sf_dict_find_hashed(&l->valences, t->fold + word->fold, word->fold_len, sf_hash_end(word->hash)) != NULL;
}

static double cover(const sf_analyser *a, size_t *n)
{
    const sf_tokens *t = &a->tokens;
    size_t words = 0, known = 0;
    for (size_t i = 0; i < t->n; i++) {
        const sf_token *word = &t->at[i];
        if (word->kind == SF_TOKEN_WORD && word->fold_len > 0 && !(word->flags & SF_TOKEN_DIGIT)) {
            words++;
            known += (size_t)knows(a->lexicon, t, word, a->words[i]);
        }
    }
    *n = words;
    return words > 0 ? (double)known / (double)words : NAN;
}

int sf_sentiment_cover_run(sf_analyser *a, sf_str text, double *out)
{
    const sf_tokens *tokens;
    int status = sf_analyser_tokens(a, text, &tokens);
    sf_str language = {"en", 2};
    if (status == SF_OK) {
        size_t words;
        *out = cover(a, &words);
        status =
            *out < READABLE && words >= WORDS && !a->lexicon->own_words ? sf_language_run(a, text, &language) : SF_OK;
    }
    if (status == SF_OK && strcmp(language.ptr, "en") != 0) {
        *out = 0.0;
    }
    return status;
}
