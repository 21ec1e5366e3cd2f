/* SPDX-License-Identifier: MIT */
/* Sentiment: the four figures of a text, one call or a column at a time.
 *
 * What happens to a text on the way lies in sentiment/. Here its valences are summed up as the reference does it with
 * CPython 3.11: from left to right, in doubles, and rounded to decimals as round() rounds. */
#include <math.h>
#include <stdlib.h>

#include "sentiment/sentiment.h"

#define COMPOUND_ALPHA 15.0

int sf_sentiment_scratch_new(sf_sentiment_scratch **out)
{
    *out = calloc(1, sizeof **out);
    return *out != NULL ? SF_OK : SF_ENOMEM;
}

void sf_sentiment_scratch_free(sf_sentiment_scratch *s)
{
    if (s != NULL) {
        free(s->text);
        free(s->pieces);
        free(s->folded);
        free(s->tokens);
        free(s->candidates);
        free(s->scored);
        free(s->cells);
        free(s->nodes);
        free(s->explained);
        free(s);
    }
}

/* x rounded to a multiple of 1 / scale, to the nearest one and to the even one of two that are equally near, as if in
 * exact arithmetic. |x| <= 1, scale = 1000 or 10000.
 *
 * The product is off by half a unit in its last place at the most. So the nearest integer is right unless the product
 * lies within that of a half; there the sign of the exact distance, which fma() keeps, decides. An integer below 2^53
 * divided by scale is the double next to the decimal, which is what reading the decimal gives. */
static double round_to(double x, double scale)
{
    double size = fabs(x);
    double product = size * scale;
    double below = (double)(int32_t)product;
    double part = product - below;
    if (part > 0.5 - 1e-9 && part < 0.5 + 1e-9) {
        double over = fma(size, 2.0 * scale, -(2.0 * below + 1.0));
        int up = over > 0.0 || (over == 0.0 && ((int32_t)below & 1) != 0);
        below += up;
    } else {
        below += part > 0.5;
    }
    return copysign(below / scale, x);
}

static double punctuation(const sf_sentiment_scratch *s)
{
    size_t n = s->n_exclamations < 4 ? s->n_exclamations : 4;
    double questions = 0.0;
    if (s->n_questions > 3) {
        questions = 0.96;
    } else if (s->n_questions > 1) {
        questions = (double)s->n_questions * 0.18;
    }
    return (double)n * 0.292 + questions;
}

static void sum_up(sf_sentiment_scratch *s, sf_scores *out)
{
    double sum = 0.0, positive = 0.0, negative = 0.0;
    size_t neutral = s->n_tokens;
    double emphasis = punctuation(s);
    for (size_t i = 0; i < s->n_scored; i++) {
        double valence = s->scored[i].valence;
        sum += valence;
        if (valence > 0.0) {
            positive += valence + 1.0; /* a neutral word counts 1 as well */
            neutral--;
        } else if (valence < 0.0) {
            negative += valence - 1.0;
            neutral--;
        }
    }
    if (sum > 0.0) {
        sum += emphasis;
    } else if (sum < 0.0) {
        sum -= emphasis;
    }
    if (positive > fabs(negative)) {
        positive += emphasis;
    } else if (positive < fabs(negative)) {
        negative -= emphasis;
    }
    double total = positive + fabs(negative) + (double)neutral;
    s->punctuation = emphasis;
    s->sum = sum;
    out->compound = round_to(sum / sqrt(sum * sum + COMPOUND_ALPHA), 10000.0);
    out->pos = round_to(fabs(positive / total), 1000.0);
    out->neg = round_to(fabs(negative / total), 1000.0);
    out->neu = round_to(fabs((double)neutral / total), 1000.0);
}

int sf_sentiment_run(sf_analyser *a, sf_str text, sf_scores *out)
{
    sf_sentiment_scratch *s = a->sentiment;
    const sf_vader *v = &a->lexicon->vader;
    int status = sf_sentiment_read(s, a->lexicon, text);
    status = status != SF_OK ? status : sf_sentiment_split(s, v);
    if (status != SF_OK) {
        return status;
    }
    sf_sentiment_score(s, v);
    status = s->but != SF_NO_TOKEN ? sf_sentiment_but(s) : SF_OK;
    if (status != SF_OK) {
        return status;
    }
    if (s->n_tokens > 0) {
        sum_up(s, out);
    } else {
        s->punctuation = s->sum = 0.0;
        *out = (sf_scores){0.0, 0.0, 0.0, 0.0};
    }
    return SF_OK;
}

/* ---- public ---- */

static int enter(sf_analyser *a, sf_str text, const void *out)
{
    return out == NULL || (text.ptr == NULL && text.len > 0) ? SF_EINVAL : sf_analyser_enter(a);
}

int sf_sentiment(sf_analyser *a, sf_str text, sf_scores *out)
{
    int status = enter(a, text, out);
    if (status == SF_OK) {
        status = sf_sentiment_run(a, text, out);
        sf_analyser_leave(a);
    }
    return status;
}

int sf_sentiment_cover(sf_analyser *a, sf_str text, double *out)
{
    int status = enter(a, text, out);
    if (status == SF_OK) {
        status = sf_sentiment_cover_run(a, text, out);
        sf_analyser_leave(a);
    }
    return status;
}

/* What is done with text i of a column. */
typedef int work(sf_analyser *a, sf_str text, double *out, size_t i);

static int score_row(sf_analyser *a, sf_str text, double *out, size_t i)
{
    sf_scores scores;
    int status = sf_sentiment_run(a, text, &scores);
    if (status == SF_OK) {
        out[4 * i] = scores.neg;
        out[4 * i + 1] = scores.neu;
        out[4 * i + 2] = scores.pos;
        out[4 * i + 3] = scores.compound;
    }
    return status;
}

static int cover_row(sf_analyser *a, sf_str text, double *out, size_t i)
{
    return sf_sentiment_cover_run(a, text, &out[i]);
}

static int64_t run_column(sf_analyser *a, const char *utf8, const int64_t *offsets, size_t n, double *out, work *row)
{
    for (size_t i = 0; i < n; i++) {
        sf_str text;
        int status = sf_column_text(utf8, offsets, i, &text);
        status = status != SF_OK ? status : row(a, text, out, i);
        if (status != SF_OK) {
            return status;
        }
    }
    return (int64_t)n;
}

static int64_t column(sf_analyser *a, const char *utf8, const int64_t *offsets, size_t n, double *out, work *row)
{
    if (n > 0 && (offsets == NULL || out == NULL || (utf8 == NULL && offsets[n] != offsets[0]))) {
        return SF_EINVAL;
    }
    int status = sf_analyser_enter(a);
    if (status != SF_OK) {
        return status;
    }
    int64_t done = run_column(a, utf8, offsets, n, out, row);
    sf_analyser_leave(a);
    return done;
}

int64_t sf_sentiment_column(sf_analyser *a, const char *utf8, const int64_t *offsets, size_t n, double *out)
{
    return column(a, utf8, offsets, n, out, score_row);
}

int64_t sf_sentiment_cover_column(sf_analyser *a, const char *utf8, const int64_t *offsets, size_t n, double *out)
{
    return column(a, utf8, offsets, n, out, cover_row);
}

static int explain(sf_analyser *a, sf_str text, sf_explanation *out)
{
    sf_sentiment_scratch *s = a->sentiment;
    sf_scores scores;
    int status = sf_sentiment_run(a, text, &scores);
    status = status != SF_OK ? status : sf_sentiment_tell(s, &a->lexicon->vader);
    if (status == SF_OK) {
        out->tokens = s->explained;
        out->n_tokens = s->n_tokens;
        out->punctuation = s->punctuation;
        out->sum = s->sum;
        out->scores = scores;
    }
    return status;
}

int sf_sentiment_explain(sf_analyser *a, sf_str text, sf_explanation *out)
{
    int status = enter(a, text, out);
    if (status == SF_OK) {
        status = out->struct_size == sizeof *out ? explain(a, text, out) : SF_EINVAL;
        sf_analyser_leave(a);
    }
    return status;
}
