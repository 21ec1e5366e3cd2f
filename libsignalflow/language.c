/* SPDX-License-Identifier: MIT */
/* The language of a text: scripts that one language has to itself decide alone; English is told by its commonest words;
 * all else by three characters in a row. */
#include "signalflow/language.h"

#include "analyser.h"
#include "lexicon/words.h"
#include "text/utf8.h"

#define WORDS 60 /* how many are looked at */

/* ---- scripts ---- */

typedef struct script {
    uint32_t from, to;
    const char *language; /* NULL: several */
} script;

static const script scripts[] = {
    {0x41, 0x24F, NULL},    {0x370, 0x3FF, "el"},   {0x400, 0x52F, NULL},     {0x531, 0x58F, "hy"},
    {0x5D0, 0x5F4, "he"},   {0x600, 0x6FF, NULL},   {0x900, 0x97F, NULL},     {0x980, 0x9FF, "bn"},
    {0xA00, 0xA7F, "pa"},   {0xA80, 0xAFF, "gu"},   {0xB00, 0xB7F, "or"},     {0xB80, 0xBFF, "ta"},
    {0xC00, 0xC7F, "te"},   {0xC80, 0xCFF, "kn"},   {0xD00, 0xD7F, "ml"},     {0xD80, 0xDFF, "si"},
    {0xE00, 0xE7F, "th"},   {0xE80, 0xEFF, "lo"},   {0xF00, 0xFFF, "bo"},     {0x1000, 0x109F, "my"},
    {0x10A0, 0x10FF, "ka"}, {0x1100, 0x11FF, "ko"}, {0x1200, 0x137F, "am"},   {0x1780, 0x17FF, "km"},
    {0x1E00, 0x1EFF, NULL}, {0x1F00, 0x1FFF, "el"}, {0x3040, 0x30FF, "ja"},   {0x3400, 0x4DBF, "zh"},
    {0x4E00, 0x9FFF, "zh"}, {0xAC00, 0xD7AF, "ko"}, {0x20000, 0x3134F, "zh"},
};
#define SCRIPTS (sizeof scripts / sizeof *scripts)

static size_t script_of(uint32_t cp)
{
    for (size_t i = 0; i < SCRIPTS && scripts[i].from <= cp; i++) {
        if (cp <= scripts[i].to) {
            return i;
        }
    }
    return SCRIPTS;
}

/* ---- grams ---- */

typedef struct votes {
    uint32_t of[SF_LANGUAGES];
    uint32_t grams, known;          /* read, and of any weight */
    uint32_t letters[SCRIPTS];      /* words count once for each letter beyond ASCII, and once for ASCII */
    uint32_t words, english, small; /* small words that are English's commonest; and known English ones */
} votes;

static void vote(const sf_languages *l, const char *p, size_t n, votes *v)
{
    const sf_dict_entry *e = sf_dict_find(&l->grams, p, n);
    v->grams++;
    if (e != NULL) {
        v->known++;
        for (uint32_t i = 0; i < SF_LANGUAGES; i++) {
            v->of[i] += l->weights[e->flags].of[i];
        }
    }
}

static void vote_word(const sf_languages *l, const char *p, size_t n, votes *v)
{
    sf_grams g;
    sf_grams_of(&g, p, n);
    for (size_t i = 0; i + 3 <= g.n; i++) {
        vote(l, g.word + g.at[i], g.at[i + 3] - g.at[i], v);
    }
}

static void count_letters(const char *p, size_t n, votes *v)
{
    for (size_t i = 0; i < n;) {
        uint32_t cp;
        int broken = 0;
        if ((unsigned char)p[i] < 0x80) { /* nearly all there is; the first script */
            v->letters[0] += (unsigned char)p[i++] >= scripts[0].from;
            continue;
        }
        i += sf_utf8_read(p + i, n - i, &cp, &broken);
        size_t s = script_of(cp);
        if (s < SCRIPTS) {
            v->letters[s]++;
        }
    }
}

#define ENGLISH_ZIPF 5.5 /* the commonest, that no other language shares a spelling with */

static void count_words(const sf_analyser *a, votes *v)
{
    for (size_t i = 0; i < a->tokens.n && v->words < WORDS; i++) {
        const sf_token *t = &a->tokens.at[i];
        if (t->kind != SF_TOKEN_WORD || t->flags & SF_TOKEN_DIGIT) {
            continue;
        }
        const sf_dict_entry *e = a->words[i];
        int known = e != NULL && (e->flags & SF_WORD_KNOWN);
        v->words++;
        v->small += known && (e->flags & SF_WORD_STOP) && sf_dict_number(&a->lexicon->words, e) >= ENGLISH_ZIPF;
        v->english += known && sf_word_is_english(e);
        count_letters(a->tokens.fold + t->fold, t->fold_len < SF_GRAM_BYTES ? t->fold_len : SF_GRAM_BYTES, v);
    }
}

static size_t main_script(const votes *v)
{
    size_t best = 0;
    for (size_t i = 1; i < SCRIPTS; i++) {
        best = v->letters[i] > v->letters[best] ? i : best;
    }
    return best;
}

/* A language that has most of the letters to itself, or NULL. Kana make Japanese of Han. */
static const char *by_script(const votes *v)
{
    size_t best = main_script(v);
    const char *language = v->letters[best] > 0 ? scripts[best].language : NULL;
    uint32_t kana = 0, han = 0;
    if (language == NULL || strcmp(language, "zh") != 0) {
        return language;
    }
    for (size_t i = 0; i < SCRIPTS; i++) {
        kana += scripts[i].from == 0x3040 ? v->letters[i] : 0;
        han += v->letters[i];
    }
    return kana * 8 > han && han > 0 && kana > 0 ? "ja" : language;
}

static uint32_t number_of_english(const sf_languages *l)
{
    uint32_t i = 0;
    while (i + 1 < l->n && strcmp(l->names[i], "en") != 0) {
        i++;
    }
    return i;
}

static const char *by_grams(const sf_analyser *a, votes *v)
{
    const sf_languages *l = &a->lexicon->languages;
    uint32_t best = 0, second = 0, words = 0;
    for (size_t i = 0; i < a->tokens.n && words < WORDS; i++) {
        const sf_token *t = &a->tokens.at[i];
        if (t->kind == SF_TOKEN_WORD && (t->flags & SF_TOKEN_DIGIT) == 0) {
            vote_word(l, a->tokens.fold + t->fold, t->fold_len, v);
            words++;
        }
    }
    for (uint32_t i = 1; i < l->n; i++) {
        best = v->of[i] > v->of[best] ? i : best;
    }
    second = best == 0 ? 1 : 0;
    for (uint32_t i = 0; i < l->n; i++) {
        second = i != best && v->of[i] > v->of[second] ? i : second;
    }
    if (l->n < 2 || v->words < 3 || v->known < 12 || v->known * 5 < v->grams * 2 || v->of[best] < v->grams * 6) {
        return NULL;
    }
    uint32_t margin = v->of[best] - v->of[second];
    if (best != number_of_english(l) && v->english * 10 >= v->words * 6 &&
        v->of[best] * 4 < v->of[number_of_english(l)] * 5) {
        return "en"; /* words that English knows, in an order that says little */
    }
    return margin * 80 >= v->of[best] && margin >= 12 ? l->names[best] : NULL;
}

static const char *language_of(const sf_analyser *a)
{
    votes v = {.words = 0};
    count_words(a, &v);
    const char *language = by_script(&v);
    if (language != NULL || v.words == 0) {
        return language;
    }
    if (main_script(&v) == 0 && v.small >= 2 && v.small * 6 >= v.words && v.english * 10 >= v.words * 7) {
        return "en";
    }
    return by_grams(a, &v);
}

int sf_language_run(sf_analyser *a, sf_str text, sf_str *out)
{
    const sf_tokens *tokens;
    int status = sf_analyser_tokens(a, text, &tokens);
    if (status == SF_OK) {
        if (a->language == NULL) {
            const char *language = language_of(a);
            a->language = language != NULL ? language : "und";
        }
        *out = sf_cstr(a->language);
    }
    return status;
}

int sf_language(sf_analyser *a, sf_str text, sf_str *out)
{
    if (out == NULL || (text.ptr == NULL && text.len > 0)) {
        return SF_EINVAL;
    }
    int status = sf_analyser_enter(a);
    if (status == SF_OK) {
        status = sf_language_run(a, text, out);
        sf_analyser_leave(a);
    }
    return status;
}
