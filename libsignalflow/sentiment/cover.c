/* SPDX-License-Identifier: MIT */
/* Cover: how many of a text's words the lexicon's language knows. */
#include <math.h>

#include "sentiment/sentiment.h"

int sf_sentiment_cover_run(sf_analyser *a, sf_str text, double *out)
{
    (void)a;
    (void)text;
    *out = NAN;
    return SF_OK;
}
