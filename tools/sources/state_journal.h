/* SPDX-License-Identifier: MIT */
/* The lines of a state file: "CHECKSUM KEY VALUE", and a buffer of them. */
#ifndef SF_STATE_JOURNAL_H
#define SF_STATE_JOURNAL_H

#include "state.h"

/* Lines to be written. Start from {0}. */
typedef struct sf_journal {
    char *text;
    size_t len, cap;
    int lost; /* 1: memory was scarce, lines are missing */
} sf_journal;

void sf_journal_add(sf_journal *j, sf_str key, sf_str value);
void sf_journal_free(sf_journal *j);

/* Adds the lines of a journal that still hold: the last one of each key, if it has a value. SF_OK, SF_ENOMEM. */
int sf_journal_fold(sf_str bytes, sf_journal *out);

#endif
