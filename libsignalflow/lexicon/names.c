/* SPDX-License-Identifier: MIT */
/* Rows of kind "names": label TAB canonical|alias|alias... */
#include "lexicon/lexicon.h"

int sf_row_name(sf_lexicon_builder *b, sf_row *row)
{
    (void)b;
    (void)row;
    return SF_OK;
}
