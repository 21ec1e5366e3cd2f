/* SPDX-License-Identifier: MIT */
/* Rows of kind "baselines": platform TAB v0 TAB s50 TAB half_life_s TAB rising_at. */
#include "lexicon/lexicon.h"

int sf_row_baseline(sf_lexicon_builder *b, sf_row *row)
{
    double v[4];
    if (row->n < 5) {
        row->fault = "a row is: platform TAB v0 TAB s50 TAB half_life_s TAB rising_at";
        return SF_EPARSE;
    }
    int32_t platform = sf_platform_from_name(row->field[0]);
    if (platform == SF_PLATFORM_UNKNOWN && !(row->field[0].len == 7 && memcmp(row->field[0].ptr, "unknown", 7) == 0)) {
        row->fault = "no such platform";
        return SF_EPARSE;
    }
    for (size_t i = 0; i < 4; i++) {
        if (sf_row_number(row->field[i + 1], &v[i]) != SF_OK || !(v[i] > 0.0 && v[i] < 1e300)) {
            row->fault = "v0, s50, half_life_s and rising_at are numbers above 0";
            return SF_EPARSE;
        }
    }
    b->baselines[platform] = (sf_baseline){v[0], v[1], v[2], v[3], {0.0, 0.0, 0.0, 0.0}};
    return SF_OK;
}
