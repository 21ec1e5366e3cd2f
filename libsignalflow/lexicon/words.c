/* SPDX-License-Identifier: MIT */
/* Rows of kinds "stopwords", "frequencies" and "classes": what is known of words at large. They live in one dict; a row of one
 * kind leaves alone what the others said. */
#include "lexicon/words.h"

/* Takes what `flags` stand for from a word; a word of which nothing is left goes. */
static void forget(sf_lexicon_builder *b, sf_str word, uint32_t flags)
{
    sf_dict_row *known = sf_dict_row_of(&b->words, word);
    if (known != NULL) {
        known->flags &= ~flags;
        if (known->flags == 0) {
            known->removed = 1;
        }
    }
}

/* What the second field of a row says; 0: nothing that is known. */
static uint32_t flags_of_stopword(sf_str s)
{
    if (s.len == 6 && memcmp(s.ptr, "abroad", 6) == 0) {
        return SF_WORD_STOP_ABROAD;
    }
    return s.len == 7 && memcmp(s.ptr, "foreign", 7) == 0 ? SF_WORD_STOP | SF_WORD_FOREIGN : 0;
}

int sf_row_stopword(sf_lexicon_builder *b, sf_row *row)
{
    sf_str none = {"", 0};
    sf_str word = row->field[0];
    if (row->remove) {
        forget(b, word, SF_WORD_STOP | SF_WORD_STOP_ABROAD | SF_WORD_FOREIGN);
        return SF_OK;
    }
    uint32_t flag = row->n < 2 ? SF_WORD_STOP : flags_of_stopword(row->field[1]);
    if (word.len == 0 || flag == 0) {
        row->fault = "a row is: word [TAB abroad or foreign]";
        return SF_EPARSE;
    }
    sf_dict_row *known = sf_dict_row_of(&b->words, word);
    if (known != NULL) {
        known->flags |= flag;
        return SF_OK;
    }
    return sf_dict_put(&b->words, word, none, flag, 0.0);
}

int sf_row_frequency(sf_lexicon_builder *b, sf_row *row)
{
    sf_str none = {"", 0};
    sf_str word = row->field[0];
    double zipf;
    b->own_words |= b->own;
    double share = 1.0; /* a word in a list of words is an ordinary one */
    if (row->remove) {
        forget(b, word, SF_WORD_KNOWN | 0xFFU << SF_WORD_SHARE_SHIFT);
        return SF_OK;
    }
    if (row->n < 2 || word.len == 0) {
        row->fault = "a row is: word TAB zipf [TAB share of lower-case spellings]";
        return SF_EPARSE;
    }
    if (sf_row_number(row->field[1], &zipf) != SF_OK || !(zipf >= 0.0 && zipf <= 9.0)) {
        row->fault = "the zipf is no number of 0 to 9";
        return SF_EPARSE;
    }
    if (row->n > 2 && (sf_row_number(row->field[2], &share) != SF_OK || !(share >= 0.0 && share <= 1.0))) {
        row->fault = "the share is no number of 0 to 1";
        return SF_EPARSE;
    }
    sf_dict_row *known = sf_dict_row_of(&b->words, word);
    uint32_t flags = SF_WORD_KNOWN | (known != NULL ? known->flags & ~(0xFFU << SF_WORD_SHARE_SHIFT) : 0);
    flags |= (uint32_t)(share * 100.0 + 0.5) << SF_WORD_SHARE_SHIFT;
    return sf_dict_put(&b->words, word, none, flags, zipf);
}

const char *sf_word_class_name(sf_word_class c)
{
    static const char *const names[SF_CLASS_COUNT] = {
        "none",   "noun",      "verb",           "adjective",      "relational",
        "adverb", "noun-verb", "adjective-noun", "adjective-verb", "any",
    };
    return names[c];
}

int sf_row_class(sf_lexicon_builder *b, sf_row *row)
{
    uint32_t class = SF_CLASS_NONE;
    sf_dict_row *known = sf_dict_row_of(&b->words, row->field[0]);
    if (row->remove) {
        forget(b, row->field[0], 0xFU << SF_WORD_CLASS_SHIFT);
        return SF_OK;
    }
    for (unsigned i = SF_CLASS_NOUN; i < SF_CLASS_COUNT && row->n > 1; i++) {
        const char *name = sf_word_class_name(i);
        class =
            strlen(name) == row->field[1].len && memcmp(name, row->field[1].ptr, row->field[1].len) == 0 ? i : class;
    }
    if (class == SF_CLASS_NONE || row->field[0].len == 0) {
        row->fault = "a row is: word TAB noun, verb, adjective, relational, adverb, noun-verb, adjective-noun, "
                     "adjective-verb or any";
        return SF_EPARSE;
    }
    if (known != NULL) {
        known->flags = (known->flags & ~(0xFU << SF_WORD_CLASS_SHIFT)) | class << SF_WORD_CLASS_SHIFT;
        return SF_OK;
    }
    sf_str none = {"", 0};
    return sf_dict_put(&b->words, row->field[0], none, class << SF_WORD_CLASS_SHIFT, 0.0);
}

int sf_word_share_of_stem(const sf_lexicon *l, const char *p, size_t n)
{
#define CUT(ending, instead)                                                                                           \
    {                                                                                                                  \
        ending, instead, sizeof ending - 1, sizeof instead - 1                                                         \
    }
    static const struct {
        const char *ending, *instead;
        size_t cut, more;
    } endings[] = {CUT("ies", "y"), CUT("ied", "y"), CUT("es", ""),   CUT("s", ""),     CUT("ed", ""),  CUT("ed", "e"),
                   CUT("ing", ""),  CUT("ing", "e"), CUT("ly", ""),   CUT("er", ""),    CUT("er", "e"), CUT("est", ""),
                   CUT("ness", ""), CUT("able", ""), CUT("less", ""), CUT("ful", ""),   CUT("ism", ""), CUT("ish", ""),
                   CUT("ment", ""), CUT("ity", ""),  CUT("y", ""),    CUT("men", "man")};
#undef CUT
    char stem[32];
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        size_t cut = endings[i].cut, more = endings[i].more;
        if (n < cut + 3 || n >= sizeof stem - 4 || p[n - 1] != endings[i].ending[cut - 1] ||
            memcmp(p + n - cut, endings[i].ending, cut) != 0) {
            continue;
        }
        memcpy(stem, p, n - cut);
        memcpy(stem + n - cut, endings[i].instead, more);
        const sf_dict_entry *e = sf_dict_find(&l->words, stem, n - cut + more);
        int share = sf_word_is_rare(e) ? SF_WORD_RARE : e != NULL && (e->flags & SF_WORD_KNOWN) ? sf_word_share(e) : 0;
        if (share >= SF_WORD_ORDINARY) {
            return share;
        }
    }
    return -1;
}
