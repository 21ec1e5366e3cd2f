/* SPDX-License-Identifier: MIT */
/* Signals in Reddit's own form, see kafka_raw.h. */
#include "kafka_raw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Text that is put together; beyond cap it is only counted. */
typedef struct builder {
    char *to;
    size_t len, cap;
} builder;

static char *end_of(builder *b)
{
    return b->len < b->cap ? b->to + b->len : NULL;
}

static void put(builder *b, const char *text)
{
    size_t n = strlen(text);
    if (b->len + n < b->cap) {
        memcpy(b->to + b->len, text, n + 1);
    }
    b->len += n;
}

static void put_text(builder *b, const char *name, sf_str text)
{
    put(b, name);
    b->len += (size_t)sf_json_quote(text, end_of(b), b->len < b->cap ? b->cap - b->len : 0);
}

static void put_number(builder *b, const char *name, double v)
{
    char digits[32];
    if (!isnan(v)) {
        sf_json_double(v, digits);
        put(b, name);
        put(b, digits);
    }
}

static int has_label(const sf_signal *s, const char *label)
{
    for (size_t i = 0; i < s->n_labels; i++) {
        if (s->labels[i].len == strlen(label) && memcmp(s->labels[i].ptr, label, s->labels[i].len) == 0) {
            return 1;
        }
    }
    return 0;
}

static int starts_with(sf_str text, const char *with)
{
    return text.len >= strlen(with) && memcmp(text.ptr, with, strlen(with)) == 0;
}

/* Without "t3_" or "t1_". */
static sf_str bare_id(sf_str id)
{
    return starts_with(id, "t3_") || starts_with(id, "t1_") ? (sf_str){id.ptr + 3, id.len - 3} : id;
}

/* Only text that is there is put: a refresh has none, and an empty one would say that the post has lost its own. */
static void put_content(builder *b, const sf_signal *s, int comment)
{
    if (s->title.len > 0) {
        put_text(b, ",\"title\":", s->title);
    }
    if (s->body.len > 0) {
        put_text(b, comment ? ",\"body\":" : ",\"selftext\":", s->body);
    }
    if (s->author.len > 0) {
        put_text(b, ",\"author\":", s->author);
    }
    if (s->url.len > 0) {
        put_text(b, ",\"url\":", s->url);
    }
    put_number(b, ",\"score\":", s->raw_score);
    put_number(b, ",\"num_comments\":", s->comments);
    put(b, has_label(s, "nsfw") ? ",\"over_18\":true" : "");
    put(b, has_label(s, "spoiler") ? ",\"spoiler\":true" : "");
}

size_t sf_reddit_thing(const sf_signal *s, char *out, size_t cap)
{
    builder b = {out, 0, cap};
    int comment = s->kind == SF_COMMENT || starts_with(s->source_id, "t1_");
    put(&b, comment ? "{\"kind\":\"t1\",\"data\":{" : "{\"kind\":\"t3\",\"data\":{");
    put_text(&b, "\"id\":", bare_id(s->source_id));
    put_text(&b, ",\"name\":", s->source_id);
    if (s->channel.len > 0) {
        put_text(&b, ",\"subreddit\":", s->channel);
    }
    if (s->ts_ms != SF_NO_TIME) {
        put_number(&b, ",\"created_utc\":", (double)s->ts_ms / 1000);
    }
    if (s->parent_id.len > 0) {
        put_text(&b, ",\"parent_id\":", s->parent_id);
    }
    if (s->kind == SF_DELETE) {
        put(&b, comment ? ",\"body\":\"[deleted]\"" : ",\"selftext\":\"[deleted]\"");
    } else {
        put_content(&b, s, comment);
    }
    put(&b, "}}");
    return b.len;
}

int sf_kafka_raw(const sf_record *r, sf_batch *memory, sf_str *out)
{
    const sf_signal *s = r->signal;
    int reddit = s != NULL && s->platform == SF_REDDIT;
    int absence = r->raw.len == 0 && reddit && s->kind == SF_DELETE; /* no answer tells it, readers must know */
    if (!reddit || (r->native && !absence)) {
        *out = r->raw;
        return SF_OK;
    }
    size_t cap = 512 + s->title.len + s->body.len + s->author.len + s->url.len + (s->title.len + s->body.len) / 8;
    char *text = sf_batch_alloc(memory, cap);
    size_t n = text != NULL ? sf_reddit_thing(s, text, cap) : 0;
    if (n >= cap) {
        cap = n + 1;
        text = sf_batch_alloc(memory, cap);
        n = text != NULL ? sf_reddit_thing(s, text, cap) : 0;
    }
    *out = (sf_str){text, n};
    return text != NULL ? SF_OK : SF_ENOMEM;
}
