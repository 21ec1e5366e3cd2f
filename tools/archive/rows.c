/* SPDX-License-Identifier: MIT */
/* The archive's columns, and records to and from rows. */
#include "rows.h"

#include <math.h>
#include <stdio.h>

#include "common/fail.h"

/* In the order of `columns`; those of records stand at the end of both tables. */
enum {
    PLATFORM,
    ID,
    KIND,
    CHANNEL,
    TITLE,
    BODY,
    AUTHOR,
    LINK,
    SCORE,
    COMMENTS,
    TS,
    OBSERVED,
    LANG,
    LABELS,
    PARENT,
    NEG,
    NEU,
    POS,
    COMPOUND,
    COVER,
    TOPICS,
    ENTITY_TEXT,
    ENTITY_LABEL,
    ENTITY_ID,
    ENTITY_START,
    ENTITY_END,
    KEYWORDS,
    PREVIOUS,
    VELOCITY,
    COMMENT_VELOCITY,
    NORMALISED,
    TRENDING,
    RISING,
    ANALYSIS,
    ARRIVED,
    TOPIC,
    PARTITION,
    OFFSET,
    SIGNAL_COLUMNS
};

enum { RAW_PLATFORM, RAW_ID, RAW_OBSERVED, RAW_VALUE, RAW_ARRIVED, RAW_TOPIC, RAW_PARTITION, RAW_OFFSET, RAW_COLUMNS };

#define FEW    SF_PARQUET_DICTIONARY
#define NULLS  SF_PARQUET_NULLS
#define LIST   (SF_PARQUET_LIST | SF_PARQUET_NULLS)
#define RANGE  SF_PARQUET_STATISTICS
#define TEXT   SF_PARQUET_TEXT
#define DOUBLE SF_PARQUET_DOUBLE
#define TIME   SF_PARQUET_TIME

/* Where the record came from. */
#define RECORD_COLUMNS                                                                                                 \
    {"arrived_at", NULL, TIME, NULLS}, {"topic", NULL, TEXT, FEW | NULLS},                                             \
        {"partition", NULL, SF_PARQUET_INT32, NULLS | RANGE},                                                          \
    {                                                                                                                  \
        "offset", NULL, SF_PARQUET_INT64, NULLS | RANGE                                                                \
    }

static const sf_parquet_column columns[] = {
    {"platform", NULL, TEXT, FEW | RANGE},
    {"source_id", NULL, TEXT, 0},
    {"kind", NULL, TEXT, FEW},
    {"channel", NULL, TEXT, FEW | NULLS},
    {"title", NULL, TEXT, 0},
    {"body", NULL, TEXT, 0},
    {"author", NULL, TEXT, FEW | NULLS},
    {"url", NULL, TEXT, NULLS},
    {"raw_score", NULL, DOUBLE, NULLS},
    {"comments", NULL, DOUBLE, NULLS},
    {"ts", NULL, TIME, NULLS | RANGE},
    {"observed_at", NULL, TIME, NULLS | RANGE},
    {"lang", NULL, TEXT, FEW | NULLS},
    {"labels", NULL, TEXT, FEW | LIST},
    {"parent_id", NULL, TEXT, NULLS},
    {"sentiment_neg", NULL, DOUBLE, NULLS},
    {"sentiment_neu", NULL, DOUBLE, NULLS},
    {"sentiment_pos", NULL, DOUBLE, NULLS},
    {"sentiment_compound", NULL, DOUBLE, NULLS},
    {"sentiment_cover", NULL, DOUBLE, NULLS},
    {"topics", NULL, TEXT, FEW | LIST},
    {"entities", "text", TEXT, FEW | LIST},
    {"entities", "label", TEXT, FEW | LIST},
    {"entities", "id", TEXT, FEW | LIST},
    {"entities", "start", SF_PARQUET_INT32, LIST},
    {"entities", "end", SF_PARQUET_INT32, LIST},
    {"keywords", NULL, TEXT, FEW | LIST},
    {"previous_score", NULL, DOUBLE, NULLS},
    {"velocity", NULL, DOUBLE, NULLS},
    {"comment_velocity", NULL, DOUBLE, NULLS},
    {"normalised_score", NULL, DOUBLE, NULLS},
    {"trending_score", NULL, DOUBLE, NULLS},
    {"rising", NULL, SF_PARQUET_FLAG, NULLS},
    {"analysis", NULL, TEXT, FEW | NULLS},
    RECORD_COLUMNS,
};

static const sf_parquet_column raw_columns[] = {
    {"platform", NULL, TEXT, FEW | RANGE},
    {"source_id", NULL, TEXT, NULLS},
    {"observed_at", NULL, TIME, NULLS | RANGE},
    {"value", NULL, SF_PARQUET_BYTES, 0},
    RECORD_COLUMNS,
};

sf_archive_table sf_archive_table_of(int raw)
{
    return raw ? (sf_archive_table){raw_columns, RAW_COLUMNS} : (sf_archive_table){columns, SIGNAL_COLUMNS};
}

int sf_archive_is_raw(sf_str file)
{
    sf_parquet_reader *r;
    int raw = 0;
    if (sf_parquet_reader_new(&r, file, &raw_columns[RAW_VALUE], 1, NULL) == SF_OK) {
        raw = sf_parquet_reader_has(r, 0);
        sf_parquet_reader_free(r);
    }
    return raw;
}

/* A raw topic is called PLATFORM.what. */
static int32_t platform_of_topic(const char *topic)
{
    return topic != NULL ? sf_platform_from_name((sf_str){topic, strcspn(topic, ".")}) : SF_PLATFORM_UNKNOWN;
}

const char *sf_archive_platform(const sf_record *r, int raw)
{
    return sf_platform_name(raw ? platform_of_topic(r->at.origin) : r->signal->platform);
}

int64_t sf_archive_observed_ms(const sf_record *r, int raw)
{
    int64_t ms = raw ? r->observed_ms : r->signal->observed_ms;
    return ms != SF_NO_TIME ? ms : r->arrived_ms != SF_NO_TIME ? r->arrived_ms : 0;
}

/* ---- writing ------------------------------------------------------------------------------------------------------ */

static void put_text(sf_parquet_writer *w, size_t column, sf_str text)
{
    if (text.len > 0) {
        sf_parquet_put_text(w, column, text);
    } else {
        sf_parquet_put_null(w, column);
    }
}

static void put_time(sf_parquet_writer *w, size_t column, int64_t ms)
{
    if (ms != SF_NO_TIME) {
        sf_parquet_put_number(w, column, ms);
    } else {
        sf_parquet_put_null(w, column);
    }
}

static void put_texts(sf_parquet_writer *w, size_t column, const sf_str *v, size_t n, int known)
{
    if (n == 0 && !known) {
        sf_parquet_put_null(w, column);
        return;
    }
    sf_parquet_put_list(w, column, n);
    for (size_t i = 0; i < n; i++) {
        sf_parquet_put_text(w, column, v[i]);
    }
}

static void put_entities(sf_parquet_writer *w, const sf_signal *s, int known)
{
    for (size_t column = ENTITY_TEXT; column <= ENTITY_END; column++) {
        if (s->n_entities == 0 && !known) {
            sf_parquet_put_null(w, column);
        } else {
            sf_parquet_put_list(w, column, s->n_entities);
        }
    }
    for (size_t i = 0; i < s->n_entities; i++) {
        const sf_entity *e = &s->entities[i];
        sf_parquet_put_text(w, ENTITY_TEXT, e->text);
        sf_parquet_put_text(w, ENTITY_LABEL, e->label);
        sf_parquet_put_text(w, ENTITY_ID, e->id);
        sf_parquet_put_number(w, ENTITY_START, e->start);
        sf_parquet_put_number(w, ENTITY_END, e->end);
    }
}

static void put_analysis(sf_parquet_writer *w, const sf_signal *s)
{
    int known = s->analysis.len > 0;
    sf_parquet_put_double(w, NEG, s->sentiment.neg);
    sf_parquet_put_double(w, NEU, s->sentiment.neu);
    sf_parquet_put_double(w, POS, s->sentiment.pos);
    sf_parquet_put_double(w, COMPOUND, s->sentiment.compound);
    sf_parquet_put_double(w, COVER, s->sentiment_cover);
    put_texts(w, TOPICS, s->topics, s->n_topics, known);
    put_entities(w, s, known);
    put_texts(w, KEYWORDS, s->keywords, s->n_keywords, known);
    sf_parquet_put_double(w, PREVIOUS, s->previous_score);
    sf_parquet_put_double(w, VELOCITY, s->velocity);
    sf_parquet_put_double(w, COMMENT_VELOCITY, s->comment_velocity);
    sf_parquet_put_double(w, NORMALISED, s->normalised_score);
    sf_parquet_put_double(w, TRENDING, s->trending_score);
    if (s->rising >= 0) {
        sf_parquet_put_number(w, RISING, s->rising);
    } else {
        sf_parquet_put_null(w, RISING);
    }
    put_text(w, ANALYSIS, s->analysis);
}

static void put_signal(sf_parquet_writer *w, const sf_signal *s)
{
    sf_parquet_put_text(w, PLATFORM, sf_cstr(sf_platform_name(s->platform)));
    sf_parquet_put_text(w, ID, s->source_id);
    sf_parquet_put_text(w, KIND, sf_cstr(sf_kind_name(s->kind)));
    put_text(w, CHANNEL, s->channel);
    sf_parquet_put_text(w, TITLE, s->title);
    sf_parquet_put_text(w, BODY, s->body);
    put_text(w, AUTHOR, s->author);
    put_text(w, LINK, s->url);
    sf_parquet_put_double(w, SCORE, s->raw_score);
    sf_parquet_put_double(w, COMMENTS, s->comments);
    put_time(w, TS, s->ts_ms);
    put_time(w, OBSERVED, s->observed_ms);
    put_text(w, LANG, s->lang);
    put_texts(w, LABELS, s->labels, s->n_labels, 0);
    put_text(w, PARENT, s->parent_id);
    put_analysis(w, s);
}

/* The last columns of either table, from `first` on. */
static void put_origin(sf_parquet_writer *w, const sf_record *r, size_t first)
{
    put_time(w, first, r->arrived_ms);
    if (r->at.partition >= 0) {
        sf_parquet_put_text(w, first + 1, sf_cstr(r->at.origin));
        sf_parquet_put_number(w, first + 2, r->at.partition);
        sf_parquet_put_number(w, first + 3, r->at.offset);
    } else {
        sf_parquet_put_null(w, first + 1);
        sf_parquet_put_null(w, first + 2);
        sf_parquet_put_null(w, first + 3);
    }
}

int sf_archive_put(sf_parquet_writer *w, const sf_record *r, int raw, sf_error *err)
{
    if (raw) {
        sf_parquet_put_text(w, RAW_PLATFORM, sf_cstr(sf_archive_platform(r, raw)));
        put_text(w, RAW_ID, r->key);
        put_time(w, RAW_OBSERVED, r->observed_ms);
        sf_parquet_put_text(w, RAW_VALUE, r->raw);
        put_origin(w, r, RAW_ARRIVED);
    } else {
        put_signal(w, r->signal);
        put_origin(w, r, ARRIVED);
    }
    return sf_parquet_end_row(w, err);
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static sf_str text(const sf_parquet_reader *r, size_t column)
{
    return sf_parquet_text(r, column, 0);
}

static int64_t time_of(const sf_parquet_reader *r, size_t column)
{
    return sf_parquet_count(r, column) == 1 ? sf_parquet_number(r, column, 0) : SF_NO_TIME;
}

static size_t length(const sf_parquet_reader *r, size_t column)
{
    int64_t n = sf_parquet_count(r, column);
    return n > 0 ? (size_t)n : 0;
}

/* A list's texts, in the batch: at most `most` of them. */
static const sf_str *texts(const sf_parquet_reader *r, size_t column, sf_batch *b, size_t most, size_t *n)
{
    *n = length(r, column) < most ? length(r, column) : most;
    sf_str *v = sf_batch_alloc(b, (*n + 1) * sizeof *v);
    for (size_t i = 0; v != NULL && i < *n; i++) {
        v[i] = sf_parquet_text(r, column, i);
    }
    return v;
}

static const sf_entity *entities(const sf_parquet_reader *r, sf_batch *b, size_t *n)
{
    *n = length(r, ENTITY_TEXT) < SF_MAX_ENTITIES ? length(r, ENTITY_TEXT) : SF_MAX_ENTITIES;
    sf_entity *v = sf_batch_alloc(b, (*n + 1) * sizeof *v);
    for (size_t i = 0; v != NULL && i < *n; i++) {
        v[i] = (sf_entity){.text = sf_parquet_text(r, ENTITY_TEXT, i),
                           .label = sf_parquet_text(r, ENTITY_LABEL, i),
                           .id = sf_parquet_text(r, ENTITY_ID, i),
                           .start = (uint32_t)sf_parquet_number(r, ENTITY_START, i),
                           .end = (uint32_t)sf_parquet_number(r, ENTITY_END, i)};
    }
    return v;
}

static int kind_of(sf_str name, int32_t *kind)
{
    for (*kind = SF_POST; *kind <= SF_DELETE; ++*kind) {
        const char *known = sf_kind_name(*kind);
        if (name.len == strlen(known) && memcmp(name.ptr, known, name.len) == 0) {
            return 1;
        }
    }
    return 0;
}

static void get_numbers(const sf_parquet_reader *r, sf_signal *s)
{
    s->raw_score = sf_parquet_double(r, SCORE, 0);
    s->comments = sf_parquet_double(r, COMMENTS, 0);
    s->ts_ms = time_of(r, TS);
    s->observed_ms = time_of(r, OBSERVED);
    s->sentiment = (sf_scores){sf_parquet_double(r, NEG, 0), sf_parquet_double(r, NEU, 0), sf_parquet_double(r, POS, 0),
                               sf_parquet_double(r, COMPOUND, 0)};
    s->sentiment_cover = sf_parquet_double(r, COVER, 0);
    s->previous_score = sf_parquet_double(r, PREVIOUS, 0);
    s->velocity = sf_parquet_double(r, VELOCITY, 0);
    s->comment_velocity = sf_parquet_double(r, COMMENT_VELOCITY, 0);
    s->normalised_score = sf_parquet_double(r, NORMALISED, 0);
    s->trending_score = sf_parquet_double(r, TRENDING, 0);
    s->rising = sf_parquet_count(r, RISING) == 1 ? (int32_t)sf_parquet_number(r, RISING, 0) : -1;
}

/* Adds the row's signal to the batch. Its index, or a failure. */
static int64_t get_signal(const sf_parquet_reader *r, sf_batch *b)
{
    sf_signal s;
    sf_signal_init(&s, sizeof s);
    s.platform = sf_platform_from_name(text(r, PLATFORM));
    if (!kind_of(text(r, KIND), &s.kind)) {
        return SF_EPARSE;
    }
    s.source_id = text(r, ID);
    s.parent_id = text(r, PARENT);
    s.channel = text(r, CHANNEL);
    s.title = text(r, TITLE);
    s.body = text(r, BODY);
    s.author = text(r, AUTHOR);
    s.url = text(r, LINK);
    s.lang = text(r, LANG);
    s.analysis = text(r, ANALYSIS);
    s.labels = texts(r, LABELS, b, SF_MAX_LABELS, &s.n_labels);
    s.topics = texts(r, TOPICS, b, SF_MAX_TOPICS, &s.n_topics);
    s.keywords = texts(r, KEYWORDS, b, SF_MAX_KEYWORDS, &s.n_keywords);
    s.entities = entities(r, b, &s.n_entities);
    get_numbers(r, &s);
    if (s.labels == NULL || s.topics == NULL || s.keywords == NULL || s.entities == NULL) {
        return SF_ENOMEM;
    }
    return sf_batch_add(b, &s, sizeof s);
}

static int get_origin(const sf_parquet_reader *r, size_t first, sf_records *b, sf_record *rec)
{
    sf_str topic = text(r, first + 1);
    rec->arrived_ms = time_of(r, first);
    if (topic.len > 0) {
        int status = sf_batch_copy(b->memory, topic, &topic);
        rec->at.origin = topic.ptr;
        rec->at.partition = (int32_t)sf_parquet_number(r, first + 2, 0);
        rec->at.offset = sf_parquet_number(r, first + 3, 0);
        return status;
    }
    return SF_OK;
}

static int get_raw(const sf_parquet_reader *r, sf_batch *b, sf_record *rec)
{
    int status = sf_batch_copy(b, text(r, RAW_VALUE), &rec->raw);
    rec->observed_ms = time_of(r, RAW_OBSERVED);
    rec->native = 1;
    return status == SF_OK ? sf_batch_copy(b, text(r, RAW_ID), &rec->key) : status;
}

int sf_archive_get(const sf_parquet_reader *r, int raw, sf_records *b, sf_error *err)
{
    sf_record *rec = sf_records_add(b);
    int status = rec != NULL ? get_origin(r, raw ? RAW_ARRIVED : ARRIVED, b, rec) : SF_ENOMEM;
    if (status == SF_OK && raw) {
        status = get_raw(r, b->memory, rec);
    } else if (status == SF_OK) {
        int64_t i = get_signal(r, b->memory);
        rec->signal = i >= 0 ? sf_batch_at(b->memory, (size_t)i) : NULL;
        rec->key = i >= 0 ? rec->signal->source_id : rec->key;
        status = i >= 0 ? SF_OK : i == SF_ENOMEM ? SF_ENOMEM : SF_EPARSE;
    }
    return status == SF_OK
               ? SF_OK
               : sf_fail(err, status, "%s", status == SF_EPARSE ? "a row is no signal" : sf_strerror(status));
}
