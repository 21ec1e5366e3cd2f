/* SPDX-License-Identifier: MIT */
/* One text: its sentiment, why it is what it is, and what it speaks of.
 *
 *     $ one_text "NASA did NOT fail this time, great!"
 *     compound +0.8043
 *       fail +1.85, in the lexicon -2.50
 *       great +3.10, in the lexicon +3.10
 *     ORG NASA, bytes 0 to 4
 */
#include <signalflow/signalflow.h>
#include <stdio.h>

static void print_sentiment(sf_analyser *a, sf_str text)
{
    sf_explanation why = SF_EXPLANATION_INIT;
    if (sf_sentiment_explain(a, text, &why) != SF_OK) {
        return;
    }
    printf("compound %+.4f\n", why.scores.compound);
    for (size_t i = 0; i < why.n_tokens; i++) {
        const sf_token_score *t = &why.tokens[i];
        if (t->valence < 0 || t->valence > 0) {
            printf("  %.*s %+.2f, in the lexicon %+.2f\n", (int)(t->end - t->start), text.ptr + t->start, t->valence,
                   t->lexicon);
        }
    }
}

static void print_entities(sf_analyser *a, sf_str text)
{
    const sf_entity *found;
    int64_t n = sf_entities(a, text, &found);
    for (int64_t i = 0; i < n; i++) {
        printf("%s %.*s, bytes %u to %u\n", found[i].label.ptr, (int)found[i].text.len, found[i].text.ptr,
               found[i].start, found[i].end);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: one_text TEXT\n");
        return 2;
    }
    sf_analyser *a;
    if (sf_analyser_new(&a, sf_lexicon_builtin()) != SF_OK) {
        return 1;
    }
    sf_str text = sf_cstr(argv[1]);
    print_sentiment(a, text);
    print_entities(a, text); /* results are the analyser's until its next call, so one is printed before the next */
    sf_analyser_free(a);
    return 0;
}
