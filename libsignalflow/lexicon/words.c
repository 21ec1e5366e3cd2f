/* SPDX-License-Identifier: MIT */
/* Rows of kinds "stopwords" and "frequencies": what is known of words at large. */
#include "lexicon/lexicon.h"

int sf_row_stopword(sf_lexicon_builder *b, sf_row *row)
{
    (void)b;
    (void)row;
    return SF_OK;
}

int sf_row_frequency(sf_lexicon_builder *b, sf_row *row)
{
    (void)b;
    (void)row;
    return SF_OK;
}
