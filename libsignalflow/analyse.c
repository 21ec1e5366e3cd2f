/* SPDX-License-Identifier: MIT */
/* The pipeline's one call: every signal of a batch through every kind of analysis, results into the batch. */
#include "analyser.h"

/* A part's results are borrowed until its next call: the batch gets copies, each ending with a NUL. */
static int keep_entities(sf_analyser *a, sf_batch *b, sf_signal *s, const sf_entity *found, size_t n)
{
    sf_str topics[SF_MAX_TOPICS];
    sf_entity *kept = sf_batch_alloc(b, n * sizeof *kept);
    int status = kept != NULL ? SF_OK : SF_ENOMEM;
    for (size_t i = 0; status == SF_OK && i < n; i++) {
        kept[i] = found[i];
        status = sf_batch_copy(b, found[i].text, &kept[i].text);
        status = status != SF_OK ? status : sf_batch_copy(b, found[i].label, &kept[i].label);
        status = status != SF_OK ? status : sf_batch_copy(b, found[i].id, &kept[i].id);
    }
    if (status != SF_OK) {
        return status;
    }
    size_t n_topics = (size_t)sf_text_topics_run(a, found, n, topics);
    sf_str *list = sf_batch_alloc(b, n_topics * sizeof *list);
    status = list != NULL ? SF_OK : SF_ENOMEM;
    for (size_t i = 0; status == SF_OK && i < n_topics; i++) {
        status = sf_batch_copy(b, topics[i], &list[i]);
    }
    if (status != SF_OK) {
        return status;
    }
    s->entities = kept;
    s->n_entities = n;
    s->topics = list;
    s->n_topics = n_topics;
    return SF_OK;
}

static int keep_keywords(sf_batch *b, sf_signal *s, const sf_keyword *found, size_t n)
{
    sf_str *list = sf_batch_alloc(b, n * sizeof *list);
    int status = list != NULL ? SF_OK : SF_ENOMEM;
    for (size_t i = 0; status == SF_OK && i < n; i++) {
        status = sf_batch_copy(b, found[i].word, &list[i]);
    }
    if (status == SF_OK) {
        s->keywords = list;
        s->n_keywords = n;
    }
    return status;
}

static int analyse_one(sf_analyser *a, sf_batch *b, sf_signal *s, sf_str text, uint32_t what)
{
    int status = SF_OK;
    if (what & SF_DO_SENTIMENT) {
        status = sf_sentiment_run(a, text, &s->sentiment);
        status = status != SF_OK ? status : sf_sentiment_cover_run(a, text, &s->sentiment_cover);
    }
    if (status == SF_OK && (what & SF_DO_ENTITIES)) {
        const sf_entity *found = NULL;
        int64_t n = sf_entities_run(a, text, &found);
        status = n < 0 ? (int)n : keep_entities(a, b, s, found, (size_t)n);
    }
    if (status == SF_OK && (what & SF_DO_KEYWORDS)) {
        const sf_keyword *found = NULL;
        int nameless = (what & SF_DO_ENTITIES) && s->n_entities == 0;
        int64_t n = sf_keywords_run(a, text, 0, nameless, &found);
        status = n < 0 ? (int)n : keep_keywords(b, s, found, (size_t)n);
    }
    if (status == SF_OK && (what & SF_DO_LANGUAGE) && s->lang.len == 0) {
        status = sf_language_run(a, text, &s->lang);
        status = status != SF_OK ? status : sf_batch_copy(b, s->lang, &s->lang);
    }
    return status;
}

static int64_t analyse_batch(sf_analyser *a, sf_batch *b, size_t first, uint32_t what)
{
    sf_str id = {NULL, 0};
    int64_t analysed = 0;
    for (size_t i = first; i < sf_batch_count(b); i++) {
        sf_signal *s = sf_batch_at(b, i);
        sf_str text;
        int status = sf_signal_text(b, s, &text);
        if (status == SF_OK && text.len == 0) {
            continue;
        }
        if (status == SF_OK && id.ptr == NULL) { /* one copy serves the whole batch */
            status = sf_batch_copy(b, sf_cstr(sf_lexicon_id(a->lexicon)), &id);
        }
        status = status != SF_OK ? status : analyse_one(a, b, s, text, what);
        if (status != SF_OK) {
            return status;
        }
        s->analysis = id;
        analysed++;
    }
    return analysed;
}

int64_t sf_analyse(sf_analyser *a, sf_batch *b, size_t first, uint32_t what)
{
    if (b == NULL || (what & ~(uint32_t)SF_DO_ALL) != 0 || first > sf_batch_count(b)) {
        return SF_EINVAL;
    }
    int status = sf_analyser_enter(a);
    if (status != SF_OK) {
        return status;
    }
    int64_t n = analyse_batch(a, b, first, what);
    sf_analyser_leave(a);
    return n;
}
