/* SPDX-License-Identifier: MIT */
/* A lexicon of one's own: tables laid over the built-in one. Words get valences, names of one's own are found however they are
 * written, and a row that is wrong is told with its line.
 *
 *     $ own_lexicon
 *     built in: compound +0.0000, topics:
 *     own: compound +0.4404, topics: frobnicator
 *     line 2: slang.tsv: the valence is no number
 */
#include <signalflow/signalflow.h>
#include <stdio.h>

static const char text[] = "the new frob 3k is bussin, the old one was mid";

static void say(const sf_lexicon *l, const char *which)
{
    sf_analyser *a;
    if (sf_analyser_new(&a, l) != SF_OK) {
        return;
    }
    sf_scores s;
    sf_str topics[SF_MAX_TOPICS];
    if (sf_sentiment(a, sf_cstr(text), &s) == SF_OK) {
        printf("%s: compound %+.4f, topics:", which, s.compound);
    }
    int64_t n = sf_text_topics(a, sf_cstr(text), topics);
    for (int64_t i = 0; i < n; i++) {
        printf(" %s", topics[i].ptr);
    }
    printf("\n");
    sf_analyser_free(a);
}

int main(void)
{
    sf_lexicon_table tables[2] = {
        {"sentiment", "slang.tsv", sf_cstr("bussin\t3.1\nmid\t-1.2\n")},
        {"watch", "watch.tsv", sf_cstr("Frobnicator|frob 3k\tfrobnicator\n")},
    };
    sf_lexicon_opts opts = SF_LEXICON_OPTS_INIT;
    opts.tables = tables;
    opts.n_tables = 2;

    sf_lexicon *own;
    sf_error err;
    if (sf_lexicon_load(&own, &opts, &err) != SF_OK) {
        fprintf(stderr, "line %d: %s\n", (int)err.line, err.message);
        return 1;
    }
    say(sf_lexicon_builtin(), "built in");
    say(own, "own");
    sf_lexicon_free(own); /* after the analysers that use it */

    tables[0].data = sf_cstr("bussin\t3.1\nmid\tlow\n");
    if (sf_lexicon_load(&own, &opts, &err) == SF_EPARSE) {
        printf("line %d: %s\n", (int)err.line, err.message);
    }
    return 0;
}
