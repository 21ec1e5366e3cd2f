/* SPDX-License-Identifier: MIT */
/* The replay's index: files to lines and moments, and these into order. */
#include <math.h>
#include <stdlib.h>

#include "common/fail.h"
#include "common/loop.h"
#include "recorded.h"
#include "replay.h"

/* Room for one more element. */
static int grow(void *array, size_t *cap, size_t n, size_t size)
{
    void **v = array;
    if (n < *cap) {
        return SF_OK;
    }
    size_t more = *cap < 64 ? 64 : *cap * 2;
    void *p = realloc(*v, more * size);
    if (p == NULL) {
        return SF_ENOMEM;
    }
    *v = p;
    *cap = more;
    return SF_OK;
}

int sf_replay_index_file(sf_replay_index *x, const char *path, int32_t platform, sf_error *err)
{
    FILE *f = strcmp(path, "-") == 0 ? NULL : fopen(path, "rb");
    if (f == NULL && strcmp(path, "-") != 0) {
        return sf_fail_errno(err, path);
    }
    if (f != NULL) {
        fclose(f);
    }
    return sf_replay_add_file(x, path, platform);
}

int sf_replay_add_file(sf_replay_index *x, const char *path, int32_t platform)
{
    if (grow(&x->files, &x->cap_files, x->n_files, sizeof *x->files) != SF_OK) {
        return SF_ENOMEM;
    }
    char *copy = strdup(path);
    if (copy == NULL) {
        return SF_ENOMEM;
    }
    x->files[x->n_files++] = (sf_replay_file){.path = copy, .platform = platform};
    return SF_OK;
}

sf_replay_line *sf_replay_add_line(sf_replay_index *x, sf_replay_form form, uint32_t file, sf_str raw, uint32_t number)
{
    if (x->n_lines == SF_REPLAY_NONE || grow(&x->lines, &x->cap_lines, x->n_lines, sizeof *x->lines) != SF_OK) {
        return NULL;
    }
    sf_replay_line *l = &x->lines[x->n_lines++];
    *l = (sf_replay_line){.raw = raw, .file = file, .ts_ms = SF_NO_TIME, .number = number, .text = SF_REPLAY_NONE};
    l->form = (uint8_t)form;
    return l;
}

int sf_replay_add_moment(sf_replay_index *x, int64_t ms, double score, double comments, uint32_t step)
{
    if (grow(&x->moments, &x->cap_moments, x->n_moments, sizeof *x->moments) != SF_OK) {
        return SF_ENOMEM;
    }
    x->moments[x->n_moments++] = (sf_replay_moment){ms, score, comments, (uint32_t)(x->n_lines - 1), step};
    return SF_OK;
}

/* The moment of a line that is one signal: observed, else created, else now. */
int sf_replay_add_signal(sf_replay_index *x, sf_replay_line *l, const sf_signal *s)
{
    int64_t ms = s->observed_ms != SF_NO_TIME ? s->observed_ms : s->ts_ms;
    l->no_time = ms == SF_NO_TIME;
    return sf_replay_add_moment(x, ms != SF_NO_TIME ? ms : x->run_ms, s->raw_score, s->comments, 0);
}

static int spool(sf_replay_index *x, sf_replay_line *l, sf_str bytes, sf_error *err)
{
    if (x->spool == NULL) {
        int status = sf_temporary_file(&x->spool, err);
        if (status != SF_OK) {
            return status;
        }
    }
    if (fwrite(bytes.ptr, 1, bytes.len, x->spool) != bytes.len) {
        return sf_fail_errno(err, "temporary file");
    }
    l->made = x->spooled;
    l->length = (uint32_t)bytes.len;
    x->spooled += bytes.len;
    return SF_OK;
}

int sf_replay_spool_signal(sf_replay_index *x, sf_replay_line *l, const sf_signal *s, sf_error *err)
{
    int64_t n = sf_signal_json(s, NULL, 0);
    char *json = n < 0 ? NULL : sf_batch_alloc(x->scratch, (size_t)n + 1);
    if (json == NULL) {
        return n < 0 ? (int)n : SF_ENOMEM;
    }
    sf_signal_json(s, json, (size_t)n + 1);
    return spool(x, l, (sf_str){json, (size_t)n}, err);
}

/* What is refused keeps its place behind what stands before it in its file. */
int sf_replay_add_refused(sf_replay_index *x, uint32_t file, sf_str raw, uint32_t number, const sf_error *why,
                          sf_error *err)
{
    int64_t ms = INT64_MIN;
    if (x->n_moments > 0 && x->lines[x->moments[x->n_moments - 1].line].file == file) {
        ms = x->moments[x->n_moments - 1].ms;
    }
    sf_replay_line *l = sf_replay_add_line(x, SF_REPLAY_REFUSED, file, raw, number);
    if (l == NULL) {
        return SF_ENOMEM;
    }
    int status = spool(x, l, (sf_str){(const char *)why, sizeof *why}, err);
    return status != SF_OK ? status : sf_replay_add_moment(x, ms, 0, 0, 0);
}

/* A trajectory's moments; the earliest gets step 0. */
static int add_trajectory(sf_replay_index *x, const sf_recorded *rec)
{
    size_t first = 0;
    int status = SF_OK;
    for (size_t i = 1; i < rec->n; i++) {
        first = rec->t[i] < rec->t[first] ? i : first;
    }
    for (size_t i = 0; status == SF_OK && i < rec->n; i++) {
        size_t step = i == first ? 0 : i + (i < first);
        status = sf_replay_add_moment(x, llround(rec->t[i] * 1000), rec->score[i], rec->comments[i], (uint32_t)step);
    }
    return status;
}

static int scan_line(sf_replay_index *x, uint32_t file, sf_str raw, uint32_t number, sf_error *err)
{
    static const sf_replay_form forms[] = {SF_REPLAY_POST, SF_REPLAY_TRAJECTORY, SF_REPLAY_SIGNAL};
    sf_recorded rec;
    sf_error why = {0};
    sf_batch_reset(x->scratch);
    int status = sf_recorded_read(x->scratch, raw, &rec, &why);
    if (status == SF_EVERSION) {
        return sf_fail(err, status, "%s:%u: %s", x->files[file].path, number, why.message);
    }
    if (status != SF_OK) {
        return status == SF_ENOMEM ? status : sf_replay_add_refused(x, file, raw, number, &why, err);
    }
    sf_replay_line *l = sf_replay_add_line(x, forms[rec.format], file, raw, number);
    if (l == NULL) {
        return SF_ENOMEM;
    }
    if (rec.format != SF_RECORDED_TRAJECTORY) {
        return sf_replay_add_signal(x, l, rec.signal);
    }
    status = sf_replay_spool_signal(x, l, rec.signal, err);
    return status != SF_OK ? status : add_trajectory(x, &rec);
}

int sf_replay_next_line(sf_str *rest, sf_str *line)
{
    if (rest->len == 0) {
        return 0;
    }
    const char *end = memchr(rest->ptr, '\n', rest->len);
    line->ptr = rest->ptr;
    line->len = end != NULL ? (size_t)(end - rest->ptr) : rest->len;
    size_t used = line->len + (end != NULL);
    rest->ptr += used;
    rest->len -= used;
    return 1;
}

int sf_replay_is_blank(sf_str line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (strchr(" \t\r\n", line.ptr[i]) == NULL || line.ptr[i] == '\0') {
            return 0;
        }
    }
    return 1;
}

static int scan_file(sf_replay_index *x, uint32_t file, sf_error *err)
{
    sf_str rest = x->files[file].mapped.bytes, line;
    int status = SF_OK;
    for (uint32_t number = 1; status == SF_OK && sf_replay_next_line(&rest, &line); number++) {
        if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
            line.len--;
        }
        if (!sf_replay_is_blank(line)) {
            status = sf_stop_asked() ? SF_EEND : scan_line(x, file, line, number, err);
        }
    }
    return status;
}

/* Moves all times so that the newest becomes what was asked for. */
static void shift(sf_replay_index *x)
{
    int64_t newest = INT64_MIN;
    for (size_t i = 0; i < x->n_moments; i++) {
        const sf_replay_moment *m = &x->moments[i];
        newest = !x->lines[m->line].no_time && m->ms > newest ? m->ms : newest;
    }
    if (x->shift_to == SF_NO_TIME || newest == INT64_MIN) {
        return;
    }
    x->shift = x->shift_to - newest;
    for (size_t i = 0; i < x->n_moments; i++) {
        sf_replay_moment *m = &x->moments[i];
        m->ms += m->ms != INT64_MIN && !x->lines[m->line].no_time ? x->shift : 0;
    }
}

static int in_order(const void *a, const void *b)
{
    const sf_replay_moment *p = a, *q = b;
    if (p->ms != q->ms) {
        return p->ms < q->ms ? -1 : 1;
    }
    if (p->line != q->line) {
        return p->line < q->line ? -1 : 1;
    }
    return p->step < q->step ? -1 : p->step > q->step;
}

int sf_replay_index_make(sf_replay_index *x, sf_error *err)
{
    int status = x->scratch == NULL ? sf_batch_new(&x->scratch) : SF_OK;
    for (uint32_t i = 0, n = (uint32_t)x->n_files; status == SF_OK && i < n; i++) {
        status = sf_mapped_open(&x->files[i].mapped, x->files[i].path, err);
        if (status == SF_OK) {
            status = x->files[i].platform != SF_PLATFORM_UNKNOWN ? sf_replay_answers(x, i, err) : scan_file(x, i, err);
        }
    }
    for (size_t i = 0; status == SF_OK && i < x->n_places; i++) {
        status = sf_replay_archive(x, x->places[i], err);
    }
    status = status != SF_OK ? status : sf_replay_join(x);
    if (status == SF_OK && x->spool != NULL) {
        status = sf_mapped_stream(&x->made, x->spool, err);
    }
    if (status == SF_OK && x->n_moments > 0) {
        shift(x);
        qsort(x->moments, x->n_moments, sizeof *x->moments, in_order);
    }
    return status;
}

void sf_replay_index_free(sf_replay_index *x)
{
    for (size_t i = 0; i < x->n_files; i++) {
        sf_mapped_close(&x->files[i].mapped);
        free(x->files[i].path);
    }
    for (size_t i = 0; i < x->n_places; i++) {
        sf_place_close(x->places[i]);
    }
    free((void *)x->places);
    sf_mapped_close(&x->made);
    if (x->spool != NULL) {
        fclose(x->spool);
    }
    sf_batch_free(x->scratch);
    free(x->files);
    free(x->lines);
    free(x->moments);
}
