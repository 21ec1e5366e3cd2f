/* SPDX-License-Identifier: MIT */
/* From bytes to tokens. One pass; looks ahead a bounded number of bytes only, so that no text makes it slow. */
#include "text/tokens.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "lexicon/dict.h"
#include "memory.h"
#include "text/classes.h"
#include "text/utf8.h"

typedef struct reader {
    sf_tokens *out;
    const char *text;
    size_t len, pos;
    sf_token *token; /* the one that is being read */
    unsigned uppers, lowers, letters, digits;
    int capital_first; /* its first letter is a capital */
    int quoted;        /* inside of single quotation marks */
} reader;

/* ---- characters ---- */

static inline int class_of_ascii(unsigned char c)
{
    return c < 0x80 ? sf_class_of_ascii[c] : OTHER;
}

static size_t look_beyond_ascii(const reader *r, size_t pos, uint32_t *cp, int *class)
{
    int broken = 0;
    size_t n = sf_utf8_read(r->text + pos, r->len - pos, cp, &broken);
    *class = sf_class_of_other(*cp);
    return n;
}

/* The character at pos; returns its bytes, 0 at the end. */
static inline size_t look(const reader *r, size_t pos, uint32_t *cp, int *class)
{
    if (pos >= r->len) {
        *cp = 0;
        *class = SPACE;
        return 0;
    }
    unsigned char c = (unsigned char)r->text[pos];
    if (c >= 0x80) {
        return look_beyond_ascii(r, pos, cp, class);
    }
    *cp = c;
    *class = sf_class_of_ascii[c];
    return 1;
}

static inline int class_at(const reader *r, size_t pos)
{
    uint32_t cp;
    int class;
    look(r, pos, &cp, &class);
    return class;
}

static inline int is_wordy(int class)
{
    return class >= DIGIT;
}

static char byte_at(const reader *r, size_t pos)
{
    return pos < r->len ? r->text[pos] : '\0';
}

static char lower_at(const reader *r, size_t pos)
{
    char c = byte_at(r, pos);
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* Whether the bytes at pos are `what` (lower case), capitals or not. */
static int says(const reader *r, size_t pos, const char *what)
{
    for (; *what != '\0'; what++, pos++) {
        if (lower_at(r, pos) != *what) {
            return 0;
        }
    }
    return 1;
}

/* Bytes of the apostrophe at pos, 0 where there is none: ' and the signs that people use for it. */
static size_t apostrophe_at(const reader *r, size_t pos)
{
    const unsigned char *s = (const unsigned char *)r->text + pos;
    size_t left = pos < r->len ? r->len - pos : 0;
    if (left >= 1 && (s[0] == '\'' || s[0] == '`')) {
        return 1;
    }
    if (left >= 2 && ((s[0] == 0xC2 && s[1] == 0xB4) || (s[0] == 0xCA && s[1] == 0xBC))) { /* acute, U+02BC */
        return 2;
    }
    return left >= 3 && s[0] == 0xE2 && s[1] == 0x80 && (s[2] == 0x99 || s[2] == 0x98) ? 3 : 0; /* curly quotes */
}

static size_t hyphen_at(const reader *r, size_t pos)
{
    const unsigned char *s = (const unsigned char *)r->text + pos;
    size_t left = pos < r->len ? r->len - pos : 0;
    if (left >= 1 && s[0] == '-') {
        return 1;
    }
    return left >= 3 && s[0] == 0xE2 && s[1] == 0x80 && (s[2] == 0x90 || s[2] == 0x91) ? 3 : 0;
}

/* ---- folding ---- */

static void fold_byte(reader *r, char c)
{
    r->out->fold[r->out->fold_len++] = c;
    r->token->hash = sf_hash_more(r->token->hash, (unsigned char)c);
}

static void fold_character(reader *r, uint32_t cp, int class)
{
    char buf[4];
    if (class == UPPER) {
        cp = cp < 0x80 ? cp + 32 : (uint32_t)utf8proc_tolower((utf8proc_int32_t)cp);
    }
    if (cp < 0x80) {
        fold_byte(r, (char)cp);
        return;
    }
    size_t n = sf_utf8_write(cp, buf);
    for (size_t i = 0; i < n; i++) {
        fold_byte(r, buf[i]);
    }
}

static void take(reader *r, uint32_t cp, int class, size_t bytes)
{
    if (class == UPPER) {
        r->capital_first |= r->letters == 0;
        r->uppers++;
    }
    r->lowers += class == LOWER;
    r->letters += class == LOWER || class == UPPER || class == LETTER;
    r->digits += class == DIGIT;
    int hidden = class == MARK && (cp == 0xFE0F || cp == 0xAD || (cp >= 0x200B && cp <= 0x2064));
    if (!hidden) {
        fold_character(r, cp, class);
    }
    r->pos += bytes;
}

/* take(), for as long as ASCII letters and digits go on: most of most texts. */
static void take_ascii(reader *r)
{
    const unsigned char *p = (const unsigned char *)r->text + r->pos;
    const unsigned char *end = (const unsigned char *)r->text + r->len;
    const unsigned char *start = p;
    char *fold = r->out->fold + r->out->fold_len;
    uint32_t hash = r->token->hash;
    unsigned uppers = 0;
    unsigned digits = 0;
    for (; p < end; p++) {
        int class = class_of_ascii(*p);
        if (class < DIGIT) {
            break;
        }
        unsigned char c = *p;
        if (class == UPPER) {
            r->capital_first |= r->letters == 0 && uppers == 0 && (size_t)(p - start) == digits;
            uppers++;
            c = (unsigned char)(c + 32);
        }
        digits += class == DIGIT ? 1U : 0U;
        hash = sf_hash_more(hash, c);
        *fold++ = (char)c;
    }
    unsigned taken = (unsigned)(p - start);
    r->token->hash = hash;
    r->out->fold_len += taken;
    r->pos += taken;
    r->uppers += uppers;
    r->digits += digits;
    r->letters += taken - digits;
    r->lowers += taken - digits - uppers;
}

/* ---- one token ---- */

static void start_token(reader *r, sf_token *t, unsigned flags)
{
    sf_tokens *out = r->out;
    memset(t, 0, sizeof *t);
    if (out->fold_len > 0 && out->fold[out->fold_len - 1] != ' ') {
        out->fold[out->fold_len++] = ' ';
    }
    t->start = (uint32_t)r->pos;
    t->fold = (uint32_t)out->fold_len;
    t->hash = SF_HASH_START;
    t->flags = (uint16_t)flags;
    r->token = t;
    r->uppers = r->lowers = r->letters = r->digits = 0;
    r->capital_first = 0;
}

static void unfold(reader *r)
{
    r->out->fold_len = r->token->fold;
    r->token->hash = SF_HASH_START;
}

static int shape_of(const reader *r)
{
    if (r->uppers == 0) {
        return r->lowers > 0 ? SF_SHAPE_LOWER : SF_SHAPE_NONE;
    }
    if (r->lowers == 0) {
        return r->letters == 1 && r->digits == 0 ? SF_SHAPE_LETTER : SF_SHAPE_UPPER;
    }
    return r->uppers == 1 && r->capital_first ? SF_SHAPE_CAPITAL : SF_SHAPE_MIXED;
}

/* To the end of a run of bytes that an address may have; signs that end a sentence are left out. */
static void take_address(reader *r, const char *also)
{
    size_t end = r->pos;
    for (;;) {
        char c = byte_at(r, r->pos);
        int class = class_of_ascii((unsigned char)c);
        if (c == '\0' || !((unsigned char)c >= 0x80 || is_wordy(class) || strchr(also, c) != NULL)) {
            break;
        }
        r->pos++;
        if (is_wordy(class) || (unsigned char)c >= 0x80 || c == '/' || c == '_' || c == '=') {
            end = r->pos;
        }
    }
    r->pos = end;
}

static void become_address(reader *r, int kind, const char *also)
{
    unfold(r);
    take_address(r, also);
    r->token->kind = (uint8_t)kind;
}

#define IN_URL  "-._~:/?#[]@!$&'()*+,;=%|"
#define IN_MAIL "-._@"
#define IN_NAME "_-."

static int is_url(const reader *r)
{
    char c = lower_at(r, r->pos);
    if (c == 'w') {
        return says(r, r->pos, "www.") && is_wordy(class_at(r, r->pos + 4));
    }
    return c == 'h' && (says(r, r->pos, "http://") || says(r, r->pos, "https://"));
}

/* r/name and u/name, with or without a slash before. */
static int is_community(const reader *r)
{
    size_t at = r->pos + (byte_at(r, r->pos) == '/');
    char c = byte_at(r, at);
    return (c == 'r' || c == 'u') && byte_at(r, at + 1) == '/' && is_wordy(class_at(r, at + 2));
}

/* ---- words ---- */

/* What may follow a full stop inside a word: ends of host names and of the names of programs. */
static size_t dotted_end(const reader *r, size_t dot)
{
    static const char *const ends[] = {"com", "org", "net", "gov", "edu", "io", "js", "py",  "co",
                                       "tv",  "ly",  "fm",  "ai",  "uk",  "de", "eu", "app", "dev"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        size_t end = dot + 1 + strlen(ends[i]);
        if (says(r, dot + 1, ends[i]) && !is_wordy(class_at(r, end)) && byte_at(r, end) != '\'') {
            return end;
        }
    }
    return 0;
}

/* Short forms whose full stop ends no sentence. */
static int is_abbreviation(const sf_token *t, const char *fold, size_t n)
{
    static const char known[] =
        " mr mrs ms dr prof sen rep gov gen col lt sgt capt st mt ft jr sr inc corp ltd co bros "
        "vs dept univ ave blvd rd ";
    char word[8] = " ";
    if (n < 2 || n > 5 || t->shape == SF_SHAPE_NONE || (t->flags & SF_TOKEN_DIGIT)) {
        return 0;
    }
    memcpy(word + 1, fold, n);
    memcpy(word + 1 + n, " ", 2);
    return t->shape != SF_SHAPE_LOWER && strstr(known, word) != NULL;
}

/* AT&T, R&B: a & between a few capitals. */
static int is_joining_ampersand(const reader *r)
{
    size_t after = 0;
    while (after < 4 && class_at(r, r->pos + 1 + after) == UPPER) {
        after++;
    }
    return r->lowers == 0 && r->digits == 0 && r->uppers >= 1 && r->uppers <= 3 && after >= 1 && after <= 3 &&
           !is_wordy(class_at(r, r->pos + 1 + after));
}

/* The dots of U.S. and e.g.: between letters that stand alone. */
static int is_joining_dot(const reader *r, unsigned segment)
{
    uint32_t cp;
    int class;
    size_t n = look(r, r->pos + 1, &cp, &class);
    return segment == 1 && (class == UPPER || class == LOWER) && r->digits == 0 &&
           !is_wordy(class_at(r, r->pos + 1 + n));
}

/* Passes over what ends a word but is no part of it: 's. Returns 1 if it was there. */
static int take_possessive(reader *r, size_t apostrophe)
{
    size_t s = r->pos + apostrophe;
    if (lower_at(r, s) != 's' || is_wordy(class_at(r, s + 1))) {
        return 0;
    }
    r->token->flags |= SF_TOKEN_POSSESSIVE;
    r->token->end = (uint32_t)r->pos;
    r->pos = s + 1;
    return 1;
}

/* The apostrophe of many owners, farmers' market: behind an s and before a word, where it closes no quotation. */
static void take_plural_possessive(reader *r, size_t apostrophe)
{
    enum { SHORTEST = 4 };
    size_t next = r->pos + apostrophe;
    if (r->quoted || r->letters < SHORTEST || r->text[r->pos - 1] != 's' || byte_at(r, next) != ' ' ||
        !is_wordy(class_at(r, next + 1))) {
        return;
    }
    r->token->flags |= SF_TOKEN_POSSESSIVE;
    r->token->end = (uint32_t)r->pos;
    r->pos = next;
}

/* What stands at pos joins the word: taken, returns 1. `segment`: letters since the last join. */
static int take_joint(reader *r, unsigned segment)
{
    size_t n = apostrophe_at(r, r->pos);
    if (n > 0 && r->letters > 0) {
        int class = class_at(r, r->pos + n);
        if (class != LOWER && class != UPPER) {
            take_plural_possessive(r, n);
            return 0;
        }
        if (take_possessive(r, n)) {
            return 0;
        }
        fold_byte(r, '\'');
        r->pos += n;
        return 1;
    }
    char c = byte_at(r, r->pos);
    int joins = c == '_'   ? is_wordy(class_at(r, r->pos + 1))
                : c == '&' ? is_joining_ampersand(r)
                : c == '.' ? is_joining_dot(r, segment)
                           : 0;
    if (joins) {
        r->token->flags |= c == '_' ? SF_TOKEN_UNDERSCORE : SF_TOKEN_DOTTED;
        fold_byte(r, c);
        r->pos++;
    }
    return joins;
}

/* The ends of C++, C#, node.js, U.S. and Dr. */
static void take_ending(reader *r, unsigned segment)
{
    sf_token *t = r->token;
    char c = byte_at(r, r->pos);
    int alone = r->letters == 1 && r->digits == 0;
    size_t end = 0;
    if (c == '+' && byte_at(r, r->pos + 1) == '+' && !is_wordy(class_at(r, r->pos + 2))) {
        end = r->pos + 2;
    } else if (c == '#' && alone && strchr("cfCF", r->text[t->start]) != NULL && !is_wordy(class_at(r, r->pos + 1))) {
        end = r->pos + 1;
    } else if (c == '.' && r->letters > 0 && is_wordy(class_at(r, r->pos + 1))) {
        end = dotted_end(r, r->pos);
    }
    for (; r->pos < end; r->pos++) {
        fold_byte(r, lower_at(r, r->pos));
        t->flags |= SF_TOKEN_DOTTED;
    }
    if (end > 0 || c != '.' || r->letters == 0) {
        return;
    }
    int initial = alone && r->uppers == 1 && r->text[t->start] != 'I';
    int acronym = (t->flags & SF_TOKEN_DOTTED) != 0 && segment == 1;
    t->shape = (uint8_t)shape_of(r);
    if (initial || acronym || is_abbreviation(t, r->out->fold + t->fold, r->out->fold_len - t->fold)) {
        t->flags |= SF_TOKEN_DOT;
        r->pos++;
    }
}

static void read_word(reader *r)
{
    sf_token *t = r->token;
    uint32_t cp;
    int class;
    unsigned before = 0; /* letters before the last joint */
    unsigned script = 0;
    for (;;) {
        size_t n = look(r, r->pos, &cp, &class);
        if (n == 1 && is_wordy(class) && script == 0) {
            take_ascii(r);
            if (byte_at(r, r->pos) == ' ') {
                return; /* most words: nothing joins them, nothing ends them */
            }
            continue;
        }
        unsigned here = n < 2 ? 0 : sf_unspaced_script(cp);
        if (n > 0 && (is_wordy(class) || (class == MARK && r->pos > t->start))) {
            if (class != MARK && here != script && r->letters > 0) {
                break;
            }
            script = class == MARK ? script : here;
            take(r, cp, class, n);
            continue;
        }
        unsigned segment = r->letters - before;
        if (n == 0 || !take_joint(r, segment)) {
            break;
        }
        before = r->letters;
    }
    t->flags |= (uint16_t)script;
    if (t->flags & SF_TOKEN_POSSESSIVE) {
        return;
    }
    take_ending(r, r->letters - before);
    if (byte_at(r, r->pos) == '/' && (t->flags & SF_TOKEN_DOTTED) && r->letters > 3) {
        become_address(r, SF_TOKEN_URL, IN_URL);
    } else if (byte_at(r, r->pos) == '@' && is_wordy(class_at(r, r->pos + 1))) {
        become_address(r, SF_TOKEN_URL, IN_MAIL);
    }
}

/* Digits, with single signs between them; letters make a word of it: 49ers, 3D. */
static void read_number(reader *r)
{
    uint32_t cp;
    int class;
    size_t n;
    int signs = 0;
    while ((n = look(r, r->pos, &cp, &class)) > 0) {
        if (class == DIGIT) {
            take(r, cp, class, n);
        } else if ((cp == '.' || cp == ',' || cp == ':') && class_at(r, r->pos + 1) == DIGIT) {
            fold_byte(r, (char)cp);
            r->pos++;
            signs++;
        } else {
            break;
        }
    }
    r->token->kind = SF_TOKEN_NUMBER;
    if (signs == 0 && (class == LOWER || class == UPPER) && n > 0) {
        r->token->kind = SF_TOKEN_WORD;
        read_word(r);
    }
}

static void read_hashtag(reader *r)
{
    uint32_t cp;
    int class;
    size_t n;
    r->pos++;
    while ((n = look(r, r->pos, &cp, &class)) > 0 && (is_wordy(class) || class == MARK || cp == '_')) {
        take(r, cp, class, n);
    }
    r->token->kind = SF_TOKEN_HASHTAG;
}

static void read_picture(reader *r)
{
    uint32_t cp;
    int class;
    size_t n;
    while ((n = look(r, r->pos, &cp, &class)) > 0 && (class == PICTURE || class == MARK)) {
        r->pos += n;
    }
    r->token->kind = SF_TOKEN_EMOJI;
}

static void read_sign(reader *r, uint32_t cp, size_t bytes)
{
    r->token->kind = SF_TOKEN_PUNCT;
    if (cp == '&') { /* part of names: Johnson & Johnson */
        fold_byte(r, '&');
    }
    if (apostrophe_at(r, r->pos) > 0) {
        r->quoted = (r->token->flags & SF_TOKEN_SPACE) != 0 && is_wordy(class_at(r, r->pos + bytes));
    }
    r->pos += bytes;
}

static void read_any(reader *r, uint32_t cp, int class, size_t bytes)
{
    int after_word = r->pos > 0 && is_wordy(class_of_ascii((unsigned char)r->text[r->pos - 1]));
    int before_word = bytes == 1 && cp < 0x80 && class == OTHER && is_wordy(class_at(r, r->pos + 1));
    if (class == LOWER || class == UPPER || class == LETTER) {
        if (cp < 0x80 && is_url(r)) {
            become_address(r, SF_TOKEN_URL, IN_URL);
        } else if ((cp == 'r' || cp == 'u') && !after_word && is_community(r)) {
            become_address(r, SF_TOKEN_MENTION, "_-/");
        } else {
            read_word(r);
        }
    } else if (class == DIGIT) {
        read_number(r);
    } else if (class == PICTURE) {
        read_picture(r);
    } else if (cp == '#' && before_word && !after_word) {
        read_hashtag(r);
    } else if (cp == '@' && before_word && !after_word) {
        r->pos++;
        become_address(r, SF_TOKEN_MENTION, IN_NAME);
    } else if (cp == '/' && !after_word && is_community(r)) {
        become_address(r, SF_TOKEN_MENTION, "_-/");
    } else if (cp == '.' && !after_word && says(r, r->pos, ".net") && !is_wordy(class_at(r, r->pos + 4))) {
        fold_byte(r, '.');
        r->pos++;
        r->token->flags |= SF_TOKEN_DOTTED;
        read_word(r);
    } else {
        read_sign(r, cp, bytes);
    }
}

/* Passes over white space, a hyphen between words, and what stands for broken bytes (U+FFFD), which nobody wrote; returns the flags of the
 * token that follows. */
static unsigned skip_gap(reader *r)
{
    unsigned flags = r->pos == 0 ? SF_TOKEN_SPACE | SF_TOKEN_LINE : 0;
    uint32_t cp;
    int class;
    size_t n;
    if (flags == 0 && byte_at(r, r->pos) == ' ' && is_wordy(class_of_ascii((unsigned char)byte_at(r, r->pos + 1)))) {
        r->pos++;
        return SF_TOKEN_SPACE; /* most gaps */
    }
    size_t hyphen = r->out->n > 0 && r->out->at[r->out->n - 1].kind <= SF_TOKEN_NUMBER ? hyphen_at(r, r->pos) : 0;
    if (hyphen > 0 && is_wordy(class_at(r, r->pos + hyphen))) {
        r->pos += hyphen;
        return SF_TOKEN_HYPHEN;
    }
    while ((n = look(r, r->pos, &cp, &class)) > 0 && (class == SPACE || class == MARK || cp == 0xFFFD)) {
        flags |= class == SPACE ? SF_TOKEN_SPACE : 0U;
        flags |= cp == '\n' || cp == '\r' || cp == 0x2028 || cp == 0x2029 ? SF_TOKEN_LINE : 0U;
        r->pos += n;
    }
    return flags;
}

static void read_token(reader *r, sf_token *t, unsigned flags)
{
    uint32_t cp;
    int class;
    size_t n = look(r, r->pos, &cp, &class);
    start_token(r, t, flags);
    r->quoted &= (flags & SF_TOKEN_LINE) == 0;
    t->first = cp;
    read_any(r, cp, class, n);
    t->shape = (uint8_t)shape_of(r);
    t->flags |= r->digits > 0 ? SF_TOKEN_DIGIT : 0U;
    t->end = t->flags & SF_TOKEN_POSSESSIVE ? t->end : (uint32_t)r->pos;
    t->fold_len = (uint32_t)r->out->fold_len - t->fold;
}

int sf_tokens_read(sf_tokens *t, sf_str text)
{
    t->n = 0;
    t->fold_len = 0;
    if (text.len >= (size_t)1 << 30) {
        return SF_ETOOBIG;
    }
    /* Lower case takes at most 3 bytes for 2, and a space after each token. */
    if (sf_grow(&t->fold, &t->fold_cap, text.len * 2 + 1, 1) != SF_OK) {
        return SF_ENOMEM;
    }
    reader r = {.out = t, .text = text.len > 0 ? text.ptr : "", .len = text.len};
    for (;;) {
        unsigned flags = skip_gap(&r);
        if (r.pos >= r.len) {
            return SF_OK;
        }
        if (t->n == t->cap && sf_grow(&t->at, &t->cap, t->n + 1, sizeof *t->at) != SF_OK) {
            return SF_ENOMEM;
        }
        read_token(&r, &t->at[t->n], flags);
        t->n++;
    }
}

void sf_tokens_free(sf_tokens *t)
{
    free(t->at);
    free(t->fold);
    memset(t, 0, sizeof *t);
}
