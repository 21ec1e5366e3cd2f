/* SPDX-License-Identifier: MIT */
/* Keywords. */
#include "analyser.h"

int sf_keywords_scratch_new(sf_keywords_scratch **out)
{
    *out = NULL;
    return SF_OK;
}

void sf_keywords_scratch_free(sf_keywords_scratch *s)
{
    (void)s;
}

int64_t sf_keywords_run(sf_analyser *a, sf_str text, size_t max, const sf_keyword **out)
{
    (void)a;
    (void)text;
    (void)max;
    *out = NULL;
    return 0;
}
