/* SPDX-License-Identifier: MIT */
/* VADER's words: those of the rules, and the valences of the lexicon, in one table.
 *
 * The rules' words and factors are those of vaderSentiment 3.3.2 (C.J. Hutto, MIT, data/lexicons/LICENSES/). */
#include "lexicon/vader.h"

#include <stdlib.h>

#include "text/utf8.h"

static const struct {
    uint8_t role;
    const char *words;
} roles[] = {
    {SF_VADER_BOOSTS,
     "absolutely amazingly awfully completely considerable considerably decidedly deeply effing enormous enormously "
     "entirely especially exceptional exceptionally extreme extremely fabulously flippin flipping frackin fracking "
     "frickin fricking friggin frigging fuckin fucking fuggin fugging fully greatly hella highly hugely incredible "
     "incredibly intensely major majorly more most particularly purely quite really remarkably so substantially "
     "thoroughly total totally tremendous tremendously uber unbelievably unusually utter utterly very"},
    {SF_VADER_DAMPENS,
     "almost barely hardly kind-of kinda kindof less little marginal marginally occasional occasionally partly scarce "
     "scarcely slight slightly somewhat sort-of sorta sortof"},
    {SF_VADER_NEGATES,
     "ain't aint aren't arent can't cannot cant couldn't couldnt daren't darent despite didn't didnt doesn't doesnt "
     "don't dont hadn't hadnt hasn't hasnt haven't havent isn't isnt mightn't mightnt mustn't mustnt needn't neednt "
     "neither never none nope nor not nothing nowhere oughtn't oughtnt rarely seldom shan't shant shouldn't shouldnt "
     "uh-uh uhuh wasn't wasnt weren't werent without won't wont wouldn't wouldnt"},
};

static const char *const names[SF_VADER_NAMES] = {
    [SF_VADER_ASS] = "ass",         [SF_VADER_AT] = "at",           [SF_VADER_BAD] = "bad",
    [SF_VADER_BEATING] = "beating", [SF_VADER_BOMB] = "bomb",       [SF_VADER_BUS] = "bus",
    [SF_VADER_BUT] = "but",         [SF_VADER_DEATH] = "death",     [SF_VADER_DIE] = "die",
    [SF_VADER_DOUBT] = "doubt",     [SF_VADER_ENOUGH] = "enough",   [SF_VADER_FOR] = "for",
    [SF_VADER_HEART] = "heart",     [SF_VADER_JUST] = "just",       [SF_VADER_KIND] = "kind",
    [SF_VADER_KISS] = "kiss",       [SF_VADER_LEAST] = "least",     [SF_VADER_NEVER] = "never",
    [SF_VADER_NO] = "no",           [SF_VADER_NOR] = "nor",         [SF_VADER_OF] = "of",
    [SF_VADER_OR] = "or",           [SF_VADER_RIGHT] = "right",     [SF_VADER_SHIT] = "shit",
    [SF_VADER_SO] = "so",           [SF_VADER_SORT] = "sort",       [SF_VADER_STOP] = "stop",
    [SF_VADER_THE] = "the",         [SF_VADER_THIS] = "this",       [SF_VADER_TO] = "to",
    [SF_VADER_VERY] = "very",       [SF_VADER_WITHOUT] = "without", [SF_VADER_YEAH] = "yeah",
};

/* A table in the making: room for all words is had before the first one goes in. */
typedef struct builder {
    uint64_t *filter;
    uint32_t *slots;
    sf_vader_word *words;
    unsigned char *keys;
    sf_vader_emoji *emoji;
    sf_vader v; /* counts, and views of the above */
} builder;

int sf_vader_same_rest(const sf_vader *v, const sf_vader_word *w, const char *p)
{
    const char *key = (const char *)v->keys + w->key;
    for (size_t i = 8; i < w->len; i += 8) {
        if (sf_vader_part(p, w->len, i) != sf_vader_load(key + i)) {
            return 0;
        }
    }
    return 1;
}

static uint64_t hash_of(const char *p, size_t len)
{
    uint64_t h = len;
    for (size_t i = 0; i < len; i += 16) {
        uint64_t half[2] = {sf_vader_part(p, len, i), i + 8 < len ? sf_vader_part(p, len, i + 8) : 0};
        h = sf_vader_hash(h, half);
    }
    return h;
}

uint32_t sf_vader_find(const sf_vader *v, const char *p, size_t len)
{
    if (len > v->longest) {
        return 0;
    }
    uint64_t hash = hash_of(p, len);
    return sf_vader_passes(v, hash) ? sf_vader_probe(v, hash, sf_vader_part(p, len, 0), p, len) : 0;
}

/* A key with an ASCII capital can never be met, since texts are lower-cased; it stays out. */
static int reachable(sf_str key)
{
    for (size_t i = 0; i < key.len; i++) {
        if (key.ptr[i] >= 'A' && key.ptr[i] <= 'Z') {
            return 0;
        }
    }
    return key.len > 0;
}

static size_t padded(size_t len)
{
    return (len + 7) / 8 * 8;
}

static sf_vader_word *put(builder *b, sf_str key)
{
    char *copy = (char *)b->keys + b->v.n_keys;
    if (key.len > 0) {
        memcpy(copy, key.ptr, key.len); /* the table's bytes are 0 from the start: the copy is padded */
    }
    uint64_t hash = hash_of(copy, key.len);
    uint32_t known = sf_vader_find(&b->v, copy, key.len);
    if (known != 0) {
        memset(copy, 0, key.len);
        return &b->words[known];
    }
    uint64_t bit = hash >> (64 - b->v.filter_bits);
    b->filter[bit / 64] |= (uint64_t)1 << (bit % 64);
    uint32_t slot = (uint32_t)hash & b->v.mask;
    while (b->slots[slot] != 0) {
        slot = (slot + 1) & b->v.mask;
    }
    b->slots[slot] = b->v.count;
    sf_vader_word *w = &b->words[b->v.count++];
    w->head = sf_vader_load(copy);
    w->key = b->v.n_keys;
    w->len = (uint16_t)key.len;
    b->v.n_keys += (uint32_t)padded(key.len);
    b->v.longest = w->len > b->v.longest ? w->len : b->v.longest;
    return w;
}

/* The next of the words in a list that blanks part; empty at its end. */
static sf_str next_word(const char **list)
{
    sf_str word = {*list, strcspn(*list, " ")};
    *list += word.len + ((*list)[word.len] == ' ');
    return word;
}

static void put_rule_words(builder *b)
{
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        const char *list = roles[i].words;
        for (sf_str word = next_word(&list); word.len > 0; word = next_word(&list)) {
            sf_vader_word *w = put(b, word);
            w->roles = (uint8_t)(w->roles | roles[i].role);
        }
    }
    for (size_t i = 1; i < SF_VADER_NAMES; i++) {
        put(b, sf_cstr(names[i]))->name = (uint8_t)i;
    }
}

static void put_valences(builder *b, const sf_dict *valences)
{
    for (uint32_t i = 0; i < valences->count; i++) {
        sf_str key = sf_dict_key(valences, &valences->entries[i]);
        if (reachable(key)) {
            sf_vader_word *w = put(b, key);
            w->valence = valences->numbers[i];
            w->roles |= SF_VADER_LEXICON;
        }
    }
}

/* Only single characters can ever match: the reference looks at one at a time. */
static int single_character(sf_str key, uint32_t *cp)
{
    int broken = 0;
    return key.len > 0 && sf_utf8_read(key.ptr, key.len, cp, &broken) == key.len && !broken;
}

static void put_emoji(builder *b, const sf_dict *emoji)
{
    for (uint32_t i = 0; i < emoji->count; i++) {
        uint32_t cp;
        if (!single_character(sf_dict_key(emoji, &emoji->entries[i]), &cp)) {
            continue;
        }
        uint32_t at = sf_vader_emoji_slot(&b->v, cp);
        while (b->emoji[at].cp != 0) {
            at = (at + 1) & b->v.emoji_mask;
        }
        b->emoji[at] = (sf_vader_emoji){cp + 1, i};
        b->v.ascii_emoji |= cp < 0x80;
    }
}

/* ---- room ---- */

static uint32_t power_of_two(size_t least)
{
    uint32_t n = 64;
    while (n < least && n < 1U << 31) {
        n *= 2;
    }
    return n;
}

/* Upper bounds of what put_...() will add. */
static void measure(const sf_dict *valences, size_t *words, size_t *keys)
{
    *words = 1 + SF_VADER_NAMES + valences->count;
    *keys = 8; /* of word 0, and so that there is always something */
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        const char *list = roles[i].words;
        for (sf_str word = next_word(&list); word.len > 0; word = next_word(&list)) {
            *words += 1;
            *keys += padded(word.len);
        }
    }
    for (size_t i = 1; i < SF_VADER_NAMES; i++) {
        *keys += padded(strlen(names[i]));
    }
    for (uint32_t i = 0; i < valences->count; i++) {
        *keys += padded(valences->entries[i].key_len);
    }
}

static int make_room(builder *b, const sf_dict *valences, const sf_dict *emoji)
{
    size_t n_words, n_keys;
    measure(valences, &n_words, &n_keys);
    uint32_t n_slots = power_of_two(n_words * 2);
    uint32_t n_cells = power_of_two((size_t)emoji->count * 2);
    uint32_t n_bits = power_of_two(n_words * 16);
    b->filter = calloc(n_bits / 64, sizeof *b->filter);
    b->slots = calloc(n_slots, sizeof *b->slots);
    b->words = calloc(n_words, sizeof *b->words);
    b->keys = calloc(n_keys, 1);
    b->emoji = calloc(n_cells, sizeof *b->emoji);
    b->v = (sf_vader){b->filter, b->slots, b->words, b->keys, b->emoji, 0, n_slots - 1, 1, 8, 0, n_cells - 1, 0};
    while ((uint32_t)1 << b->v.filter_bits < n_bits) {
        b->v.filter_bits++;
    }
    return b->filter && b->slots && b->words && b->keys && b->emoji ? SF_OK : SF_ENOMEM;
}

int sf_vader_build(const sf_dict *valences, const sf_dict *emoji, sf_vader *out)
{
    builder b = {0};
    memset(out, 0, sizeof *out);
    if (make_room(&b, valences, emoji) != SF_OK) {
        sf_vader_free(&b.v);
        return SF_ENOMEM;
    }
    put_valences(&b, valences);
    put_rule_words(&b);
    put_emoji(&b, emoji);
    *out = b.v;
    return SF_OK;
}

void sf_vader_free(sf_vader *v)
{
    /* Views are const for everyone but the one who made them. */
    free((void *)(uintptr_t)v->filter);
    free((void *)(uintptr_t)v->slots);
    free((void *)(uintptr_t)v->words);
    free((void *)(uintptr_t)v->keys);
    free((void *)(uintptr_t)v->emoji);
    memset(v, 0, sizeof *v);
}
