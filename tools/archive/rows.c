/* SPDX-License-Identifier: MIT */
/* The archive's columns, and rows as records. */
#include "columns.h"
#include "common/fail.h"

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
    {"raw_score", NULL, DOUBLE, FEW | NULLS},
    {"comments", NULL, DOUBLE, FEW | NULLS},
    {"ts", NULL, TIME, NULLS | RANGE},
    {"observed_at", NULL, TIME, NULLS | RANGE},
    {"lang", NULL, TEXT, FEW | NULLS},
    {"labels", NULL, TEXT, FEW | LIST},
    {"parent_id", NULL, TEXT, NULLS},
    {"sentiment_neg", NULL, DOUBLE, FEW | NULLS},
    {"sentiment_neu", NULL, DOUBLE, FEW | NULLS},
    {"sentiment_pos", NULL, DOUBLE, FEW | NULLS},
    {"sentiment_compound", NULL, DOUBLE, FEW | NULLS},
    {"sentiment_cover", NULL, DOUBLE, FEW | NULLS},
    {"topics", NULL, TEXT, FEW | LIST},
    {"entities", "text", TEXT, FEW | LIST},
    {"entities", "label", TEXT, FEW | LIST},
    {"entities", "id", TEXT, FEW | LIST},
    {"entities", "start", SF_PARQUET_INT32, LIST},
    {"entities", "end", SF_PARQUET_INT32, LIST},
    {"keywords", NULL, TEXT, FEW | LIST},
    {"previous_score", NULL, DOUBLE, FEW | NULLS},
    {"velocity", NULL, DOUBLE, FEW | NULLS},
    {"comment_velocity", NULL, DOUBLE, FEW | NULLS},
    {"normalised_score", NULL, DOUBLE, FEW | NULLS},
    {"trending_score", NULL, DOUBLE, FEW | NULLS},
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
static const sf_str *get_texts(const sf_parquet_reader *r, size_t column, sf_batch *b, size_t most, size_t *n)
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

/* The fields that are columns as they are. */
static void get_fields(const sf_parquet_reader *r, sf_signal *s)
{
    for (size_t i = 0; i < COUNT(doubles); i++) {
        double v = sf_parquet_double(r, doubles[i].column, 0);
        memcpy((char *)s + doubles[i].at, &v, sizeof v);
    }
    for (size_t i = 0; i < COUNT(times); i++) {
        int64_t v = time_of(r, times[i].column);
        memcpy((char *)s + times[i].at, &v, sizeof v);
    }
    for (size_t i = 0; i < COUNT(texts); i++) {
        sf_str v = text(r, texts[i].column);
        memcpy((char *)s + texts[i].at, &v, sizeof v);
    }
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
    s.labels = get_texts(r, LABELS, b, SF_MAX_LABELS, &s.n_labels);
    s.topics = get_texts(r, TOPICS, b, SF_MAX_TOPICS, &s.n_topics);
    s.keywords = get_texts(r, KEYWORDS, b, SF_MAX_KEYWORDS, &s.n_keywords);
    s.entities = entities(r, b, &s.n_entities);
    get_fields(r, &s);
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
