/* SPDX-License-Identifier: MIT */
/* Words that are written as one: the parts that capitals show, #ClimateChange, NewYorkTimes, and the names that they spell. */
#include "entities/document.h"

static int is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

/* Whether a word starts at p[i]: NewYork, NASALaunch, iOS7. */
static int starts_word(const char *p, size_t n, size_t i)
{
    if (i == 0) {
        return 0;
    }
    if (is_digit(p[i]) || is_digit(p[i - 1])) {
        return is_digit(p[i]) != is_digit(p[i - 1]);
    }
    return is_upper(p[i]) && (is_lower(p[i - 1]) || (is_upper(p[i - 1]) && i + 1 < n && is_lower(p[i + 1])));
}

size_t sf_joined_words(const sf_document *d, size_t token, char out[SF_JOINED_ROOM])
{
    const sf_token *t = &d->tokens.at[token];
    size_t sign = t->kind == SF_TOKEN_HASHTAG;
    const char *p = d->text.ptr + t->start + sign;
    size_t n = t->end - t->start - sign;
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (at + 3 > SF_JOINED_ROOM || (unsigned char)p[i] >= 0x80) {
            return 0; /* other scripts: as it is */
        }
        if (p[i] == '_') {
            out[at] = ' ';
            at += at > 0 && out[at - 1] != ' ';
            continue;
        }
        if (starts_word(p, n, i) && at > 0 && out[at - 1] != ' ') {
            out[at++] = ' ';
        }
        out[at++] = (char)(is_upper(p[i]) ? p[i] + 32 : p[i]);
    }
    at -= at > 0 && out[at - 1] == ' ';
    out[at] = '\0';
    return at;
}

static const sf_dict_entry *full_name(const sf_dict *names, const char *p, size_t n)
{
    const sf_dict_entry *e = n > 0 ? sf_dict_find(names, p, n) : NULL;
    return e != NULL && (e->flags & SF_NAME_FULL) ? e : NULL;
}

const sf_dict_entry *sf_joined_name(const sf_document *d, size_t token)
{
    char words[SF_JOINED_ROOM];
    const sf_token *t = &d->tokens.at[token];
    const sf_dict_entry *e = full_name(&d->lexicon->names, d->tokens.fold + t->fold, t->fold_len);
    return e != NULL ? e : full_name(&d->lexicon->names, words, sf_joined_words(d, token, words));
}

const sf_dict_entry *sf_joined_phrase(const sf_document *d, size_t token)
{
    char words[SF_JOINED_ROOM];
    size_t n = sf_joined_words(d, token, words);
    const sf_dict_entry *e = n > 0 ? sf_dict_find(&d->lexicon->names, words, n) : NULL;
    return e != NULL && (e->flags & SF_NAME_PHRASE) ? e : NULL;
}

int sf_ends_as_code(const sf_document *d, size_t token)
{
    char words[SF_JOINED_ROOM];
    size_t n = sf_joined_words(d, token, words);
    size_t at = n;
    while (at > 0 && words[at - 1] != ' ') {
        at--;
    }
    const char *end = d->text.ptr + d->tokens.at[token].end;
    if (at == 0 || n - at < 2 || is_upper(end[-1])) {
        return 0;
    }
    const sf_dict_entry *e = sf_dict_find(&d->lexicon->names, words + at, n - at);
    return e != NULL && (e->flags & SF_NAME_CODE_WORD) != 0;
}
