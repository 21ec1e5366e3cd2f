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

/* ---- tsvector ----------------------------------------------------------------------------------------------------- */

enum {
    MOST_PLACES = 256,    /* of one lexeme */
    MOST_BYTES = 1000000, /* of all lexemes and places: PostgreSQL takes 1 MiB */
    OF_A_PLACE = 8,       /* what a place, its count and the space between cost at most */
};

/* A lexeme at a place; 0: it stands nowhere, as topics do. */
typedef struct item {
    uint64_t head; /* its first bytes as a number, by which nearly all are told apart */
    size_t at;     /* in sf_words.text */
    uint16_t len, place;
} item;

static uint64_t head_of(const char *text, size_t len)
{
    uint64_t v = 0;
    for (size_t i = 0; i < sizeof v; i++) {
        v = v << 8 | (i < len ? (unsigned char)text[i] : 0);
    }
    return v;
}

static void add_item(sf_words *w, const char *text, size_t len, size_t place)
{
    item x = {head_of(text, len), w->text.len, (uint16_t)len, (uint16_t)place};
    if (w->bytes + len + OF_A_PLACE <= MOST_BYTES) {
        w->bytes += len + OF_A_PLACE;
        sf_buffer_put(&w->text, text, len);
        sf_buffer_put(&w->items, (const char *)&x, sizeof x);
    }
}

static size_t add_words(sf_words *w, sf_str text, size_t place)
{
    reader r;
    start(&r, text);
    while (place < SF_WORDS_MOST && next_word(&r)) {
        add_item(w, r.word, r.len, ++place);
    }
    return place;
}

/* Of a topic's lexeme, without the "=". */
static size_t topic_length(sf_str topic)
{
    size_t len = topic.len < LONGEST ? topic.len : LONGEST;
    while (len < topic.len && len > 0 && ((unsigned char)topic.ptr[len] & 0xc0) == 0x80) {
        len--; /* not within a character */
    }
    return strnlen(topic.ptr != NULL ? topic.ptr : "", len);
}

static void add_topic(sf_words *w, sf_str topic)
{
    char text[LONGEST + 1] = "=";
    size_t len = topic_length(topic);
    memcpy(text + 1, topic.ptr != NULL ? topic.ptr : "", len);
    add_item(w, text, len + 1, 0);
}

static int compare_texts(const char *base, const item *a, const item *b)
{
    if (a->head != b->head) {
        return a->head < b->head ? -1 : 1;
    }
    int order = memcmp(base + a->at, base + b->at, a->len < b->len ? a->len : b->len);
    return order != 0 ? order : (a->len > b->len) - (a->len < b->len);
}

/* By text, then by place. Shell's sort: texts are short, and a call for each comparison would cost more than all else here. */
static void sort(const char *base, item *v, size_t n)
{
    static const size_t gaps[] = {7173, 3188, 1417, 630, 280, 124, 55, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++) {
        for (size_t i = gaps[g]; i < n; i++) {
            item x = v[i];
            size_t at = i;
            for (; at >= gaps[g]; at -= gaps[g]) {
                const item *before = &v[at - gaps[g]];
                int order = compare_texts(base, before, &x);
                if (order < 0 || (order == 0 && before->place <= x.place)) {
                    break;
                }
                v[at] = *before;
            }
            v[at] = x;
        }
    }
}

/* One lexeme with its places: the first item of v, and how many follow that are of the same text. */
static void put_lexeme(sf_buffer *b, const char *text, const item *v, size_t n)
{
    char bytes[1 + 2 + 2 * MOST_PLACES];
    size_t places = v->place == 0 ? 0 : n < MOST_PLACES ? n : MOST_PLACES, len = 0;
    bytes[len++] = '\0';
    bytes[len++] = (char)(places >> 8);
    bytes[len++] = (char)places;
    for (size_t i = 0; i < places; i++) {
        bytes[len++] = (char)(v[i].place >> 8);
        bytes[len++] = (char)v[i].place;
    }
    sf_buffer_put(b, text, v->len);
    sf_buffer_put(b, bytes, len);
}

size_t sf_words_vector(sf_words *w, sf_buffer *b, sf_str title, sf_str body, const sf_str *topics, size_t n_topics)
{
    size_t lexemes = 0, next, start = b->len;
    sf_buffer_cut(&w->text, 0);
    sf_buffer_cut(&w->items, 0);
    w->bytes = 0;
    (void)add_words(w, body, add_words(w, title, 0) + 1);
    for (size_t i = 0; i < n_topics; i++) {
        add_topic(w, topics[i]);
    }
    b->lost |= w->text.lost | w->items.lost;
    size_t n = b->lost ? 0 : w->items.len / sizeof(item);
    item *v = (item *)(void *)w->items.bytes;
    sort(w->text.bytes, v, n);
    sf_buffer_put(b, "\0\0\0\0", 4);
    for (size_t i = 0; i < n; i = next) {
        for (next = i + 1; next < n && compare_texts(w->text.bytes, &v[i], &v[next]) == 0;) {
            next++;
        }
        put_lexeme(b, w->text.bytes + v[i].at, &v[i], next - i);
        lexemes++;
    }
    for (size_t i = 0; i < 4 && !b->lost; i++) {
        b->bytes[start + i] = (char)(lexemes >> (8 * (3 - i)));
    }
    return lexemes;
}

void sf_words_free(sf_words *w)
{
    sf_buffer_free(&w->text);
    sf_buffer_free(&w->items);
}

/* ---- tsquery ------------------------------------------------------------------------------------------------------ */

void sf_words_topic(sf_buffer *b, sf_str topic)
{
    size_t len = topic_length(topic);
    sf_buffer_text(b, b->len > 0 && b->bytes[b->len - 1] != ' ' ? " & '=" : "'=");
    for (size_t i = 0; i < len; i++) {
        int quoted = topic.ptr[i] == '\'' || topic.ptr[i] == '\\';
        sf_buffer_put(b, topic.ptr + i, (size_t)quoted);
        sf_buffer_put(b, topic.ptr + i, 1);
    }
    sf_buffer_text(b, "'");
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
