/* SPDX-License-Identifier: MIT */
/* Words for full text: see words.h. */
#include "words.h"

#include <string.h>
#include <utf8proc.h>

enum { LONGEST = 500 }; /* bytes of a lexeme; PostgreSQL takes 2046 */

/* A text, word by word. */
typedef struct reader {
    const unsigned char *at, *end;
    char word[LONGEST + 8];
    size_t len;
} reader;

static int is_mark(int32_t c)
{
    utf8proc_category_t k = utf8proc_category(c);
    return k == UTF8PROC_CATEGORY_MN || k == UTF8PROC_CATEGORY_ME;
}

static int is_of_words(int32_t c)
{
    utf8proc_category_t k = utf8proc_category(c);
    return (k >= UTF8PROC_CATEGORY_LU && k <= UTF8PROC_CATEGORY_LO) ||
           (k >= UTF8PROC_CATEGORY_ND && k <= UTF8PROC_CATEGORY_NO) || k == UTF8PROC_CATEGORY_CO;
}

/* Adds a character without case and accents. */
static void add(reader *r, int32_t c)
{
    utf8proc_int32_t parts[8];
    int last = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char(c, parts, 8, UTF8PROC_DECOMPOSE, &last);
    for (utf8proc_ssize_t i = 0; i < n && i < 8 && r->len < LONGEST; i++) {
        if (!is_mark(parts[i])) {
            r->len += (size_t)utf8proc_encode_char(utf8proc_tolower(parts[i]), (utf8proc_uint8_t *)r->word + r->len);
        }
    }
}

static int32_t next_character(reader *r)
{
    utf8proc_int32_t c;
    utf8proc_ssize_t n = utf8proc_iterate(r->at, r->end - r->at, &c);
    r->at += n > 0 ? n : 1;
    return n > 0 ? c : ' ';
}

/* The next word into r->word. 0: there is none. */
static int next_word(reader *r)
{
    r->len = 0;
    while (r->at < r->end) {
        if (*r->at < 0x80) { /* most are: no table needed */
            unsigned char c = *r->at++;
            int letter = (unsigned char)((c | 0x20) - 'a') < 26, digit = (unsigned char)(c - '0') < 10;
            if (!letter && !digit) {
                if (r->len > 0) {
                    return 1;
                }
            } else if (r->len < LONGEST) {
                r->word[r->len++] = (char)(letter ? c | 0x20 : c);
            }
            continue;
        }
        int32_t c = next_character(r);
        if (is_of_words(c)) {
            add(r, c);
        } else if (r->len > 0 && !is_mark(c)) {
            return 1;
        }
    }
    return r->len > 0;
}

static void start(reader *r, sf_str text)
{
    r->at = (const unsigned char *)text.ptr;
    r->end = r->at + text.len;
    r->len = 0;
}

/* Words never hold what would have to be quoted within quotes. */
static size_t add_words(sf_buffer *b, sf_str text, size_t position)
{
    reader r;
    char number[24];
    start(&r, text);
    while (position < SF_WORDS_MOST && next_word(&r)) {
        size_t n = 0;
        for (size_t p = ++position; p > 0; p /= 10) {
            number[sizeof number - ++n] = (char)('0' + p % 10);
        }
        sf_buffer_put(b, "'", 1);
        sf_buffer_put(b, r.word, r.len);
        sf_buffer_put(b, "':", 2);
        sf_buffer_put(b, number + sizeof number - n, n);
        sf_buffer_put(b, " ", 1);
    }
    return position;
}

void sf_words_topic(sf_buffer *b, sf_str topic)
{
    size_t len = topic.len < LONGEST ? topic.len : LONGEST;
    while (len < topic.len && len > 0 && ((unsigned char)topic.ptr[len] & 0xc0) == 0x80) {
        len--; /* not within a character */
    }
    sf_buffer_text(b, b->len > 0 && b->bytes[b->len - 1] != ' ' ? " & '=" : "'=");
    for (size_t i = 0; i < len; i++) {
        int quoted = topic.ptr[i] == '\'' || topic.ptr[i] == '\\';
        sf_buffer_put(b, topic.ptr + i, (size_t)quoted);
        sf_buffer_put(b, topic.ptr + i, 1);
    }
    sf_buffer_text(b, "'");
}

void sf_words_vector(sf_buffer *b, sf_str title, sf_str body, const sf_str *topics, size_t n_topics)
{
    size_t position = add_words(b, title, 0);
    (void)add_words(b, body, position + 1);
    for (size_t i = 0; i < n_topics; i++) {
        sf_words_topic(b, topics[i]);
        sf_buffer_put(b, " ", 1);
    }
}

void sf_words_phrase(sf_buffer *b, sf_str phrase, int prefix)
{
    reader r;
    int n = 0;
    start(&r, phrase);
    while (next_word(&r)) {
        sf_buffer_text(b, n++ > 0 ? " <-> '" : b->len > 0 ? " & '" : "'");
        sf_buffer_put(b, r.word, r.len);
        sf_buffer_put(b, "'", 1);
    }
    sf_buffer_text(b, n > 0 && prefix ? ":*" : "");
}
