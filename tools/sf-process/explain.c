/* SPDX-License-Identifier: MIT */
/* Member "explain": which words and rules made the sentiment, why each entity was found, and the parts of the trending
 * score. */
#include <math.h>

#include "work.h"

/* JSON that is put together in a batch; it doubles its room as it grows. */
typedef struct builder {
    sf_batch *memory;
    char *text;
    size_t len, cap;
    int failed;
} builder;

static char *room(builder *j, size_t need)
{
    if (j->cap - j->len < need) {
        size_t cap = (j->len + need) * 2;
        char *more = sf_batch_alloc(j->memory, cap);
        if (more == NULL) {
            j->failed = 1;
            return NULL;
        }
        if (j->len > 0) {
            memcpy(more, j->text, j->len);
        }
        j->text = more;
        j->cap = cap;
    }
    return j->text + j->len;
}

static void put(builder *j, const char *text)
{
    size_t n = strlen(text);
    char *to = room(j, n);
    if (to != NULL) {
        memcpy(to, text, n);
        j->len += n;
    }
}

static void put_quoted(builder *j, sf_str text)
{
    size_t need = (size_t)sf_json_quote(text, NULL, 0) + 1;
    char *to = room(j, need);
    if (to != NULL) {
        j->len += (size_t)sf_json_quote(text, to, need);
    }
}

static void put_number(builder *j, const char *name, double value)
{
    char digits[32];
    sf_json_double(value, digits);
    put(j, name);
    put(j, digits);
}

static void put_rules(builder *j, uint32_t rules)
{
    static const char *const names[] = {"lexicon", "caps",  "booster", "negation", "no",     "never so",
                                        "idiom",   "least", "but",     "emoji",    "skipped"};
    const char *before = "[\"";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (rules >> i & 1) {
            put(j, before);
            put(j, names[i]);
            before = "\",\"";
        }
    }
    put(j, "\"]");
}

/* The words that count, with the rules that acted on them. */
static int put_sentiment(builder *j, sf_analyser *a, sf_str text)
{
    sf_explanation e = SF_EXPLANATION_INIT;
    const char *before = "";
    int status = sf_sentiment_explain(a, text, &e);
    if (status != SF_OK) {
        return status;
    }
    put(j, "\"sentiment\":{\"tokens\":[");
    for (size_t i = 0; i < e.n_tokens; i++) {
        const sf_token_score *t = &e.tokens[i];
        if (t->rules == 0) {
            continue;
        }
        put(j, before);
        put(j, "{\"text\":");
        put_quoted(j, (sf_str){text.ptr + t->start, t->end - t->start});
        put_number(j, ",\"start\":", t->start);
        put_number(j, ",\"end\":", t->end);
        put_number(j, ",\"lexicon\":", t->lexicon);
        put_number(j, ",\"valence\":", t->valence);
        put(j, ",\"rules\":");
        put_rules(j, t->rules);
        put(j, "}");
        before = ",";
    }
    put_number(j, "],\"punctuation\":", e.punctuation);
    put_number(j, ",\"sum\":", e.sum);
    put_number(j, ",\"compound\":", e.scores.compound);
    put(j, "},");
    return SF_OK;
}

#define EVIDENCE 8 /* the heaviest of an entity */

static int put_evidence(builder *j, sf_analyser *a, sf_str text, size_t i)
{
    const sf_evidence *e;
    int64_t n = sf_entities_explain(a, text, i, &e);
    for (int64_t k = 0; k < n && k < EVIDENCE; k++) {
        put(j, k > 0 ? ",{\"rule\":" : "{\"rule\":");
        put_quoted(j, e[k].rule);
        put_number(j, ",\"weight\":", e[k].weight);
        put_number(j, ",\"start\":", e[k].start);
        put_number(j, ",\"end\":", e[k].end);
        put(j, "}");
    }
    return n < 0 ? (int)n : SF_OK;
}

static int put_entities(builder *j, sf_analyser *a, sf_str text)
{
    const sf_entity *found = NULL;
    int64_t n = sf_entities(a, text, &found);
    if (n < 0) {
        return (int)n;
    }
    put(j, "\"entities\":[");
    for (size_t i = 0; i < (size_t)n; i++) {
        put(j, i > 0 ? ",{\"text\":" : "{\"text\":");
        put_quoted(j, found[i].text);
        put(j, ",\"label\":");
        put_quoted(j, found[i].label);
        put(j, ",\"id\":");
        put_quoted(j, found[i].id);
        put(j, ",\"reason\":");
        put_quoted(j, sf_cstr(sf_entity_reason(a, i)));
        put(j, ",\"evidence\":[");
        int status = put_evidence(j, a, text, i);
        if (status != SF_OK) {
            return status;
        }
        put(j, "]}");
        n = sf_entities(a, text, &found); /* what was borrowed is the explanation's by now */
        if (n < 0) {
            return (int)n;
        }
    }
    put(j, "],");
    return SF_OK;
}

/* trending = g * (0.70 + 0.10 n + 0.20 r), see signalflow/trending.h. */
static void put_trending(builder *j, const sf_baseline *base, const sf_trend_parts *p)
{
    put_number(j, "\"trending\":{\"rate\":", p->rate);
    put_number(j, ",\"x\":", p->x);
    put_number(j, ",\"g\":", isnan(p->x) ? NAN : sf_trending(p->x, 0, 0) / 0.70);
    put_number(j, ",\"n\":", p->n);
    put_number(j, ",\"r\":", p->r);
    put_number(j, ",\"v0\":", base->v0);
    put_number(j, ",\"s50\":", base->s50);
    put_number(j, ",\"half_life\":", base->half_life_s);
    put(j, "}}");
}

int sf_explain(sf_record *r, sf_batch *memory, sf_analyser *a, const sf_trend_parts *parts)
{
    builder j = {memory, NULL, 0, 0, 0};
    sf_baseline base = sf_lexicon_baseline(sf_analyser_lexicon(a), r->signal->platform);
    sf_str text;
    int status = sf_signal_text(memory, r->signal, &text);
    if (status != SF_OK || room(&j, 1024) == NULL) {
        return SF_ENOMEM;
    }
    put(&j, "{");
    if (text.len > 0) {
        status = put_sentiment(&j, a, text);
        status = status != SF_OK ? status : put_entities(&j, a, text);
    }
    put_trending(&j, &base, parts);
    r->explain = (sf_str){j.text, j.len};
    return status != SF_OK ? status : j.failed ? SF_ENOMEM : SF_OK;
}
