/* SPDX-License-Identifier: MIT */
/* Rows of kind "sentiment": word TAB valence, VADER's own file format. */
#include "lexicon/lexicon.h"

int sf_row_sentiment(sf_lexicon_builder *b, sf_row *row)
{
    double valence;
    b->own_words |= b->own;
    sf_str none = {"", 0};
    if (row->remove) {
        sf_dict_remove(&b->valences, row->field[0]);
        return SF_OK;
    }
    if (row->n < 2 || row->field[0].len == 0) {
        row->fault = "a row is: word TAB valence";
        return SF_EPARSE;
    }
    if (sf_row_number(row->field[1], &valence) != SF_OK) {
        row->fault = "the valence is no number";
        return SF_EPARSE;
    }
    if (!(valence >= -1e6 && valence <= 1e6)) { /* so that no sum ever overflows */
        row->fault = "the valence is absurd";
        return SF_EPARSE;
    }
    return sf_dict_put(&b->valences, row->field[0], none, 0, valence);
}
