/* SPDX-License-Identifier: MIT */
/* Any bytes as a table: the first byte picks the kind, the rest is the table. What loads can be used. */
#include <stdint.h>
#include <stdlib.h>

#include "signalflow/signalflow.h"

static void check(int holds)
{
    if (!holds) {
        abort();
    }
}

static void use(const sf_lexicon *l)
{
    static const char text[] = "The New York Times of AT&T said a good thing about \xE4\xB8\xAD\xE5\x9B\xBD :) #Foo's";
    const sf_entity *e = NULL;
    const sf_keyword *k = NULL;
    sf_analyser *a = NULL;
    check(sf_analyser_new(&a, l) == SF_OK);
    check(sf_entities(a, sf_cstr(text), &e) >= 0);
    check(sf_keywords(a, sf_cstr(text), 0, &k) >= 0);
    sf_analyser_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const kinds[] = {"sentiment", "emoji", "names",    "stopwords", "frequencies", "baselines",
                                        "rules",     "watch", "patterns", "languages", "classes"};
    if (size == 0) {
        return 0;
    }
    sf_lexicon_table t = {kinds[(uint8_t)(data[0] - '0') % (sizeof kinds / sizeof *kinds)],
                          "fuzz.tsv",
                          {(const char *)data + 1, size - 1}};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_lexicon *l = NULL;
    sf_error err = {0};
    o.tables = &t;
    o.n_tables = 1;
    o.empty = 1;
    int status = sf_lexicon_load(&l, &o, &err);
    check(status == SF_OK || (status == err.status && err.message[0] != '\0'));
    if (status == SF_OK) {
        use(l);
        sf_lexicon_free(l);
    }
    return 0;
}
