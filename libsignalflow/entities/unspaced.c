/* SPDX-License-Identifier: MIT */
/* Names of the gazetteer in scripts without spaces: Chinese, Japanese, Thai and its kin. The tokeniser parts a clause where
 * the script changes and nowhere else, so a name may stand inside a token, or reach over several: トヨタ|自動車|の|社長.
 *
 * What may be around it depends on the script:
 *   - Han and Thai: anything. The longest name at a place wins, and rows of label NONE take theirs (今日, so no 日本 in
 *     今日本当に).
 *   - Katakana spells foreign words, and what is inside a longer one is mostly chance (India in インドア, "indoor"). A name is
 *     the whole run, or the run parts without rest into rows of the gazetteer: アップル|ウォッチ, ロシア|ウクライナ. Ordinary words
 *     that names are joined to are rows of label NONE.
 *   - Hiragana: a name of three letters and more at the run's start or behind particles, and a particle or the run's end
 *     after it: は|さいたま|で. */
#include "entities/unspaced.h"

enum {
    LEAST = 2,        /* characters of a name */
    LEAST_KANA = 3,   /* of one that is in Kana alone, if it is not all of a run of Katakana */
    MOST = 12,        /* of a name that is looked for */
    LONGEST_RUN = 32, /* characters of a run of Katakana that is parted */
    SCRIPTS = SF_TOKEN_HAN | SF_TOKEN_HIRAGANA | SF_TOKEN_KATAKANA | SF_TOKEN_UNSPACED
};

typedef struct place {
    size_t token;
    size_t at; /* bytes of it that lie behind; what is folded is as long as what was given */
} place;

static const char *bytes(const sf_document *d, place p)
{
    return d->tokens.fold + d->tokens.at[p.token].fold + p.at;
}

static size_t left(const sf_document *d, place p)
{
    return d->tokens.at[p.token].fold_len - p.at;
}

static int has(const sf_document *d, size_t token, unsigned scripts)
{
    return (d->tokens.at[token].flags & scripts) != 0;
}

/* Whether a token can be looked into: nothing was dropped from it, so that bytes stand where they stood. */
static int is_open(const sf_document *d, size_t i)
{
    if (i >= d->tokens.n) {
        return 0;
    }
    const sf_token *t = &d->tokens.at[i];
    return t->kind == SF_TOKEN_WORD && t->shape == SF_SHAPE_NONE && (t->flags & SCRIPTS) &&
           t->fold_len == t->end - t->start && d->weighed[i] != SF_GIVEN;
}

/* The token that goes on where token i ends, in another of these scripts, or 0. */
static size_t joined_to(const sf_document *d, size_t i)
{
    return is_open(d, i + 1) && d->tokens.at[i + 1].start == d->tokens.at[i].end ? i + 1 : 0;
}

/* Likewise, also behind the dot between foreign names: ボスニア・ヘルツェゴビナ. */
static size_t next_of_name(const sf_document *d, size_t i)
{
    const sf_token *t = &d->tokens.at[i + 1];
    int dot = i + 1 < d->tokens.n && t->first == 0x30FB && t->fold_len == 0 && t->start == t[-1].end;
    return joined_to(d, dot ? i + 1 : i);
}

static size_t character_len(const char *p, size_t n)
{
    size_t len = 1;
    while (len < n && ((unsigned char)p[len] & 0xC0) == 0x80) {
        len++;
    }
    return len;
}

/* The particle that p[0..n) begins with: its bytes, or 0. */
static size_t particle_len(const char *p, size_t n)
{
    static const char *const particles[] = {
        "から", "まで", "より", "です", "でし", "だっ", "など", "って", "では", "には", "とは", "でも", "にも", "への",
        "が",   "は",   "を",   "に",   "で",   "と",   "も",   "の",   "へ",   "や",   "か",   "だ",   "ね",   "よ"};
    for (size_t i = 0; i < sizeof particles / sizeof *particles; i++) {
        size_t len = strlen(particles[i]);
        if (len <= n && memcmp(p, particles[i], len) == 0) {
            return len;
        }
    }
    return 0;
}

/* ---- one name ---- */

static int ends_well(const sf_document *d, place end)
{
    if (left(d, end) == 0) {
        return 1;
    }
    if (has(d, end.token, SF_TOKEN_KATAKANA)) {
        return 0;
    }
    return !has(d, end.token, SF_TOKEN_HIRAGANA) || particle_len(bytes(d, end), left(d, end)) > 0;
}

/* Whether a name of so many characters is long enough. */
static int is_enough(const sf_document *d, place from, place end, size_t characters)
{
    int hiragana = from.token == end.token && has(d, from.token, SF_TOKEN_HIRAGANA);
    return characters >= (hiragana ? (size_t)LEAST_KANA : (size_t)LEAST);
}

/* The longest name that starts at a place, or NULL; *to is where it ends. */
static const sf_dict_entry *name_at(const sf_document *d, place from, place *to)
{
    const sf_dict *names = &d->lexicon->names;
    const char *start = bytes(d, from);
    const sf_dict_entry *best = NULL;
    uint32_t hash = SF_HASH_START;
    place p = from;
    for (size_t characters = 1; characters <= MOST; characters++) {
        if (left(d, p) == 0) {
            size_t next = next_of_name(d, p.token);
            if (next == 0) {
                break;
            }
            p = (place){next, 0};
            hash = sf_hash_more(hash, ' ');
        }
        const char *c = bytes(d, p);
        size_t len = character_len(c, left(d, p));
        for (size_t i = 0; i < len; i++) {
            hash = sf_hash_more(hash, (unsigned char)c[i]);
        }
        p.at += len;
        size_t n = (size_t)(c - start) + len;
        if (n > names->longest) {
            break;
        }
        if (is_enough(d, from, p, characters) && ends_well(d, p)) {
            const sf_dict_entry *e = sf_dict_find_hashed(names, start, n, sf_hash_end(hash));
            if (e != NULL && (e->flags & SF_NAME_FULL)) {
                best = e;
                *to = p;
            }
        }
    }
    return best;
}

/* What follows makes a people, a language or letters of a place: Japan | 人, 語; Rome | 字. These are no names, as in English. */
static int is_of_people(const sf_document *d, place end)
{
    static const char *const signs[] = {"人", "語", "语", "字"};
    place p = end;
    if (left(d, p) == 0) {
        p = (place){joined_to(d, p.token), 0};
        if (p.token == 0) {
            return 0;
        }
    }
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (left(d, p) >= strlen(signs[i]) && memcmp(bytes(d, p), signs[i], strlen(signs[i])) == 0) {
            return 1;
        }
    }
    return 0;
}

static void keep_name(sf_document *d, const sf_dict_entry *e, place from, place to)
{
    sf_candidate c = {.first = (uint32_t)from.token, .last = (uint32_t)to.token, .entry = e};
    c.rule = SF_RULE_GAZETTEER;
    c.label = (uint8_t)(e->flags & SF_NAME_LABEL);
    c.keep = c.label != SF_LABEL_NONE && !is_of_people(d, to);
    c.start = d->tokens.at[from.token].start + (uint32_t)from.at;
    c.end = d->tokens.at[to.token].start + (uint32_t)to.at;
    sf_document_keep(d, &c);
}

/* ---- runs of Katakana that are several words ---- */

typedef struct piece {
    const sf_dict_entry *entry; /* NULL: the rest of the run does not part */
    uint8_t end;                /* in characters */
    uint8_t pieces;             /* up to the run's end */
} piece;

/* A row that may be a part: of three letters, or of two where it is an ordinary word. */
static const sf_dict_entry *part(const sf_document *d, const char *p, size_t n, size_t characters, uint32_t hash)
{
    const sf_dict_entry *e = sf_dict_find_hashed(&d->lexicon->names, p, n, sf_hash_end(hash));
    if (e == NULL || !(e->flags & SF_NAME_FULL)) {
        return NULL;
    }
    int ordinary = (e->flags & SF_NAME_LABEL) == SF_LABEL_NONE;
    return characters >= (ordinary ? (size_t)LEAST : (size_t)LEAST_KANA) ? e : NULL;
}

/* The fewest rows that p[at[i]..] parts into, if what comes after each is known; of equals, the longest first. */
static piece first_piece(const sf_document *d, const char *p, const size_t *at, size_t i, size_t n, const piece *known)
{
    piece best = {NULL, 0, 0};
    uint32_t hash = SF_HASH_START;
    for (size_t k = i; k < n && k - i < MOST; k++) {
        for (size_t b = at[k]; b < at[k + 1]; b++) {
            hash = sf_hash_more(hash, (unsigned char)p[b]);
        }
        int parts = k + 1 == n || known[k + 1].entry != NULL;
        const sf_dict_entry *e = parts ? part(d, p + at[i], at[k + 1] - at[i], k + 1 - i, hash) : NULL;
        unsigned pieces = k + 1 == n ? 1U : known[k + 1].pieces + 1U;
        if (e != NULL && (best.entry == NULL || pieces <= best.pieces)) {
            best = (piece){e, (uint8_t)(k + 1), (uint8_t)pieces};
        }
    }
    return best;
}

/* Keeps the names that a run parts into. Returns 0 where it does not. */
static int part_run(sf_document *d, size_t token)
{
    const char *p = d->tokens.fold + d->tokens.at[token].fold;
    size_t len = d->tokens.at[token].fold_len;
    size_t at[LONGEST_RUN + 1]; /* where characters start */
    piece pieces[LONGEST_RUN + 1];
    size_t n = 0;
    for (size_t b = 0; b < len; n++) {
        if (n == LONGEST_RUN) {
            return 0;
        }
        at[n] = b;
        b += character_len(p + b, len - b);
    }
    at[n] = len;
    for (size_t i = n; i-- > 0;) {
        pieces[i] = first_piece(d, p, at, i, n, pieces);
    }
    if (n == 0 || pieces[0].entry == NULL) {
        return 0;
    }
    for (size_t i = 0; i < n; i = pieces[i].end) {
        keep_name(d, pieces[i].entry, (place){token, at[i]}, (place){token, at[pieces[i].end]});
    }
    return 1;
}

/* ---- all of them ---- */

/* Where to look next after no name was found at p; an end of its token where nothing more can start in it. */
static size_t next_start(const sf_document *d, place p)
{
    if (has(d, p.token, SF_TOKEN_KATAKANA)) {
        return p.at + left(d, p);
    }
    if (has(d, p.token, SF_TOKEN_HIRAGANA)) {
        size_t particle = particle_len(bytes(d, p), left(d, p));
        return p.at + (particle > 0 ? particle : left(d, p));
    }
    return p.at + character_len(bytes(d, p), left(d, p));
}

/* Keeps what starts at a place, and moves on. */
static void step(sf_document *d, place *p)
{
    place to;
    const sf_dict_entry *e = name_at(d, *p, &to);
    if (e != NULL) {
        keep_name(d, e, *p, to);
        for (size_t i = p->token; i <= to.token; i++) {
            d->weighed[i] = SF_GIVEN;
        }
        *p = to;
    } else {
        if (has(d, p->token, SF_TOKEN_KATAKANA) && part_run(d, p->token)) {
            d->weighed[p->token] = SF_GIVEN;
        }
        p->at = next_start(d, *p);
    }
}

void sf_document_unspaced(sf_document *d)
{
    for (size_t i = 0; i < d->tokens.n; i++) {
        if (is_open(d, i)) {
            place p = {i, 0};
            while (left(d, p) > 0) {
                step(d, &p);
            }
            i = p.token;
        }
    }
}
