/* SPDX-License-Identifier: MIT */
/* Rows of kind "emoji": emoji TAB description. */
#include "lexicon/lexicon.h"

int sf_row_emoji(sf_lexicon_builder *b, sf_row *row)
{
    if (row->remove) {
        sf_dict_remove(&b->emoji, row->field[0]);
        return SF_OK;
    }
    if (row->n < 2 || row->field[0].len == 0) {
        row->fault = "a row is: emoji TAB description";
        return SF_EPARSE;
    }
    return sf_dict_put(&b->emoji, row->field[0], row->field[1], 0, 0.0);
}
