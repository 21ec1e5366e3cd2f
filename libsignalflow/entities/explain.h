/* SPDX-License-Identifier: MIT */
/* Why a name is one: see explain.c. */
#ifndef SF_EXPLAIN_H
#define SF_EXPLAIN_H

#include "entities/document.h"
#include "signalflow/entities.h"

typedef struct sf_told {
    sf_evidence at[SF_MAX_EVIDENCE];
    char texts[SF_MAX_EVIDENCE][SF_FEATURE_ROOM];
    size_t n;
} sf_told;

/* Of one of d->found, before the document's next step; `reason` is told where neither weights nor rows made it a name. */
void sf_document_explain(const sf_document *d, const sf_candidate *c, const char *reason, sf_told *told);

#endif
