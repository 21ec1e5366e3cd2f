/* SPDX-License-Identifier: MIT */
/* Any bytes as a text: sentiment, its explanation, a column of it, its cover. The figures must hang together. The first
 * byte chooses the lexicon: the built-in one, or one where common characters and words are emoji and valences. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "signalflow/signalflow.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz sentiment: %s\n", what);
        abort();
    }
}

static sf_analyser *make_analyser(int own)
{
    const sf_lexicon_table tables[] = {
        {"sentiment", "words", sf_cstr("a\t1\nno\t-2\nbut\t0.5\nvery\t1\n\u03C2\t-1\n")},
        {"emoji", "emoji", sf_cstr("e\t!\n?\tgood but\n\uFFFD\t  very bad  \n \tbad\n")},
    };
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_lexicon *l = NULL; /* lives as long as the program */
    sf_analyser *a = NULL;
    o.tables = tables;
    o.n_tables = 2;
    check(!own || sf_lexicon_load(&l, &o, NULL) == SF_OK, "the lexicon does not load");
    check(sf_analyser_new(&a, l) == SF_OK, "no analyser");
    return a;
}

static void check_scores(const sf_scores *s, size_t n_tokens)
{
    double sum = s->neg + s->neu + s->pos;
    check(s->neg >= 0 && s->neu >= 0 && s->pos >= 0, "a share is negative");
    check(n_tokens == 0 ? sum == 0.0 : fabs(sum - 1.0) < 0.002, "shares do not add up");
    check(fabs(s->compound) <= 1.0, "compound out of range");
}

static void check_explanation(const sf_explanation *e, size_t size)
{
    double sum = 0.0;
    uint32_t before = 0;
    for (size_t i = 0; i < e->n_tokens; i++) {
        const sf_token_score *t = &e->tokens[i];
        check(t->start <= t->end && t->end <= size && t->start >= before, "a token lies outside the text or its place");
        check(t->rules & SF_RULE_LEXICON || t->valence == 0.0, "a token that is not in the lexicon has a valence");
        before = t->start;
        sum += t->valence;
    }
    sum += sum > 0 ? e->punctuation : sum < 0 ? -e->punctuation : 0.0;
    check(sum == e->sum, "the explanation does not add up");
    check(fabs(sum / sqrt(sum * sum + 15.0) - e->scores.compound) <= 0.000051, "the sum is not the compound's");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static sf_analyser *analysers[2];
    if (size == 0) {
        return 0;
    }
    int own = data[0] & 1;
    if (analysers[own] == NULL) {
        analysers[own] = make_analyser(own);
    }
    sf_analyser *a = analysers[own];
    sf_str text = {(const char *)data + 1, size - 1};
    sf_explanation e = SF_EXPLANATION_INIT;
    sf_scores s;
    double cover, column[8];
    int64_t offsets[3] = {0, (int64_t)(text.len / 2), (int64_t)text.len};
    check(sf_sentiment(a, text, &s) == SF_OK, "not scored");
    check(sf_sentiment_explain(a, text, &e) == SF_OK, "not explained");
    check(memcmp(&s, &e.scores, sizeof s) == 0, "explained otherwise than scored");
    check_scores(&s, e.n_tokens);
    check_explanation(&e, text.len);
    check(sf_sentiment_column(a, text.ptr, offsets, 2, column) == 2, "the column is not scored");
    check(sf_sentiment_cover(a, text, &cover) == SF_OK, "no cover");
    check(isnan(cover) || (cover >= 0.0 && cover <= 1.0), "cover out of range");
    return 0;
}
