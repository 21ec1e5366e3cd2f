/* SPDX-License-Identifier: MIT */
/* Named entities and their topics. */
#include "analyser.h"

int sf_entities_scratch_new(sf_entities_scratch **out)
{
    *out = NULL;
    return SF_OK;
}

void sf_entities_scratch_free(sf_entities_scratch *s)
{
    (void)s;
}

int64_t sf_entities_run(sf_analyser *a, sf_str text, const sf_entity **out)
{
    (void)a;
    (void)text;
    *out = NULL;
    return 0;
}

int64_t sf_topics(const sf_entity *entities, size_t n, sf_str out[SF_MAX_TOPICS])
{
    (void)entities;
    (void)n;
    (void)out;
    return 0;
}
