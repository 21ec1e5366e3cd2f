/* SPDX-License-Identifier: MIT */
/* A lexicon's words and emoji as the table that they came from. */
#include "json_write.h"
#include "lexicon/lexicon.h"
#include "number.h"
#include "signalflow/sentiment.h"

static void put_row(sf_writer *w, const sf_dict *d, const sf_dict_entry *e)
{
    sf_str key = sf_dict_key(d, e), text = sf_dict_text(d, e);
    sf_put(w, key.ptr, key.len);
    SF_PUT(w, "\t");
    if (d->numbers != NULL) {
        char number[32];
        sf_put(w, number, sf_number_write(sf_dict_number(d, e), number));
    } else {
        sf_put(w, text.ptr, text.len);
    }
    SF_PUT(w, "\n");
}

int64_t sf_sentiment_table(const sf_lexicon *l, int32_t emoji, char *buf, size_t cap)
{
    if ((emoji != 0 && emoji != 1) || (buf == NULL && cap > 0)) {
        return SF_EINVAL;
    }
    l = l != NULL ? l : sf_lexicon_builtin();
    const sf_dict *d = emoji ? &l->emoji : &l->valences;
    sf_writer w;
    sf_writer_init(&w, buf, cap);
    for (uint32_t i = 0; i < d->count; i++) {
        put_row(&w, d, &d->entries[i]);
    }
    return sf_writer_end(&w);
}
