/* SPDX-License-Identifier: MIT */
/* The text as VADER reads it: each emoji that the lexicon has is replaced by its description, character by character, so
 * that only single characters are ever found; broken bytes become U+FFFD. */
#include "memory.h"
#include "sentiment/sentiment.h"
#include "text/utf8.h"

typedef struct reader {
    sf_sentiment_scratch *s;
    sf_str text;
    size_t run; /* start of what stands as it is and is not copied yet */
} reader;

static int make_room(sf_sentiment_scratch *s, size_t more)
{
    size_t need = s->n_text + more + SF_TEXT_PAD;
    if (need > UINT32_MAX) {
        return SF_ETOOBIG;
    }
    return sf_grow(&s->text, &s->cap_text, need, 1);
}

static int add_piece(reader *r, size_t start, size_t end, sf_piece_kind kind)
{
    sf_sentiment_scratch *s = r->s;
    if (sf_grow(&s->pieces, &s->cap_pieces, s->n_pieces + 1, sizeof *s->pieces) != SF_OK) {
        return SF_ENOMEM;
    }
    s->pieces[s->n_pieces++] = (sf_piece){(uint32_t)s->n_text, (uint32_t)start, (uint32_t)end, kind};
    return SF_OK;
}

/* Copies the text from run up to here. */
static int copy_run(reader *r, size_t here)
{
    sf_sentiment_scratch *s = r->s;
    size_t n = here - r->run;
    if (n == 0) {
        return SF_OK;
    }
    int status = make_room(s, n);
    status = status != SF_OK ? status : add_piece(r, r->run, here, SF_PIECE_COPY);
    if (status != SF_OK) {
        return status;
    }
    memcpy(s->text + s->n_text, r->text.ptr + r->run, n);
    s->n_text += n;
    return SF_OK;
}

/* Puts `instead` in place of the n bytes at `here`. */
static int replace(reader *r, size_t here, size_t n, sf_str instead, sf_piece_kind kind)
{
    sf_sentiment_scratch *s = r->s;
    int status = copy_run(r, here);
    status = status != SF_OK ? status : make_room(s, instead.len + 1);
    status = status != SF_OK ? status : add_piece(r, here, here + n, kind);
    if (status != SF_OK) {
        return status;
    }
    if (kind == SF_PIECE_EMOJI) {
        s->text[s->n_text++] = ' '; /* the reference adds none after another one; for the tokens that is the same */
    }
    memcpy(s->text + s->n_text, instead.ptr, instead.len);
    s->n_text += instead.len;
    r->run = here + n;
    return SF_OK;
}

static int read_characters(reader *r, const sf_lexicon *l, size_t i)
{
    static const sf_str replacement = {"\xEF\xBF\xBD", 3};
    while (i < r->text.len) {
        uint32_t cp;
        int broken = 0, status = SF_OK;
        size_t n = sf_utf8_read(r->text.ptr + i, r->text.len - i, &cp, &broken);
        int64_t emoji = cp >= 0x80 || l->vader.ascii_emoji ? sf_vader_emoji_of(&l->vader, cp) : -1;
        if (emoji >= 0) {
            status = replace(r, i, n, sf_dict_text(&l->emoji, &l->emoji.entries[emoji]), SF_PIECE_EMOJI);
        } else if (broken) {
            status = replace(r, i, n, replacement, SF_PIECE_BROKEN);
        }
        if (status != SF_OK) {
            return status;
        }
        i += n;
    }
    return copy_run(r, r->text.len);
}

int sf_sentiment_read(sf_sentiment_scratch *s, const sf_lexicon *l, sf_str text)
{
    s->n_text = 0;
    s->n_pieces = 0;
    int status = text.len > INT32_MAX ? SF_ETOOBIG : make_room(s, text.len);
    if (status != SF_OK) {
        return status;
    }
    size_t ascii = l->vader.ascii_emoji ? 0 : sf_utf8_ascii(text.ptr, text.len);
    if (ascii == text.len) {
        if (text.len > 0) {
            memcpy(s->text, text.ptr, text.len);
        }
        s->n_text = text.len;
    } else {
        reader r = {s, text, 0};
        status = read_characters(&r, l, ascii);
    }
    if (status == SF_OK) {
        memset(s->text + s->n_text, ' ', SF_TEXT_PAD);
    }
    return status;
}
