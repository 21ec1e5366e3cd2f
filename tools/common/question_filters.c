/* SPDX-License-Identifier: MIT */
/* Filters of questions: from a name and a text to a field. */
#include <math.h>
#include <string.h>
#include <utf8proc.h>

#include "fail.h"
#include "question_internal.h"
#include "settings_internal.h"

enum { MOST_VALUE = 1024 };

#define BIT(ask) (1U << (ask))
#define POSTS    (BIT(SF_ASK_SIGNALS) | BIT(SF_ASK_TRENDING))
#define COUNTS   (BIT(SF_ASK_PULSE) | BIT(SF_ASK_COMPARE))
#define EVERY    (BIT(SF_ASK_COUNT) - 1)

/* ---- values ------------------------------------------------------------------------------------------------------- */

static int refuse(sf_error *err, const sf_option *o, const char *why)
{
    return sf_fail(err, SF_EINVAL, "%s: %s", o->name, why);
}

static int refuse_platform(sf_error *err, const sf_option *o, sf_str one)
{
    return sf_fail(err, SF_EINVAL, "%s: \"%.30s\" is none of reddit, hackernews, bluesky, youtube, lobsters", o->name,
                   one.ptr);
}

static int set_platform(sf_question *q, const sf_option *o, sf_str one, sf_error *err)
{
    int32_t p = sf_platform_from_name(one);
    if (p == SF_PLATFORM_UNKNOWN && !q->raw->tolerant) {
        return refuse_platform(err, o, one);
    }
    q->platforms |= p != SF_PLATFORM_UNKNOWN ? 1U << p : 0;
    q->named_platforms = 1;
    return SF_OK;
}

static int set_apart(sf_question *q, const sf_option *o, sf_str one, sf_error *err)
{
    int32_t p = sf_platform_from_name(one);
    if (p == SF_PLATFORM_UNKNOWN) {
        return refuse_platform(err, o, one);
    }
    q->apart |= 1U << p;
    return SF_OK;
}

/* Each of the names between commas. */
static int each(sf_question *q, const sf_option *o, char *text, sf_error *err,
                int (*take)(sf_question *q, const sf_option *o, sf_str one, sf_error *err))
{
    int r = SF_OK;
    char *rest = NULL;
    for (char *one = strtok_r(text, ", ", &rest); one != NULL && r == SF_OK; one = strtok_r(NULL, ", ", &rest)) {
        r = take(q, o, sf_cstr(one), err);
    }
    return r;
}

static int platform(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    return each(q, o, text, err, set_platform);
}

static int combine_except(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    return each(q, o, text, err, set_apart);
}

/* Topics are lower case; what people type need not be. The text is valid: it was checked. */
static int lower(sf_question *q, const sf_option *o, sf_str text, sf_str *out, sf_error *err)
{
    size_t n = 0;
    char *low = sf_batch_alloc(q->memory, 4 * text.len + 1);
    if (low == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s: %s", o->name, sf_strerror(SF_ENOMEM));
    }
    utf8proc_int32_t c;
    utf8proc_ssize_t step = 1;
    for (size_t at = 0; at < text.len && step > 0; at += (size_t)step) {
        step = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at, (utf8proc_ssize_t)(text.len - at), &c);
        n += (size_t)utf8proc_encode_char(utf8proc_tolower(c), (utf8proc_uint8_t *)low + n);
    }
    low[n] = '\0';
    *out = (sf_str){low, n};
    return SF_OK;
}

static int topic(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    return lower(q, o, sf_cstr(text), &q->topic, err);
}

static int take_text(sf_str *out, char *text)
{
    *out = sf_cstr(text);
    return SF_OK;
}

static int channel(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    (void)o;
    (void)err;
    return take_text(&q->channel, text);
}

static int author(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    (void)o;
    (void)err;
    return take_text(&q->author, text);
}

static int source_id(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    (void)o;
    (void)err;
    return take_text(&q->source_id, text);
}

static int lang(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    (void)o;
    (void)err;
    return take_text(&q->lang, text);
}

static int add_label(sf_str *labels, size_t *n, const sf_option *o, char *text, sf_error *err)
{
    if (*n == SF_QUESTION_LABELS) {
        return refuse(err, o, "too many");
    }
    labels[(*n)++] = sf_cstr(text);
    return SF_OK;
}

static int label(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    return add_label(q->labels, &q->n_labels, o, text, err);
}

static int without_label(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    return add_label(q->without, &q->n_without, o, text, err);
}

int sf_question_has_word(sf_str text)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t n = 1;
    for (size_t at = 0; at < text.len && n > 0; at += (size_t)n) {
        n = utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at, (utf8proc_ssize_t)(text.len - at), &c);
        const char *category = n > 0 ? utf8proc_category_string(c) : "";
        if (category[0] == 'L' || category[0] == 'N' || strcmp(category, "Co") == 0) {
            return 1;
        }
    }
    return 0;
}

static int add_term(sf_question *q, const sf_option *o, sf_str term, int prefix, sf_error *err)
{
    if (q->n_terms == SF_QUESTION_TERMS) {
        return refuse(err, o, "too many words");
    }
    sf_term *t = &q->terms[q->n_terms];
    int r = lower(q, o, term, &t->text, err); /* full text knows no case either */
    t->prefix = prefix;
    q->n_terms += r == SF_OK;
    return r;
}

/* Words, and phrases in quotes; a quote that is not closed goes to the end. */
static int text(sf_question *q, const sf_option *o, char *value, sf_error *err)
{
    static const char space[] = " \t\r\n";
    int r = SF_OK;
    q->n_terms = 0;
    for (const char *at = value + strspn(value, space); *at != '\0' && r == SF_OK; at += strspn(at, space)) {
        int quoted = *at == '"';
        at += quoted;
        size_t len = strcspn(at, quoted ? "\"" : " \t\r\n\"");
        int prefix = !quoted && len > 1 && at[len - 1] == '*';
        sf_str term = {at, len - (size_t)prefix};
        r = sf_question_has_word(term) ? add_term(q, o, term, prefix, err) : SF_OK;
        at += len + (quoted && at[len] != '\0');
    }
    q->raw->nothing |= q->n_terms == 0 && q->raw->forgiving;
    return r != SF_OK || q->n_terms > 0 || q->raw->forgiving ? r : refuse(err, o, "no word in it");
}

/* ---- values that options of a tool have too ------------------------------------------------------------------------ */

static int take_moment(sf_moment *m, const sf_option *o, const char *text, sf_error *err)
{
    sf_value v = {0};
    int r = sf_value_read(o, text, o->name, &v, err);
    *m = (sf_moment){r == SF_OK, v.whole, (int64_t)v.number};
    return r;
}

static int take_number(double *out, const sf_option *o, const char *text, sf_error *err)
{
    sf_value v = {0};
    int r = sf_value_read(o, text, o->name, &v, err);
    *out = r == SF_OK ? v.number : *out;
    return r;
}

static int64_t take_whole(const sf_option *o, const char *text, int *r, sf_error *err)
{
    sf_value v = {0};
    *r = sf_value_read(o, text, o->name, &v, err);
    return *r == SF_OK ? v.whole : 0;
}

static int as_of(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    return take_moment(&q->raw->as_of, o, text, err);
}

static int since(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    return take_moment(&q->raw->since, o, text, err);
}

static int until(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    return take_moment(&q->raw->until, o, text, err);
}

static int kind(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    int r;
    (void)take_whole(o, text, &r, err);
    q->kind = strcmp(text, "post") == 0 ? SF_POST : SF_COMMENT;
    return r;
}

static int by(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    int r;
    (void)take_whole(o, text, &r, err);
    q->raw->by = text;
    return r;
}

static int order(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    int r;
    (void)take_whole(o, text, &r, err);
    q->raw->order = text;
    return r;
}

static int min_velocity(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    return take_number(&q->min_velocity, o, text, err);
}

static int min_score(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    return take_number(&q->min_score, o, text, err);
}

static int min_comments(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    return take_number(&q->min_comments, o, text, err);
}

static int min_sentiment(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    return take_number(&q->min_sentiment, o, text, err);
}

static int max_sentiment(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    return take_number(&q->max_sentiment, o, text, err);
}

static int rising(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    int r;
    q->rising = (int)take_whole(o, text, &r, err);
    return r;
}

static int significant(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    int r;
    q->significant = (int)take_whole(o, text, &r, err);
    return r;
}

static int deleted(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    int r;
    q->deleted = (int)take_whole(o, text, &r, err);
    return r;
}

static int total(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    int r;
    q->total = (int)take_whole(o, text, &r, err);
    return r;
}

static int step(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    int r;
    q->step_ms = take_whole(o, text, &r, err);
    return r == SF_OK && q->step_ms % SF_BUCKET_MS != 0 ? refuse(err, o, "not whole quarters of an hour") : r;
}

static int limit(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    int r;
    q->limit = (uint32_t)take_whole(o, text, &r, err);
    return r;
}

static int offset(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    int r;
    q->offset = (uint32_t)take_whole(o, text, &r, err);
    return r;
}

static int fields(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    (void)o;
    (void)err;
    return take_text(&q->raw->fields, text);
}

/* ---- cursors ---------------------------------------------------------------------------------------------------- */

/* n hexadecimal digits, or -1: all up to the end, 16 at most. */
static int read_hex(const char *text, size_t n, uint64_t *out)
{
    *out = 0;
    for (size_t i = 0; i < n; i++) {
        const char *digit = strchr("0123456789abcdef", text[i]);
        if (text[i] == '\0' || digit == NULL) {
            return 0;
        }
        *out = *out << 4 | (uint64_t)(digit - "0123456789abcdef");
    }
    return 1;
}

static int cursor(sf_question *q, const sf_option *o, char *text, sf_error *err)
{
    uint64_t bits, id;
    size_t len = strlen(text);
    if (len < 18 || len > 33 || strchr(SF_ORDER_LETTERS, text[0]) == NULL || !read_hex(text + 1, 16, &bits) ||
        !read_hex(text + 17, len - 17, &id)) {
        return refuse(err, o, "no cursor that an answer has given");
    }
    sf_cursor c = {
        .given = 1 + (int)(strchr(SF_ORDER_LETTERS, text[0]) - SF_ORDER_LETTERS)}; /* its order is checked at the end */
    memcpy(&c.key, &bits, sizeof bits);
    memcpy(&c.id, &id, sizeof id);
    if (!isfinite(c.key)) {
        return refuse(err, o, "no cursor that an answer has given");
    }
    q->cursor = c;
    return SF_OK;
}

/* ---- the table of filters ------------------------------------------------------------------------------------------ */

static const sf_option options[] = {SF_QUESTION_OPTIONS, {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL}};

/* In the order of the options: which questions take it, and who reads it. */
static const struct filter {
    const char *name;
    unsigned asks;
    int (*set)(sf_question *q, const sf_option *o, char *text, sf_error *err);
} filters[] = {
    {"platform", EVERY, platform},
    {"combine-except", EVERY, combine_except},
    {"topic", EVERY, topic},
    {"q", POSTS | COUNTS | BIT(SF_ASK_TOPICS), text},
    {"since", POSTS | COUNTS, since},
    {"until", POSTS | COUNTS, until},
    {"as-of", EVERY, as_of},
    {"channel", POSTS | COUNTS, channel},
    {"author", POSTS | COUNTS, author},
    {"source-id", POSTS | BIT(SF_ASK_HISTORY), source_id},
    {"lang", POSTS | COUNTS, lang},
    {"label", POSTS | COUNTS, label},
    {"without-label", POSTS | COUNTS, without_label},
    {"kind", POSTS | COUNTS, kind},
    {"min-velocity", POSTS, min_velocity},
    {"min-score", POSTS, min_score},
    {"min-comments", POSTS, min_comments},
    {"min-sentiment", POSTS, min_sentiment},
    {"max-sentiment", POSTS, max_sentiment},
    {"rising", POSTS | BIT(SF_ASK_TOPICS), rising},
    {"significant", BIT(SF_ASK_COMPARE), significant},
    {"deleted", BIT(SF_ASK_SIGNALS), deleted},
    {"by", COUNTS, by},
    {"step", BIT(SF_ASK_PULSE), step},
    {"order", POSTS, order},
    {"limit", EVERY, limit},
    {"offset", EVERY, offset},
    {"cursor", POSTS, cursor},
    {"fields", EVERY, fields},
    {"total", EVERY, total},
};
enum { FILTERS = sizeof filters / sizeof filters[0] };
_Static_assert(sizeof options / sizeof options[0] == FILTERS + 1, "a row of each table for every filter");

static int same_name(const char *name, const char *given)
{
    for (; *name != '\0' && (*name == *given || (*name == '-' && *given == '_')); name++, given++) {
    }
    return *name == *given;
}

static int valid_text(sf_str text)
{
    utf8proc_int32_t c;
    for (size_t at = 0; at < text.len;) {
        utf8proc_ssize_t n =
            utf8proc_iterate((const utf8proc_uint8_t *)text.ptr + at, (utf8proc_ssize_t)(text.len - at), &c);
        if (n <= 0 || c == 0) {
            return 0;
        }
        at += (size_t)n;
    }
    return 1;
}

/* Is its value a text that posts have, or not? */
static int is_about_posts(const sf_option *o)
{
    return (o->type == SF_OPTION_TEXT || o->type == SF_OPTION_LIST) && strcmp(o->name, "fields") != 0 &&
           strcmp(o->name, "cursor") != 0;
}

int sf_question_set(sf_question *q, const char *name, sf_str value, sf_error *err)
{
    size_t i = 0;
    while (i < FILTERS && !same_name(filters[i].name, name)) {
        i++;
    }
    if (i == FILTERS) {
        return sf_fail(err, SF_EINVAL, "%.30s: no such filter", name);
    }
    const sf_option *o = &options[i];
    if (value.len == 0) {
        return SF_OK;
    }
    if ((filters[i].asks & BIT(q->ask)) == 0) {
        return sf_fail(err, SF_EINVAL, "%s: no filter of %s", o->name, sf_ask_name(q->ask));
    }
    if (value.len > MOST_VALUE) {
        return refuse(err, o, "too long");
    }
    if (!valid_text(value) && q->raw->forgiving && is_about_posts(o)) {
        q->raw->nothing = 1; /* no text of a post is like that */
        return SF_OK;
    }
    if (!valid_text(value)) {
        return refuse(err, o, "not valid UTF-8");
    }
    sf_str copy;
    int r = sf_batch_copy(q->memory, value, &copy);
    return r != SF_OK ? sf_fail(err, r, "%s: %s", o->name, sf_strerror(r))
                      : filters[i].set(q, o, (char *)(uintptr_t)copy.ptr, err);
}

int sf_question_set_all(sf_question *q, const sf_settings *s, sf_error *err)
{
    int r = SF_OK;
    for (size_t i = 0; r == SF_OK && i < FILTERS; i++) {
        const char *const *texts;
        size_t n = sf_settings_given(s, options[i].name, &texts);
        for (size_t k = 0; r == SF_OK && k < n; k++) {
            r = sf_question_set(q, options[i].name, sf_cstr(texts[k]), err);
        }
    }
    return r;
}
