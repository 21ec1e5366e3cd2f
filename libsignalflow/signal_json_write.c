/* SPDX-License-Identifier: MIT */
/* Writing a signal as JSON; the order of members is that of the schema. */
#include <math.h>

#include "json_write.h"

/* A text that may be unknown. */
static void put_text_or_null(sf_writer *w, sf_str text)
{
    if (text.len > 0) {
        sf_put_string(w, text);
    } else {
        SF_PUT(w, "null");
    }
}

static void put_time(sf_writer *w, int64_t ms)
{
    char text[25];
    if (sf_time_format(ms, text) == SF_OK) {
        SF_PUT(w, "\"");
        sf_put(w, text, 24);
        SF_PUT(w, "\"");
    } else {
        SF_PUT(w, "null");
    }
}

static void put_name(sf_writer *w, const char *name)
{
    SF_PUT(w, "\"");
    sf_put(w, name, strlen(name));
    SF_PUT(w, "\"");
}

static void put_strings(sf_writer *w, const sf_str *list, size_t n)
{
    SF_PUT(w, "[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            SF_PUT(w, ",");
        }
        sf_put_string(w, list[i]);
    }
    SF_PUT(w, "]");
}

static void put_entities(sf_writer *w, const sf_entity *list, size_t n)
{
    SF_PUT(w, "[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0) {
            SF_PUT(w, ",");
        }
        SF_PUT(w, "{\"text\":");
        sf_put_string(w, list[i].text);
        SF_PUT(w, ",\"label\":");
        sf_put_string(w, list[i].label);
        SF_PUT(w, ",\"start\":");
        sf_put_double(w, list[i].start);
        SF_PUT(w, ",\"end\":");
        sf_put_double(w, list[i].end);
        SF_PUT(w, ",\"id\":");
        sf_put_string(w, list[i].id);
        SF_PUT(w, "}");
    }
    SF_PUT(w, "]");
}

static void put_scores(sf_writer *w, const sf_scores *s)
{
    if (isnan(s->compound)) {
        SF_PUT(w, "null");
        return;
    }
    SF_PUT(w, "{\"neg\":");
    sf_put_double(w, s->neg);
    SF_PUT(w, ",\"neu\":");
    sf_put_double(w, s->neu);
    SF_PUT(w, ",\"pos\":");
    sf_put_double(w, s->pos);
    SF_PUT(w, ",\"compound\":");
    sf_put_double(w, s->compound);
    SF_PUT(w, "}");
}

static void put_core(sf_writer *w, const sf_signal *s)
{
    SF_PUT(w, "{\"v\":1,\"platform\":");
    put_name(w, sf_platform_name(s->platform));
    SF_PUT(w, ",\"source_id\":");
    sf_put_string(w, s->source_id);
    SF_PUT(w, ",\"kind\":");
    put_name(w, sf_kind_name(s->kind));
    SF_PUT(w, ",\"channel\":");
    put_text_or_null(w, s->channel);
    SF_PUT(w, ",\"title\":");
    sf_put_string(w, s->title);
    SF_PUT(w, ",\"body\":");
    sf_put_string(w, s->body);
    SF_PUT(w, ",\"author\":");
    put_text_or_null(w, s->author);
    SF_PUT(w, ",\"url\":");
    put_text_or_null(w, s->url);
    SF_PUT(w, ",\"raw_score\":");
    sf_put_double(w, s->raw_score);
    SF_PUT(w, ",\"comments\":");
    sf_put_double(w, s->comments);
    SF_PUT(w, ",\"ts\":");
    put_time(w, s->ts_ms);
    SF_PUT(w, ",\"observed_at\":");
    put_time(w, s->observed_ms);
    SF_PUT(w, ",\"lang\":");
    put_text_or_null(w, s->lang);
    SF_PUT(w, ",\"labels\":");
    put_strings(w, s->labels, s->n_labels);
    SF_PUT(w, ",\"parent_id\":");
    put_text_or_null(w, s->parent_id);
}

static void put_analysis(sf_writer *w, const sf_signal *s)
{
    SF_PUT(w, ",\"sentiment\":");
    put_scores(w, &s->sentiment);
    SF_PUT(w, ",\"sentiment_cover\":");
    sf_put_double(w, s->sentiment_cover);
    SF_PUT(w, ",\"topics\":");
    put_strings(w, s->topics, s->n_topics);
    SF_PUT(w, ",\"entities\":");
    put_entities(w, s->entities, s->n_entities);
    SF_PUT(w, ",\"keywords\":");
    put_strings(w, s->keywords, s->n_keywords);
    SF_PUT(w, ",\"previous_score\":");
    sf_put_double(w, s->previous_score);
    SF_PUT(w, ",\"velocity\":");
    sf_put_double(w, s->velocity);
    SF_PUT(w, ",\"comment_velocity\":");
    sf_put_double(w, s->comment_velocity);
    SF_PUT(w, ",\"normalised_score\":");
    sf_put_double(w, s->normalised_score);
    SF_PUT(w, ",\"trending_score\":");
    sf_put_double(w, s->trending_score);
    SF_PUT(w, ",\"rising\":");
    if (s->rising < 0) {
        SF_PUT(w, "null");
    } else if (s->rising > 0) {
        SF_PUT(w, "true");
    } else {
        SF_PUT(w, "false");
    }
    SF_PUT(w, ",\"analysis\":");
    sf_put_string(w, s->analysis);
}

int64_t sf_signal_json(const sf_signal *s, char *buf, size_t cap)
{
    sf_writer w;
    if (s == NULL || (buf == NULL && cap > 0)) {
        return SF_EINVAL;
    }
    sf_writer_init(&w, buf, cap);
    put_core(&w, s);
    if (s->analysis.len > 0) {
        put_analysis(&w, s);
    }
    SF_PUT(&w, "}");
    return sf_writer_end(&w);
}
