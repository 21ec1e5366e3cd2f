/* SPDX-License-Identifier: MIT */
/* Cover: how many of a text's words the lexicon's language knows.
 *
 * VADER reads English; the table of words holds what is common in English. A word counts as known when it has a valence or
 * is in that table. Some words of other languages are common enough in English texts to be in
 * it; those that are stop words somewhere and not frequent enough for an English one do not count. Where more than a fifth
 * of the words are foreign, what is known is borrowed words (super, movie, fans), or chance, and the text has no cover;
 * names are foreign to no language. A lexicon with words of the user's own may know other languages. */
#include <math.h>

#include "analyser.h"
#include "lexicon/words.h"
#include "text/tokens.h"

#define READABLE          0.8 /* from this share of known words on, names aside, a text is one that VADER can read */
#define WORDS             3   /* with fewer a text tells nothing of its language */
#define ENGLISH_STOP_ZIPF 5.0 /* English stop words are more frequent than that, but for a few rare ones */

/* e is the word's entry among the words, or NULL. */
static int knows(const sf_lexicon *l, const sf_tokens *t, const sf_token *word, const sf_dict_entry *e)
{
    if (e != NULL && e->flags & SF_WORD_KNOWN &&
        (!(e->flags & SF_WORD_STOP) || sf_dict_number(&l->words, e) >= ENGLISH_STOP_ZIPF)) {
        return 1;
    }
    return sf_dict_find_hashed(&l->valences, t->fold + word->fold, word->fold_len, sf_hash_end(word->hash)) != NULL;
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
    size_t words = 0, known = 0, names = 0;
    for (size_t i = 0; i < t->n; i++) {
        const sf_token *word = &t->at[i];
        if (word->kind == SF_TOKEN_WORD && word->fold_len > 0 && !(word->flags & SF_TOKEN_DIGIT)) {
            int knew = knows(a->lexicon, t, word, a->words[i]);
            words++;
            known += (size_t)knew;
            names += !knew && is_named(word);
        }
    }
    if (words == 0) {
        return NAN;
    }
    int readable = words < WORDS || a->lexicon->own_words || (double)known >= READABLE * (double)(words - names);
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
