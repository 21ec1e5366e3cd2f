/* SPDX-License-Identifier: MIT */
/* What sf-archive wrote, read back: each row is a line of the index, its signal lies in the spool. */
#include <stdlib.h>

#include "archive/rows.h"
#include "common/fail.h"
#include "common/loop.h"
#include "replay.h"

int sf_replay_index_archive(sf_replay_index *x, sf_place *place, sf_error *err)
{
    sf_place **more = realloc((void *)x->places, (x->n_places + 1) * sizeof *more);
    if (more == NULL) {
        sf_place_close(place);
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    x->places = more;
    x->places[x->n_places++] = place;
    return SF_OK;
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static int add_signal(sf_replay_index *x, uint32_t file, uint32_t number, const sf_signal *s, sf_error *err)
{
    sf_replay_line *l = sf_replay_add_line(x, SF_REPLAY_ANSWER, file, x->files[file].mapped.bytes, number);
    int status = l == NULL ? SF_ENOMEM : sf_replay_spool_signal(x, l, s, err);
    return status != SF_OK ? status : sf_replay_add_signal(x, l, s);
}

/* The signals of a raw record: what its platform gave is read as it would have been when it came. */
static int add_answer(sf_replay_index *x, uint32_t file, uint32_t number, int32_t platform, const sf_record *r,
                      sf_error *err)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error why = {0};
    int64_t n = sf_normalise(x->scratch, platform, r->raw,
                             r->observed_ms != SF_NO_TIME ? r->observed_ms : r->arrived_ms, &report, &why);
    if (n < 0) {
        return n == SF_ENOMEM ? SF_ENOMEM
                              : sf_replay_add_refused(x, file, x->files[file].mapped.bytes, number, &why, err);
    }
    int status = SF_OK;
    for (size_t i = 0; status == SF_OK && i < report.n_children; i++) {
        const sf_child *c = &report.children[i];
        x->skipped += c->status == SF_ESKIP;
        if (c->signal >= 0) {
            status = add_signal(x, file, number, sf_batch_at(x->scratch, (size_t)c->signal), err);
        }
    }
    return status;
}

static int add_row(sf_replay_index *x, uint32_t file, const sf_parquet_reader *r, int raw, uint32_t number,
                   sf_records *b, sf_error *err)
{
    sf_records_reset(b);
    sf_batch_reset(x->scratch);
    int status = sf_archive_get(r, raw, b, err);
    if (status != SF_OK) {
        return status;
    }
    int32_t platform = sf_platform_from_name(sf_parquet_text(r, SF_ROW_PLATFORM, 0));
    return raw ? add_answer(x, file, number, platform, &b->v[0], err)
               : add_signal(x, file, number, b->v[0].signal, err);
}

/* ---- files -------------------------------------------------------------------------------------------------------- */

static int read_rows(sf_replay_index *x, uint32_t file, sf_str bytes, sf_error *err)
{
    int raw = sf_archive_is_raw(bytes);
    sf_archive_table t = sf_archive_table_of(raw);
    sf_parquet_reader *r;
    sf_records *b;
    int status = sf_parquet_reader_new(&r, bytes, t.columns, t.n, err);
    if (status != SF_OK) {
        return status;
    }
    status = sf_records_new(&b, 1);
    if (status == SF_OK) {
        uint32_t number = 1;
        while ((status = sf_parquet_next_row(r, err)) == 1) {
            status = add_row(x, file, r, raw, number++, b, err);
            if (status != SF_OK) {
                break;
            }
        }
        sf_records_free(b);
    }
    sf_parquet_reader_free(r);
    return status;
}

typedef struct reading {
    sf_replay_index *x;
    sf_place *place;
} reading;

static int read_file(void *payload, const char *name, sf_error *err)
{
    const reading *p = payload;
    size_t len = strlen(name);
    sf_mapped m;
    sf_error why = {.message = ""};
    if (sf_stop_asked()) {
        return SF_EEND;
    }
    if (len < 8 || strcmp(name + len - 8, ".parquet") != 0) {
        return SF_OK;
    }
    int status = p->place->ops->get(p->place, name, &m, &why);
    if (status == SF_OK) {
        status = sf_replay_add_file(p->x, name, SF_PLATFORM_UNKNOWN);
        uint32_t file = (uint32_t)p->x->n_files - 1;
        if (status == SF_OK) {
            p->x->files[file].archived = 1;
            p->x->files[file].mapped.bytes = (sf_str){"", 0};
            status = read_rows(p->x, file, m.bytes, &why);
        }
        sf_mapped_close(&m);
    }
    if (status == SF_EEND) { /* it went away since it was listed */
        return SF_OK;
    }
    return status == SF_EPARSE ? sf_fail(err, status, "%.50s: %.55s", name, why.message)
           : status != SF_OK
               ? sf_fail(err, status, "%.110s", why.message[0] != '\0' ? why.message : sf_strerror(status))
               : SF_OK;
}

int sf_replay_archive(sf_replay_index *x, sf_place *place, sf_error *err)
{
    reading p = {x, place};
    return place->ops->list(place, "dt=", read_file, &p, err);
}
