/* SPDX-License-Identifier: MIT */
/* How figures of a post came about: which words and rules made the sentiment, why each entity was found, and the parts of the trending
 * score. sf-process --explain says it, and sf-serve of a single post. */
#ifndef SF_EXPLAIN_H
#define SF_EXPLAIN_H

#include "buffer.h"
#include "signalflow/signalflow.h"

/* The parts of a trending score, see signalflow/trending.h; NaN: not known. */
typedef struct sf_trend_parts {
    double rate, x, n, r;
} sf_trend_parts;

/* Appends a JSON object. SF_OK, SF_ENOMEM, or as the analyser. */
int sf_explain(sf_buffer *b, sf_analyser *a, sf_str text, int32_t platform, const sf_trend_parts *parts);

#endif
