/* SPDX-License-Identifier: MIT */
/* From tokens to features: what the lexicon says of each token, where sentences start, and what capitals are worth in
 * each line. */
#include "entities/document.h"
#include "memory.h"

/* ---- words ---- */

static void look_up(const sf_document *d, const sf_token *t, const sf_dict_entry *word, sf_feature *f)
{
    const sf_lexicon *l = d->lexicon;
    const char *p = d->tokens.fold + t->fold;
    uint32_t hash = sf_hash_end(t->hash);
    const sf_dict_entry *name =
        t->fold_len <= l->names.longest ? sf_dict_find_hashed(&l->names, p, t->fold_len, hash) : NULL;
    f->entry = name;
    f->name = name != NULL ? name->flags : 0;
    f->word = word != NULL ? word->flags : 0;
    f->share = -1;
    if (f->word & SF_WORD_KNOWN) {
        f->zipf = (float)sf_dict_number(&l->words, word);
        f->share = (int16_t)sf_word_share(word);
    } else if (t->shape == SF_SHAPE_LOWER) {
        f->share = 100;
    } else if (t->shape != SF_SHAPE_MIXED && sf_word_is_rare(word)) {
        f->share = SF_WORD_RARE;
    } else if (t->shape != SF_SHAPE_MIXED && (t->flags & (SF_TOKEN_DIGIT | SF_TOKEN_DOTTED)) == 0) {
        f->share = (int16_t)sf_word_share_of_stem(l, p, t->fold_len);
    }
}

/* ---- sentences ---- */

static int is_quote(uint32_t c)
{
    return c == '"' || c == '\'' || c == 0x201C || c == 0x201D || c == 0x2018 || c == 0x2019 || c == 0xAB ||
           c == 0xBB || c == 0x201E;
}

static int ends_sentence(uint32_t c)
{
    return c == '.' || c == '!' || c == '?' || c == 0x2026 || c == ':' || c == '|' || c == 0x2022 || c == '*' ||
           c == '~' || c == 0x3002 || c == 0xFF01 || c == 0xFF1F;
}

/* Marks tokens that start a sentence. Quotes, brackets, dashes and pictures pass the mark on to the next word. */
static void mark_starts(const sf_document *d)
{
    int start = 1;
    int quote = 0;
    for (size_t i = 0; i < d->tokens.n; i++) {
        const sf_token *t = &d->tokens.at[i];
        sf_feature *f = &d->features[i];
        start |= (t->flags & SF_TOKEN_LINE) != 0;
        f->flags |= quote ? SF_FEATURE_QUOTE : 0;
        quote = t->kind == SF_TOKEN_PUNCT && is_quote(t->first);
        if (t->kind == SF_TOKEN_PUNCT) {
            int opens = quote || t->first == '(' || t->first == '[' || t->first == '-' || t->first == 0x2014;
            start = ends_sentence(t->first) || (start && opens) || t->first == '(' || t->first == '[' ||
                    t->first == '"' || t->first == 0x201C;
        } else if (t->kind == SF_TOKEN_MENTION || t->kind == SF_TOKEN_EMOJI || t->kind == SF_TOKEN_URL) {
            start |= t->kind == SF_TOKEN_EMOJI; /* "@name Great show": still at the start, if it was */
        } else {
            f->flags |= start ? SF_FEATURE_START : 0;
            start = 0;
        }
    }
}

/* ---- lines ---- */

typedef struct line_count {
    size_t words, longer, capital, upper, lower; /* `longer` ones not at a sentence's start are what is judged */
    size_t starts, small_starts;
    size_t social; /* @names, #tags, addresses, pictures */
    size_t sloppy; /* small i, unknown small words */
    size_t code;   /* words of those who write programs, identifiers, call() */
    int stop;      /* its last token is a full stop */
} line_count;

/* getName, max_size: but iPhone */
static int is_written_as_code(const sf_document *d, const sf_token *t)
{
    const char *p = d->text.ptr + t->start;
    int begins_small = t->shape == SF_SHAPE_MIXED && p[0] >= 'a' && p[0] <= 'z' && p[1] >= 'a' && p[1] <= 'z';
    return begins_small || (t->flags & SF_TOKEN_UNDERSCORE) != 0;
}

static int speaks_of_code(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i];
    if (t->kind == SF_TOKEN_PUNCT) {
        int member = t->first == '.' && (t->flags & SF_TOKEN_SPACE) == 0 && i + 1 < d->tokens.n &&
                     t[1].shape == SF_SHAPE_MIXED && (t[1].flags & (SF_TOKEN_SPACE | SF_TOKEN_LINE)) == 0;
        int call = t->first == ')' && i > 0 && (t->flags & SF_TOKEN_SPACE) == 0 && t[-1].first == '(';
        return member || call || t->first == '{' || t->first == '}';
    }
    return t->kind == SF_TOKEN_WORD && ((d->features[i].name & SF_NAME_CODE_WORD) != 0 || is_written_as_code(d, t));
}

static void count_word(const sf_token *t, const sf_feature *f, line_count *c)
{
    c->social += t->kind == SF_TOKEN_MENTION || t->kind == SF_TOKEN_HASHTAG || t->kind == SF_TOKEN_URL ||
                 t->kind == SF_TOKEN_EMOJI;
    c->sloppy += t->kind == SF_TOKEN_WORD && t->shape == SF_SHAPE_LOWER &&
                 (t->first == 'i' && t->fold_len == 1 ? 1 : (f->word & (SF_WORD_KNOWN | SF_WORD_STOP)) == 0);
    c->stop = t->first == '.';
    if (t->kind != SF_TOKEN_WORD || t->shape == SF_SHAPE_NONE || t->fold_len < 2) {
        return;
    }
    int upper = t->shape == SF_SHAPE_UPPER;
    c->words++;
    c->upper += upper ? 1U : 0U;
    c->lower += t->shape == SF_SHAPE_LOWER ? 1U : 0U;
    if (f->flags & SF_FEATURE_START) {
        c->starts++;
        c->small_starts += t->shape == SF_SHAPE_LOWER ? 1U : 0U;
    } else if (t->fold_len >= 4) {
        int ordinary = f->share >= 60 && (f->word & SF_WORD_STOP) == 0;
        c->longer += ordinary ? 1U : 0U;
        c->capital += ordinary && t->shape != SF_SHAPE_LOWER ? 1U : 0U;
    }
}

/* A title that names a product says what it is for: two signs of code are few enough there to be chance. */
static unsigned code_of(const line_count *c, unsigned style)
{
    return c->code >= (style == SF_STYLE_PROSE ? 1U : 2U) ? SF_FEATURE_CODE : 0;
}

static unsigned mode_of(const line_count *c)
{
    if (c->words >= 3 && c->upper * 10 >= c->words * 7) {
        return SF_FEATURE_SHOUT;
    }
    if ((c->longer >= 2 && c->capital * 10 >= c->longer * 6)) {
        return SF_FEATURE_HEADLINE;
    }
    int careful = c->small_starts == 0 && c->longer >= 2 && c->capital * 5 <= c->longer && c->lower * 2 >= c->words;
    return careful ? SF_FEATURE_CAREFUL : 0;
}

/* What kind of writing a line is: a hint at what capitals and names of peoples are worth in it. */
static unsigned style_of(const line_count *c)
{
    if (c->social > 0) {
        return 1;
    }
    if (c->small_starts > 0 || c->sloppy * 8 > c->words) {
        return 2;
    }
    return c->words < 6 ? 3 : c->stop ? SF_STYLE_PROSE : 5;
}

static void mark_lines(const sf_document *d)
{
    for (size_t i = 0; i < d->tokens.n;) {
        line_count c = {0};
        size_t end = i;
        do {
            count_word(&d->tokens.at[end], &d->features[end], &c);
            c.code += speaks_of_code(d, end) ? 1U : 0U;
            end++;
        } while (end < d->tokens.n && (d->tokens.at[end].flags & SF_TOKEN_LINE) == 0);
        unsigned mode = mode_of(&c);
        unsigned style = style_of(&c);
        mode |= code_of(&c, style);
        for (; i < end; i++) {
            d->features[i].style = (uint8_t)style;
            d->features[i].flags |= (uint16_t)mode;
        }
    }
}

static int has_capital(const sf_token *t)
{
    if (t->kind != SF_TOKEN_WORD) {
        return 0;
    }
    if (t->shape == SF_SHAPE_LETTER) { /* initials; A and I are words */
        return (t->flags & (SF_TOKEN_DOT | SF_TOKEN_DOTTED)) != 0;
    }
    return t->shape == SF_SHAPE_CAPITAL || t->shape == SF_SHAPE_UPPER || t->shape == SF_SHAPE_MIXED;
}

int sf_document_features(sf_document *d)
{
    if (sf_grow(&d->features, &d->cap_features, d->tokens.n, sizeof *d->features) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < d->tokens.n; i++) {
        const sf_token *t = &d->tokens.at[i];
        sf_feature *f = &d->features[i];
        *f = (sf_feature){.share = -1};
        if (t->kind == SF_TOKEN_WORD || (t->kind == SF_TOKEN_NUMBER && t->fold_len < 8)) {
            look_up(d, t, d->words[i], f);
        }
        if (t->kind == SF_TOKEN_HASHTAG ||
            (t->kind == SF_TOKEN_WORD && t->shape == SF_SHAPE_MIXED && f->entry == NULL)) {
            f->entry = sf_joined_name(d, i);
            f->term = f->entry == NULL ? sf_joined_phrase(d, i) : NULL;
            f->term_last = (uint32_t)i;
        }
        f->flags |= has_capital(t) ? SF_FEATURE_CAPITAL : 0;
    }
    mark_starts(d);
    mark_lines(d);
    sf_document_gazetteer(d);
    return SF_OK;
}
