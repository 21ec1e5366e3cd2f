/* SPDX-License-Identifier: MIT */
/* VADER's rules: what the words around a word of the lexicon make of its valence. The order of every step is the
 * reference's, since it decides the last bit. */
#include "sentiment/sentiment.h"

#define DEGREE_FACTOR   0.293 /* a degree word adds or takes this */
#define CAPS_FACTOR     0.733 /* so do capitals */
#define NEGATION_FACTOR (-0.74)
#define NEVER_SO_FACTOR 1.25

typedef struct view {
    const char *text;
    const sf_vader_token *tokens;
    size_t n;
    const sf_vader_word *words;
    int some_upper;      /* some tokens, but not all, are upper case: capitals mean something */
    int some_apostrophe; /* only then can there be an "n't" */
} view;

static const sf_vader_word *word_at(const view *t, size_t i)
{
    return &t->words[t->tokens[i].word];
}

static unsigned name_at(const view *t, size_t i)
{
    return word_at(t, i)->name;
}

static int stands_out(const view *t, size_t i)
{
    return t->some_upper && t->tokens[i].upper;
}

static double add_caps(double x, double valence)
{
    return valence > 0 ? x + CAPS_FACTOR : x - CAPS_FACTOR; /* a valence of 0 counts as negative */
}

static int holds_nt(const view *t, size_t i)
{
    const char *p = t->text + t->tokens[i].start;
    for (size_t k = 0; k + 3 <= t->tokens[i].len; k++) {
        if ((p[k] | 0x20) == 'n' && p[k + 1] == '\'' && (p[k + 2] | 0x20) == 't') {
            return 1;
        }
    }
    return 0;
}

static int negates(const view *t, size_t i)
{
    return word_at(t, i)->roles & SF_VADER_NEGATES || (t->some_apostrophe && holds_nt(t, i));
}

static int so_or_this(unsigned name)
{
    return name == SF_VADER_SO || name == SF_VADER_THIS;
}

/* What the degree word `distance` tokens before i adds to a valence. */
static double degree(const view *t, size_t i, size_t distance, double valence)
{
    static const double damped[] = {0.0, 1.0, 0.95, 0.9};
    double s = word_at(t, i - distance)->roles & SF_VADER_BOOSTS ? DEGREE_FACTOR : -DEGREE_FACTOR;
    s = valence < 0 ? -s : s;
    s = stands_out(t, i - distance) ? add_caps(s, valence) : s;
    return s * damped[distance];
}

/* Negation by the word `distance` tokens before i, and its exceptions. With a distance of 3, "so" or "this" right before
 * the word is enough, "never" or not: the reference's precedence of `and` and `or`. */
static double negate(const view *t, size_t i, size_t distance, double valence, uint32_t *rules)
{
    unsigned first = name_at(t, i - distance);
    unsigned second = distance > 1 ? name_at(t, i - distance + 1) : SF_VADER_UNNAMED;
    unsigned third = distance > 2 ? name_at(t, i - 1) : SF_VADER_UNNAMED;
    if (distance > 1 && ((first == SF_VADER_NEVER && so_or_this(second)) || so_or_this(third))) {
        *rules |= SF_RULE_NEVER_SO;
        return valence * NEVER_SO_FACTOR;
    }
    if (first == SF_VADER_WITHOUT && (second == SF_VADER_DOUBT || third == SF_VADER_DOUBT)) {
        return valence;
    }
    if (negates(t, i - distance)) {
        *rules |= SF_RULE_NEGATION;
        return valence * NEGATION_FACTOR;
    }
    return valence;
}

/* ---- idioms ---- */

/* Each sets *valence and returns 1 if the words from i on are an idiom. */
static int idiom_of_two(const view *t, size_t i, double *valence)
{
    static const struct {
        uint8_t first, second;
        double valence;
    } idioms[] = {
        {SF_VADER_THE, SF_VADER_SHIT, 3.0},    {SF_VADER_THE, SF_VADER_BOMB, 3.0},
        {SF_VADER_BAD, SF_VADER_ASS, 1.5},     {SF_VADER_BUS, SF_VADER_STOP, 0.0},
        {SF_VADER_YEAH, SF_VADER_RIGHT, -2.0}, {SF_VADER_BEATING, SF_VADER_HEART, 3.5},
    };
    unsigned first = name_at(t, i), second = name_at(t, i + 1);
    for (size_t k = 0; first != 0 && second != 0 && k < sizeof idioms / sizeof *idioms; k++) {
        if (idioms[k].first == first && idioms[k].second == second) {
            *valence = idioms[k].valence;
            return 1;
        }
    }
    return 0;
}

static int idiom_of_three(const view *t, size_t i, double *valence)
{
    unsigned first = name_at(t, i), second = name_at(t, i + 1), third = name_at(t, i + 2);
    if (first == SF_VADER_KISS && second == SF_VADER_OF && third == SF_VADER_DEATH) {
        *valence = -1.5;
        return 1;
    }
    if (first == SF_VADER_TO && second == SF_VADER_DIE && third == SF_VADER_FOR) {
        *valence = 3.0;
        return 1;
    }
    return 0;
}

/* "just enough", "kind of" and "sort of" are dampeners of two words. */
static int dampener_of_two(const view *t, size_t i)
{
    unsigned first = name_at(t, i), second = name_at(t, i + 1);
    return (first == SF_VADER_JUST && second == SF_VADER_ENOUGH) ||
           ((first == SF_VADER_KIND || first == SF_VADER_SORT) && second == SF_VADER_OF);
}

/* i >= 3: three words stand before it. */
static double idioms(const view *t, size_t i, double valence, uint32_t *rules)
{
    int found = idiom_of_two(t, i - 1, &valence) || idiom_of_three(t, i - 2, &valence) ||
                idiom_of_two(t, i - 2, &valence) || idiom_of_three(t, i - 3, &valence) ||
                idiom_of_two(t, i - 3, &valence);
    found |= i + 1 < t->n && idiom_of_two(t, i, &valence);
    found |= i + 2 < t->n && idiom_of_three(t, i, &valence);
    *rules |= found ? SF_RULE_IDIOM : 0;
    for (size_t back = 3; back >= 2; back--) {
        if (dampener_of_two(t, i - back)) {
            *rules |= SF_RULE_BOOSTER;
            valence += -DEGREE_FACTOR;
        }
    }
    return valence;
}

/* ---- a word ---- */

/* "no" before a word of the lexicon gives up its own valence and turns the word's. */
static double check_no(const view *t, size_t i, double valence, uint32_t *rules)
{
    double own = valence;
    if (name_at(t, i) == SF_VADER_NO && i + 1 < t->n && word_at(t, i + 1)->roles & SF_VADER_LEXICON) {
        *rules |= SF_RULE_NO;
        valence = 0.0;
    }
    if ((i > 0 && name_at(t, i - 1) == SF_VADER_NO) || (i > 1 && name_at(t, i - 2) == SF_VADER_NO) ||
        (i > 2 && name_at(t, i - 3) == SF_VADER_NO &&
         (name_at(t, i - 1) == SF_VADER_OR || name_at(t, i - 1) == SF_VADER_NOR))) {
        *rules |= SF_RULE_NO;
        valence = own * NEGATION_FACTOR;
    }
    return valence;
}

static double check_least(const view *t, size_t i, double valence, uint32_t *rules)
{
    if (i == 0 || name_at(t, i - 1) != SF_VADER_LEAST || word_at(t, i - 1)->roles & SF_VADER_LEXICON) {
        return valence;
    }
    if (i > 1 && (name_at(t, i - 2) == SF_VADER_AT || name_at(t, i - 2) == SF_VADER_VERY)) {
        return valence;
    }
    *rules |= SF_RULE_LEAST;
    return valence * NEGATION_FACTOR;
}

/* The valence of token i, which is in the lexicon. */
static double score_word(const view *t, size_t i, uint32_t *rules)
{
    double valence = check_no(t, i, word_at(t, i)->valence, rules);
    if (stands_out(t, i)) {
        *rules |= SF_RULE_CAPS;
        valence = add_caps(valence, valence);
    }
    for (size_t distance = 1; distance <= 3 && distance <= i; distance++) {
        const sf_vader_word *before = word_at(t, i - distance);
        if (before->roles & SF_VADER_LEXICON) {
            continue;
        }
        if (before->roles & SF_VADER_DEGREE) {
            *rules |= SF_RULE_BOOSTER;
            valence += degree(t, i, distance, valence);
        }
        valence = negate(t, i, distance, valence, rules);
        if (distance == 3) {
            valence = idioms(t, i, valence, rules);
        }
    }
    return check_least(t, i, valence, rules);
}

/* Degree words have no valence of their own, nor has the kind of "kind of". */
static int skipped(const view *t, size_t i)
{
    return word_at(t, i)->roles & SF_VADER_DEGREE ||
           (name_at(t, i) == SF_VADER_KIND && i + 1 < t->n && name_at(t, i + 1) == SF_VADER_OF);
}

void sf_sentiment_score(sf_sentiment_scratch *s, const sf_vader *v)
{
    view t = {s->text,           s->tokens, s->n_tokens, v->words, s->n_upper > 0 && s->n_upper < s->n_tokens,
              s->some_apostrophe};
    for (size_t k = 0; k < s->n_scored; k++) {
        sf_scored *w = &s->scored[k];
        if (skipped(&t, w->token)) {
            w->rules |= SF_RULE_SKIPPED;
        } else {
            w->valence = score_word(&t, w->token, &w->rules);
        }
    }
}
