/* SPDX-License-Identifier: MIT */
/* How figures of a post came about, as JSON. */
#include "explain.h"

#include <math.h>
#include <string.h>

#include "signalflow/json.h"

static void put_number(sf_buffer *j, const char *name, double value)
{
    char digits[32];
    sf_json_double(value, digits);
    sf_buffer_text(j, name);
    sf_buffer_text(j, digits);
}

static void put_rules(sf_buffer *j, uint32_t rules)
{
    static const char *const names[] = {"lexicon", "caps",  "booster", "negation", "no",     "never so",
                                        "idiom",   "least", "but",     "emoji",    "skipped"};
    const char *before = "[\"";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (rules >> i & 1) {
            sf_buffer_text(j, before);
            sf_buffer_text(j, names[i]);
            before = "\",\"";
        }
    }
    sf_buffer_text(j, "\"]");
}

/* The words that count, with the rules that acted on them. */
static int put_sentiment(sf_buffer *j, sf_analyser *a, sf_str text)
{
    sf_explanation e = SF_EXPLANATION_INIT;
    const char *before = "";
    int status = sf_sentiment_explain(a, text, &e);
    if (status != SF_OK) {
        return status;
    }
    sf_buffer_text(j, "\"sentiment\":{\"tokens\":[");
    for (size_t i = 0; i < e.n_tokens; i++) {
        const sf_token_score *t = &e.tokens[i];
        if (t->rules == 0) {
            continue;
        }
        sf_buffer_text(j, before);
        sf_buffer_text(j, "{\"text\":");
        sf_buffer_quoted(j, (sf_str){text.ptr + t->start, t->end - t->start});
        put_number(j, ",\"start\":", t->start);
        put_number(j, ",\"end\":", t->end);
        put_number(j, ",\"lexicon\":", t->lexicon);
        put_number(j, ",\"valence\":", t->valence);
        sf_buffer_text(j, ",\"rules\":");
        put_rules(j, t->rules);
        sf_buffer_text(j, "}");
        before = ",";
    }
    put_number(j, "],\"punctuation\":", e.punctuation);
    put_number(j, ",\"sum\":", e.sum);
    put_number(j, ",\"compound\":", e.scores.compound);
    sf_buffer_text(j, "},");
    return SF_OK;
}

enum { EVIDENCE = 8 }; /* the heaviest of an entity */

static int put_evidence(sf_buffer *j, sf_analyser *a, sf_str text, size_t i)
{
    const sf_evidence *e;
    int64_t n = sf_entities_explain(a, text, i, &e);
    for (int64_t k = 0; k < n && k < EVIDENCE; k++) {
        sf_buffer_text(j, k > 0 ? ",{\"rule\":" : "{\"rule\":");
        sf_buffer_quoted(j, e[k].rule);
        put_number(j, ",\"weight\":", e[k].weight);
        put_number(j, ",\"start\":", e[k].start);
        put_number(j, ",\"end\":", e[k].end);
        sf_buffer_text(j, "}");
    }
    return n < 0 ? (int)n : SF_OK;
}

static int put_entities(sf_buffer *j, sf_analyser *a, sf_str text)
{
    const sf_entity *found = NULL;
    int64_t n = sf_entities(a, text, &found);
    if (n < 0) {
        return (int)n;
    }
    sf_buffer_text(j, "\"entities\":[");
    for (size_t i = 0; i < (size_t)n; i++) {
        sf_buffer_text(j, i > 0 ? ",{\"text\":" : "{\"text\":");
        sf_buffer_quoted(j, found[i].text);
        sf_buffer_text(j, ",\"label\":");
        sf_buffer_quoted(j, found[i].label);
        sf_buffer_text(j, ",\"id\":");
        sf_buffer_quoted(j, found[i].id);
        sf_buffer_text(j, ",\"reason\":");
        sf_buffer_quoted(j, sf_cstr(sf_entity_reason(a, i)));
        sf_buffer_text(j, ",\"evidence\":[");
        int status = put_evidence(j, a, text, i);
        if (status != SF_OK) {
            return status;
        }
        sf_buffer_text(j, "]}");
        n = sf_entities(a, text, &found); /* what was borrowed is the explanation's by now */
        if (n < 0) {
            return (int)n;
        }
    }
    sf_buffer_text(j, "],");
    return SF_OK;
}

/* trending = g * (0.70 + 0.10 n + 0.20 r), see signalflow/trending.h. */
static void put_trending(sf_buffer *j, const sf_baseline *base, const sf_trend_parts *p)
{
    put_number(j, "\"trending\":{\"rate\":", p->rate);
    put_number(j, ",\"x\":", p->x);
    put_number(j, ",\"g\":", isnan(p->x) ? NAN : sf_trending(p->x, 0, 0) / 0.70);
    put_number(j, ",\"n\":", p->n);
    put_number(j, ",\"r\":", p->r);
    put_number(j, ",\"v0\":", base->v0);
    put_number(j, ",\"s50\":", base->s50);
    put_number(j, ",\"half_life\":", base->half_life_s);
    sf_buffer_text(j, "}}");
}

int sf_explain(sf_buffer *b, sf_analyser *a, sf_str text, int32_t platform, const sf_trend_parts *parts)
{
    sf_baseline base = sf_lexicon_baseline(sf_analyser_lexicon(a), platform);
    int status = SF_OK;
    sf_buffer_text(b, "{");
    if (text.len > 0) {
        status = put_sentiment(b, a, text);
        status = status != SF_OK ? status : put_entities(b, a, text);
    }
    put_trending(b, &base, parts);
    return status != SF_OK ? status : b->lost ? SF_ENOMEM : SF_OK;
}
