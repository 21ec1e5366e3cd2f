/* SPDX-License-Identifier: MIT */
/* Reading a signal from its JSON form: a table of members, one reader for each type of value. */
#include <math.h>
#include <stdbool.h>

#include "batch.h"
#include "error.h"
#include "signalflow/json.h"

typedef struct reader {
    sf_json json;
    sf_batch *batch;
    sf_signal *signal;
    const char *field; /* being read, for messages; NULL between members */
    uint64_t seen;     /* bit i: members[i] */
} reader;

typedef struct member {
    const char *name;
    size_t len;
    int (*read)(reader *r, const struct member *m); /* the value at the cursor, never null; SF_OK or a failure */
    bool nullable;
    size_t to, size; /* field of sf_signal */
    size_t count;    /* of a list: the field with its length */
    size_t max;
} member;

static void *field_of(const reader *r, size_t offset)
{
    return (char *)r->signal + offset;
}

/* ---- one reader for each type ---------------------------------------------------------------------------------------- */

static int read_version(reader *r, const member *m)
{
    int64_t version;
    (void)m;
    if (sf_json_integer(&r->json, &version) != SF_OK) {
        return r->json.status;
    }
    if (version > 1) {
        return sf_json_fail(&r->json, SF_EVERSION, "a newer schema version than this program knows, which is 1");
    }
    return version == 1 ? SF_OK : sf_json_fail(&r->json, SF_EPARSE, "expected 1");
}

static int read_platform(reader *r, const member *m)
{
    char buf[32];
    sf_str name;
    (void)m;
    if (sf_json_string(&r->json, buf, sizeof buf, &name) != SF_OK) {
        return r->json.status;
    }
    r->signal->platform = sf_platform_from_name(name);
    return r->signal->platform != SF_PLATFORM_UNKNOWN ? SF_OK : sf_json_fail(&r->json, SF_EPARSE, "no known platform");
}

static int read_kind(reader *r, const member *m)
{
    char buf[32];
    sf_str name;
    (void)m;
    if (sf_json_string(&r->json, buf, sizeof buf, &name) != SF_OK) {
        return r->json.status;
    }
    for (int32_t kind = SF_POST; kind <= SF_DELETE; kind++) {
        if (sf_json_is(name, sf_kind_name(kind))) {
            r->signal->kind = kind;
            return SF_OK;
        }
    }
    return sf_json_fail(&r->json, SF_EPARSE, "expected post, comment, refresh or delete");
}

static int read_text(reader *r, const member *m)
{
    return sf_json_string_in(&r->json, r->batch, field_of(r, m->to));
}

static int read_id(reader *r, const member *m)
{
    if (sf_json_peek(&r->json) == SF_JSON_NUMBER) {
        return sf_json_fail(&r->json, SF_EPARSE, "expected a string: ids stay text even where they look like numbers");
    }
    if (read_text(r, m) != SF_OK) {
        return r->json.status;
    }
    size_t len = r->signal->source_id.len;
    if (len == 0) {
        return sf_json_fail(&r->json, SF_EPARSE, "must not be empty");
    }
    return len <= SF_MAX_ID ? SF_OK : sf_json_fail(&r->json, SF_ETOOBIG, "longer than 512 bytes");
}

static int read_double(reader *r, double *out)
{
    double value;
    if (sf_json_number(&r->json, &value) != SF_OK) {
        return r->json.status;
    }
    if (fabs(value) > SF_MAX_NUMBER) {
        return sf_json_fail(&r->json, SF_EPARSE, "absurdly large");
    }
    *out = value;
    return SF_OK;
}

static int read_number(reader *r, const member *m)
{
    return read_double(r, field_of(r, m->to));
}

static int read_time(reader *r, const member *m)
{
    char buf[64];
    sf_str text;
    if (sf_json_string(&r->json, buf, sizeof buf, &text) != SF_OK) {
        return r->json.status;
    }
    if (sf_time_parse(text, field_of(r, m->to)) != SF_OK) {
        return sf_json_fail(&r->json, SF_EPARSE, "expected a time such as 2026-01-02T03:04:05.000Z");
    }
    return SF_OK;
}

static int read_flag(reader *r, const member *m)
{
    int value;
    if (sf_json_bool(&r->json, &value) == SF_OK) {
        *(int32_t *)field_of(r, m->to) = value;
    }
    return r->json.status;
}

/* Copies n elements into the batch and sets a list field of the signal and its length. */
static int keep_list(reader *r, const member *m, const void *list, size_t n, size_t size)
{
    void *copy = sf_batch_alloc(r->batch, n * size);
    if (copy == NULL) {
        return sf_json_fail(&r->json, SF_ENOMEM, sf_strerror(SF_ENOMEM));
    }
    memcpy(copy, list, n * size);
    memcpy(field_of(r, m->to), &copy, sizeof copy);
    memcpy(field_of(r, m->count), &n, sizeof n);
    return SF_OK;
}

static int read_strings(reader *r, const member *m)
{
    sf_str list[SF_MAX_TOPICS > SF_MAX_LABELS ? SF_MAX_TOPICS : SF_MAX_LABELS];
    size_t n = 0;
    int more = sf_json_enter(&r->json, '[');
    while (more > 0 && (more = sf_json_element(&r->json)) > 0) {
        if (n < m->max) {
            more = sf_json_string_in(&r->json, r->batch, &list[n++]) == SF_OK;
        } else {
            more = sf_json_skip(&r->json) == SF_OK;
        }
    }
    return r->json.status != SF_OK ? r->json.status : keep_list(r, m, list, n, sizeof list[0]);
}

static int read_offset(reader *r, uint32_t *out)
{
    int64_t value;
    if (sf_json_integer(&r->json, &value) == SF_OK && (value < 0 || value > UINT32_MAX)) {
        return sf_json_fail(&r->json, SF_EPARSE, "expected an offset");
    }
    if (r->json.status == SF_OK) {
        *out = (uint32_t)value;
    }
    return r->json.status;
}

static int read_entity(reader *r, sf_entity *e)
{
    sf_str key;
    int more = sf_json_enter(&r->json, '{');
    memset(e, 0, sizeof *e);
    e->text = e->label = e->id = sf_cstr("");
    while (more > 0 && (more = sf_json_member(&r->json, &key)) > 0) {
        if (sf_json_is(key, "text")) {
            sf_json_string_in(&r->json, r->batch, &e->text);
        } else if (sf_json_is(key, "label")) {
            sf_json_string_in(&r->json, r->batch, &e->label);
        } else if (sf_json_is(key, "start")) {
            read_offset(r, &e->start);
        } else if (sf_json_is(key, "end")) {
            read_offset(r, &e->end);
        } else if (sf_json_is(key, "id")) {
            sf_json_string_in(&r->json, r->batch, &e->id);
        } else {
            sf_json_skip(&r->json);
        }
    }
    if (r->json.status == SF_OK && e->start > e->end) {
        return sf_json_fail(&r->json, SF_EPARSE, "one ends before it starts");
    }
    return r->json.status;
}

static int read_entities(reader *r, const member *m)
{
    sf_entity list[SF_MAX_ENTITIES];
    size_t n = 0;
    int more = sf_json_enter(&r->json, '[');
    while (more > 0 && (more = sf_json_element(&r->json)) > 0) {
        more = (n < m->max ? read_entity(r, &list[n++]) : sf_json_skip(&r->json)) == SF_OK;
    }
    return r->json.status != SF_OK ? r->json.status : keep_list(r, m, list, n, sizeof list[0]);
}

static int read_scores(reader *r, const member *m)
{
    static const char *const names[] = {"neg", "neu", "pos", "compound"};
    sf_scores *scores = field_of(r, m->to);
    double *const to[] = {&scores->neg, &scores->neu, &scores->pos, &scores->compound};
    sf_str key;
    int more = sf_json_enter(&r->json, '{');
    while (more > 0 && (more = sf_json_member(&r->json, &key)) > 0) {
        size_t i = 0;
        while (i < 4 && !sf_json_is(key, names[i])) {
            i++;
        }
        if (i == 4 || sf_json_peek(&r->json) == SF_JSON_NULL) {
            sf_json_skip(&r->json);
        } else {
            read_double(r, to[i]);
        }
    }
    return r->json.status;
}

/* ---- the table, in the order in which members are written ------------------------------------------------------------ */

#define FIELD(field) offsetof(sf_signal, field), sizeof(((sf_signal *)NULL)->field)
#define MEMBER(name, read, nullable, field)                                                                            \
    {                                                                                                                  \
        name, sizeof name - 1, read, nullable, FIELD(field), 0, 0                                                      \
    }
#define LIST(name, read, field, count, max)                                                                            \
    {                                                                                                                  \
        name, sizeof name - 1, read, true, FIELD(field), offsetof(sf_signal, count), max                               \
    }

static const member members[] = {
    {"v", 1, read_version, false, 0, 0, 0, 0},
    MEMBER("platform", read_platform, false, platform),
    MEMBER("source_id", read_id, false, source_id),
    MEMBER("kind", read_kind, false, kind),
    MEMBER("channel", read_text, true, channel),
    MEMBER("title", read_text, true, title),
    MEMBER("body", read_text, true, body),
    MEMBER("author", read_text, true, author),
    MEMBER("url", read_text, true, url),
    MEMBER("raw_score", read_number, true, raw_score),
    MEMBER("comments", read_number, true, comments),
    MEMBER("ts", read_time, true, ts_ms),
    MEMBER("observed_at", read_time, true, observed_ms),
    MEMBER("lang", read_text, true, lang),
    LIST("labels", read_strings, labels, n_labels, SF_MAX_LABELS),
    MEMBER("parent_id", read_text, true, parent_id),
    MEMBER("sentiment", read_scores, true, sentiment),
    MEMBER("sentiment_cover", read_number, true, sentiment_cover),
    LIST("topics", read_strings, topics, n_topics, SF_MAX_TOPICS),
    LIST("entities", read_entities, entities, n_entities, SF_MAX_ENTITIES),
    LIST("keywords", read_strings, keywords, n_keywords, SF_MAX_KEYWORDS),
    MEMBER("previous_score", read_number, true, previous_score),
    MEMBER("velocity", read_number, true, velocity),
    MEMBER("comment_velocity", read_number, true, comment_velocity),
    MEMBER("normalised_score", read_number, true, normalised_score),
    MEMBER("trending_score", read_number, true, trending_score),
    MEMBER("rising", read_flag, true, rising),
    MEMBER("analysis", read_text, true, analysis),
};

#define N_MEMBERS (sizeof members / sizeof members[0])

/* The member of that name, or NULL. Members mostly come in our own order: the search starts at `hint`. */
static const member *find_member(sf_str key, size_t hint)
{
    for (size_t i = 0; i < N_MEMBERS; i++) {
        const member *m = &members[hint < N_MEMBERS ? hint : hint - N_MEMBERS];
        if (m->len == key.len && memcmp(m->name, key.ptr, key.len) == 0) {
            return m;
        }
        hint++;
    }
    if (memchr(key.ptr, '\\', key.len) != NULL) {
        for (size_t i = 0; i < N_MEMBERS; i++) {
            if (sf_json_is(key, members[i].name)) {
                return &members[i];
            }
        }
    }
    return NULL;
}

/* ---- the record ------------------------------------------------------------------------------------------------------ */

/* Of duplicate members the last one holds: nothing of the one before is left, not even if this one is null. */
static void forget(reader *r, const member *m)
{
    sf_signal empty;
    sf_signal_init(&empty, sizeof empty);
    memcpy(field_of(r, m->to), (const char *)&empty + m->to, m->size);
    if (m->max > 0) {
        memset(field_of(r, m->count), 0, sizeof(size_t));
    }
}

static void read_member(reader *r, const member *m)
{
    uint64_t bit = (uint64_t)1 << (m - members);
    r->field = m->name;
    if ((r->seen & bit) != 0) {
        forget(r, m);
    }
    r->seen |= bit;
    if (m->nullable && sf_json_peek(&r->json) == SF_JSON_NULL) {
        sf_json_skip(&r->json);
    } else {
        m->read(r, m);
    }
}

static int check_offsets(reader *r)
{
    const sf_signal *s = r->signal;
    size_t len = s->title.len + s->body.len + (s->title.len > 0 && s->body.len > 0);
    for (size_t i = 0; i < s->n_entities; i++) {
        if (s->entities[i].end > len) {
            r->field = "entities";
            return sf_json_fail(&r->json, SF_EPARSE, "one ends behind the text");
        }
    }
    return SF_OK;
}

static int read_record(reader *r)
{
    sf_str key;
    size_t hint = 0;
    int more = sf_json_enter(&r->json, '{');
    while (more > 0 && (more = sf_json_member(&r->json, &key)) > 0) {
        const member *m = find_member(key, hint);
        if (m != NULL) {
            read_member(r, m);
            hint = (size_t)(m - members) + 1;
        } else {
            sf_json_skip(&r->json);
        }
        if (r->json.status == SF_OK) {
            r->field = NULL;
        }
    }
    if (sf_json_end(&r->json, NULL) != SF_OK) {
        return r->json.status;
    }
    if (r->signal->platform == SF_PLATFORM_UNKNOWN || r->signal->source_id.len == 0) {
        r->field = r->signal->platform == SF_PLATFORM_UNKNOWN ? "platform" : "source_id";
        return sf_json_fail(&r->json, SF_EPARSE, "missing");
    }
    return check_offsets(r);
}

/* Does a record that could not be read say that it is of a version that we do not know? Then that is the reason. */
static bool is_newer(sf_str json)
{
    sf_json j;
    sf_str key;
    int64_t version = 0;
    sf_json_init(&j, json);
    for (int more = sf_json_enter(&j, '{'); more > 0 && sf_json_member(&j, &key) > 0;) {
        if (sf_json_is(key, "v") && sf_json_peek(&j) == SF_JSON_NUMBER) {
            sf_json_integer(&j, &version);
        } else {
            sf_json_skip(&j);
        }
    }
    return version > 1;
}

static int explain(reader *r, sf_str json, sf_error *err)
{
    sf_json *j = &r->json;
    if (j->status == SF_EPARSE && is_newer(json)) {
        r->field = "v";
        j->status = SF_EVERSION;
        j->message = "a newer schema version than this program knows, which is 1";
    }
    const char *field = r->field != NULL ? r->field : "", *colon = r->field != NULL ? ": " : "";
    return sf_error_set(err, j->status, 1, (size_t)j->offset, "%s%s%s", field, colon, j->message);
}

int64_t sf_batch_add_json(sf_batch *b, sf_str json, sf_error *err)
{
    sf_signal signal;
    reader r = {.batch = b, .signal = &signal};
    if (b == NULL || (json.ptr == NULL && json.len > 0)) {
        return sf_error_set(err, SF_EINVAL, 0, 0, "%s", sf_strerror(SF_EINVAL));
    }
    if (json.len > SF_MAX_RECORD) {
        return sf_error_set(err, SF_ETOOBIG, 1, SF_MAX_RECORD, "the record is longer than %d bytes", SF_MAX_RECORD);
    }
    sf_signal *next = sf_batch_next(b);
    if (next == NULL) {
        return sf_error_set(err, SF_ENOMEM, 0, 0, "%s", sf_strerror(SF_ENOMEM));
    }
    sf_batch_mark start = sf_batch_here(b);
    sf_signal_init(&signal, sizeof signal);
    sf_json_init(&r.json, json);
    if (read_record(&r) != SF_OK) {
        sf_batch_back(b, start);
        return explain(&r, json, err);
    }
    signal.replaced = r.json.replaced;
    *next = signal;
    return sf_batch_push(b);
}
