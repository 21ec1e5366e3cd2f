/* SPDX-License-Identifier: MIT */
/* Texts of posts, read back a page at a time in the order of their rows. All that the text's hash is made of comes along, so that the merge can
 * tell whether the post still has that text. A post without words, or a deleted one, does not say what its numbers were made by: it always comes, and
 * is written only if something of it changes. */
#include "reread.h"

#include "common/clock.h"
#include "common/fail.h"

static const char page_sql[] =
    "SELECT id, platform, source_id, kind, parent_id, channel, title, body, author, url, lang, labels, ts, text_at"
    " FROM signals WHERE id > ?1 AND event_at >= ?2 AND (analysis IS NULL OR analysis <> ?3)"
    " ORDER BY id LIMIT ?4";

typedef struct page {
    sf_reread *what;
    sf_records *into;
    int64_t n;
} page;

/* The row's signal; its texts live until the next row. */
static int read_row(sf_stmt *q, sf_signal *s, sf_str labels[SF_MAX_LABELS])
{
    sf_signal_init(s, sizeof *s);
    s->platform = sf_column_platform(q, 1);
    s->source_id = sf_column_text(q, 2);
    s->kind = sf_column_text(q, 3).ptr[0] == 'c' ? SF_COMMENT : SF_POST;
    s->parent_id = sf_column_text(q, 4);
    s->channel = sf_column_text(q, 5);
    s->title = sf_column_text(q, 6);
    s->body = sf_column_text(q, 7);
    s->author = sf_column_text(q, 8);
    s->url = sf_column_text(q, 9);
    s->lang = sf_column_text(q, 10);
    s->ts_ms = sf_column_time(q, 12);
    s->observed_ms = sf_column_time(q, 13);
    s->labels = labels;
    return sf_db_read_strings(q->db->memory, sf_column_text(q, 11), labels, SF_MAX_LABELS, &s->n_labels);
}

static int take_row(sf_stmt *q, void *payload)
{
    page *p = payload;
    sf_signal s;
    sf_str labels[SF_MAX_LABELS];
    int r = read_row(q, &s, labels);
    int64_t i = r == SF_OK ? sf_batch_add(p->into->memory, &s, sizeof s) : r;
    sf_record *to = i >= 0 ? sf_records_add(p->into) : NULL;
    if (to == NULL) {
        return i < 0 ? (int)i : SF_ENOMEM;
    }
    to->signal = sf_batch_at(p->into->memory, (size_t)i);
    to->again = 1;
    to->at = (sf_coordinates){.origin = "signals", .partition = -1, .offset = sf_column_whole(q, 0)};
    to->arrived_ms = sf_clock_ms();
    to->observed_ms = SF_NO_TIME;
    p->what->after = to->at.offset;
    p->n++;
    return SF_OK;
}

static int read_page(sf_db *db, page *p, size_t most, sf_error *err)
{
    sf_stmt *q;
    int r = sf_db_kept(db, page_sql, &q, err);
    if (r != SF_OK) {
        return r;
    }
    sf_bind_whole(q, 1, p->what->after);
    sf_bind_time(q, 2, p->what->since_ms != SF_NO_TIME ? p->what->since_ms : 0);
    sf_bind_name(q, 3, p->what->analysis);
    sf_bind_whole(q, 4, (int64_t)most);
    return sf_db_walk(q, take_row, p, err);
}

int64_t sf_stored_reread(sf_store *store, sf_reread *what, sf_records *b, size_t most, sf_error *err)
{
    sf_db *db = sf_db_of(store);
    page p = {what, b, 0};
    int r = db->ops->begin(db, SF_STORE_READ, err);
    if (r == SF_OK) {
        r = read_page(db, &p, most, err);
        db->ops->rollback(db); /* only read: nothing to lose */
    }
    return r == SF_OK ? p.n : r;
}
