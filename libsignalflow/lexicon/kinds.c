/* SPDX-License-Identifier: MIT */
/* Which kinds of tables there are. */
#include "lexicon/lexicon.h"

static const sf_table_kind kinds[] = {
    {"sentiment", sf_row_sentiment}, {"emoji", sf_row_emoji},           {"names", sf_row_name},
    {"stopwords", sf_row_stopword},  {"frequencies", sf_row_frequency}, {"rules", sf_row_rule},
    {"languages", sf_row_language},  {"watch", sf_row_watch},           {"patterns", sf_row_pattern},
    {"baselines", sf_row_baseline},  {"classes", sf_row_class},
};

const sf_table_kind *sf_table_kind_of(const char *name)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (strcmp(kinds[i].name, name) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}
