/* SPDX-License-Identifier: MIT */
/* Rows of kind "names": label TAB canonical|alias|alias... [TAB id] */
#include "lexicon/names.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "memory.h"
#include "text/tokens.h"
#include "text/utf8.h"

typedef struct labelled {
    const char *name;
    uint32_t flags;
} labelled;

/* What a row's first field may say: a kind of entity, or what a word tells of its neighbours. */
static const labelled labels[] = {
    {"NONE", SF_NAME_FULL | SF_LABEL_NONE},
    {"PER", SF_NAME_FULL | SF_LABEL_PER},
    {"LOC", SF_NAME_FULL | SF_LABEL_LOC},
    {"ORG", SF_NAME_FULL | SF_LABEL_ORG},
    {"PROD", SF_NAME_FULL | SF_LABEL_PROD},
    {"WORK", SF_NAME_FULL | SF_LABEL_WORK},
    {"EVENT", SF_NAME_FULL | SF_LABEL_EVENT},
    {"MISC", SF_NAME_FULL | SF_LABEL_MISC},
    {"given", SF_NAME_GIVEN},
    {"family", SF_NAME_FAMILY},
    {"title", SF_NAME_TITLE},
    {"org-word", SF_NAME_ORG_WORD},
    {"loc-word", SF_NAME_LOC_WORD},
    {"work-word", SF_NAME_WORK_WORD},
    {"prod-word", SF_NAME_PROD_WORD},
    {"event-word", SF_NAME_EVENT_WORD},
    {"people-word", SF_NAME_PEOPLE},
    {"code-word", SF_NAME_CODE_WORD},
    {"phrase", SF_NAME_PHRASE},
};

#define MAX_TOKENS 12 /* of a name */
#define MAX_LABEL  32 /* bytes of a label of the user's own */

/* Labels of the user's own are in capitals. */
int sf_label_is_well_formed(sf_str label)
{
    for (size_t i = 0; i < label.len; i++) {
        char c = label.ptr[i];
        if (!((c >= 'A' && c <= 'Z') || (i > 0 && (c == '_' || c == '-' || (c >= '0' && c <= '9'))))) {
            return 0;
        }
    }
    return label.len > 0 && label.len <= MAX_LABEL;
}

/* The flags of a label, 0 for what cannot be one. */
static uint32_t flags_of(sf_str label)
{
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        if (strlen(labels[i].name) == label.len && memcmp(labels[i].name, label.ptr, label.len) == 0) {
            return labels[i].flags;
        }
    }
    return sf_label_is_well_formed(label) ? SF_NAME_FULL | SF_LABEL_OWN : 0;
}

/* ---- one name ---- */

typedef struct naming {
    sf_lexicon_builder *b;
    sf_tokens tokens; /* of the alias */
    char *text;       /* what a full name's entry carries */
    size_t text_len, text_cap;
    uint32_t flags;
} naming;

/* Whether an entry is a form of the name that is being put in: its label and id are the same. */
static int is_same_name(const naming *n, const sf_dict_row *known, uint32_t flags)
{
    const uint32_t name = SF_NAME_FULL | SF_NAME_LABEL | SF_NAME_EXACT;
    return (known->flags & name) == (flags & name) && known->text_len == n->text_len &&
           sf_same_bytes(n->b->names.bytes + known->text, n->text, n->text_len);
}

/* Puts an entry in or adds to the one that is there. */
static int add_entry(naming *n, sf_str key, uint32_t flags)
{
    sf_str none = {"", 0};
    sf_str text = {n->text, n->text_len};
    sf_dict_row *known = sf_dict_row_of(&n->b->names, key);
    if ((flags & SF_NAME_FULL) == 0) {
        if (flags & SF_NAME_PHRASE && (known == NULL || (known->flags & SF_NAME_FULL) == 0)) {
            return sf_dict_put(&n->b->names, key, text, flags | (known != NULL ? known->flags : 0), 0.0);
        }
        if (known != NULL) {
            known->flags |= flags & ~(uint32_t)SF_NAME_PHRASE;
            return SF_OK;
        }
        return sf_dict_put(&n->b->names, key, none, flags, 0.0);
    }
    flags |= n->b->own ? SF_NAME_OWN : 0;
    n->b->own_names |= n->b->own;
    uint32_t form = SF_NAME_LABEL | SF_NAME_ANY_CASE | SF_NAME_EXACT | SF_NAME_OWN; /* the last row's holds */
    if (known != NULL && is_same_name(n, known, flags)) { /* one of its forms is small: GitHub|github|Github */
        flags |= known->flags & SF_NAME_ANY_CASE;
    }
    flags |= known != NULL ? known->flags & ~(form | SF_NAME_PHRASE) : 0;
    return sf_dict_put(&n->b->names, key, text, flags, 0.0);
}

static int reads_as_name(const sf_tokens *t)
{
    size_t words = 0;
    for (size_t i = 0; i < t->n; i++) {
        words += t->at[i].fold_len > 0;
        if (t->at[i].kind == SF_TOKEN_URL || t->at[i].kind == SF_TOKEN_MENTION) {
            return 0;
        }
    }
    return words >= 1 && words <= MAX_TOKENS;
}

static uint32_t case_of(const sf_tokens *t)
{
    for (size_t i = 0; i < t->n; i++) {
        if (t->at[i].shape > SF_SHAPE_LOWER) {
            return 0;
        }
    }
    return SF_NAME_ANY_CASE;
}

static int add_alias(naming *n, sf_row *row, sf_str alias)
{
    uint32_t flags = n->flags;
    if (alias.len > 1 && alias.ptr[0] == '=') {
        alias.ptr++;
        alias.len--;
        flags |= SF_NAME_EXACT;
    }
    int status = sf_tokens_read(&n->tokens, alias);
    if (status != SF_OK) {
        return status;
    }
    const sf_tokens *t = &n->tokens;
    if (!reads_as_name(t)) {
        row->fault = "a name must have words, 12 at the most";
        return SF_EPARSE;
    }
    if (flags & SF_NAME_FULL && (flags & SF_NAME_EXACT) == 0) {
        flags |= case_of(t);
    }
    sf_str key = {t->fold, 0};
    uint32_t goes_on = SF_NAME_GOES_ON;
    for (size_t i = 0; i < t->n; i++) {
        if (t->at[i].fold_len == 0) {
            continue;
        }
        if (key.len > 0) {
            status = add_entry(n, key, goes_on);
        }
        goes_on = SF_NAME_GOES_ON | (t->at[i].flags & SF_TOKEN_POSSESSIVE ? SF_NAME_POSSESSIVE : 0U);
        key.len = t->at[i].fold + t->at[i].fold_len;
        if (status != SF_OK) {
            return status;
        }
    }
    return add_entry(n, key, flags);
}

/* Appends s in lower case to the text that full names carry. */
static int append_lower(naming *n, sf_str s)
{
    if (sf_grow(&n->text, &n->text_cap, n->text_len + s.len * 3 + 1, 1) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t i = 0; i < s.len;) {
        uint32_t cp;
        int broken = 0;
        i += sf_utf8_read(s.ptr + i, s.len - i, &cp, &broken);
        n->text_len += sf_utf8_write((uint32_t)utf8proc_tolower((utf8proc_int32_t)cp), n->text + n->text_len);
    }
    return SF_OK;
}

static int set_text(naming *n, sf_str label, sf_str id)
{
    if ((n->flags & SF_NAME_LABEL) == SF_LABEL_OWN) {
        if (sf_grow(&n->text, &n->text_cap, label.len + 1, 1) != SF_OK) {
            return SF_ENOMEM;
        }
        memcpy(n->text, label.ptr, label.len);
        n->text[label.len] = '\0';
        n->text_len = label.len + 1;
    }
    return append_lower(n, id);
}

static sf_str next_alias(sf_str *rest)
{
    const char *bar = rest->len > 0 ? memchr(rest->ptr, '|', rest->len) : NULL;
    sf_str alias = {rest->ptr, bar != NULL ? (size_t)(bar - rest->ptr) : rest->len};
    size_t used = alias.len + (bar != NULL);
    rest->ptr += used;
    rest->len -= used;
    return alias;
}

static int add_aliases(naming *n, sf_row *row)
{
    sf_str rest = row->field[1];
    sf_str canonical = next_alias(&rest);
    sf_str id = row->n > 2 && row->field[2].len > 0 ? row->field[2] : canonical;
    if (id.len > 0 && id.ptr[0] == '=') {
        id.ptr++;
        id.len--;
    }
    int status = set_text(n, row->field[0], id);
    status = status != SF_OK ? status : add_alias(n, row, canonical);
    while (status == SF_OK && rest.len > 0) {
        status = add_alias(n, row, next_alias(&rest));
    }
    return status;
}

/* A name that is taken out stays as the beginning of longer ones. */
static int remove_name(naming *n, sf_str name)
{
    int status = sf_tokens_read(&n->tokens, name);
    if (status == SF_OK && n->tokens.fold_len > 0) {
        sf_str key = {n->tokens.fold, n->tokens.fold_len};
        key.len -= key.ptr[key.len - 1] == ' ';
        sf_dict_row *known = sf_dict_row_of(&n->b->names, key);
        if (known != NULL) {
            known->flags &= SF_NAME_GOES_ON | SF_NAME_POSSESSIVE;
            known->removed = known->flags == 0;
        }
    }
    return status;
}

int sf_row_name(sf_lexicon_builder *b, sf_row *row)
{
    naming n = {.b = b};
    int status;
    if (row->remove) {
        status = remove_name(&n, row->field[0]);
    } else if (row->n < 2 || (n.flags = flags_of(row->field[0])) == 0) {
        row->fault =
            "a row is: label TAB name|alias... [TAB id]; labels are PER, LOC, ORG, PROD, WORK, EVENT, MISC, NONE";
        status = SF_EPARSE;
    } else {
        status = add_aliases(&n, row);
    }
    sf_tokens_free(&n.tokens);
    free(n.text);
    return status;
}

/* Rows of kind "watch": name|alias... [TAB id], found however they are written. */
int sf_row_watch(sf_lexicon_builder *b, sf_row *row)
{
    static const sf_str watch = {"WATCH", 5};
    naming n = {.b = b, .flags = SF_NAME_FULL | SF_LABEL_OWN | SF_NAME_ANY_CASE};
    int status;
    if (row->remove) {
        return sf_row_name(b, row);
    }
    row->field[2] = row->n > 1 ? row->field[1] : (sf_str){"", 0};
    row->field[1] = row->field[0];
    row->field[0] = watch;
    row->n = 3;
    status = add_aliases(&n, row);
    sf_tokens_free(&n.tokens);
    free(n.text);
    return status;
}

/* ---- reading ---- */

sf_str sf_label_name(sf_label label)
{
    static const char *const names[SF_LABEL_COUNT] = {
        [SF_LABEL_PER] = "PER",   [SF_LABEL_LOC] = "LOC",     [SF_LABEL_ORG] = "ORG",   [SF_LABEL_PROD] = "PROD",
        [SF_LABEL_WORK] = "WORK", [SF_LABEL_EVENT] = "EVENT", [SF_LABEL_MISC] = "MISC",
    };
    const char *name = (unsigned)label < SF_LABEL_COUNT ? names[label] : NULL;
    return sf_cstr(name != NULL ? name : "MISC");
}

/* Where the label of the user's own ends in an entry's text. */
static size_t own_label_len(sf_str text)
{
    const char *end = memchr(text.ptr, '\0', text.len);
    return end != NULL ? (size_t)(end - text.ptr) : 0;
}

sf_str sf_name_label(const sf_dict *names, const sf_dict_entry *e)
{
    if ((e->flags & SF_NAME_LABEL) != SF_LABEL_OWN) {
        return sf_label_name(e->flags & SF_NAME_LABEL);
    }
    sf_str text = sf_dict_text(names, e);
    text.len = own_label_len(text);
    return text;
}

sf_str sf_name_id(const sf_dict *names, const sf_dict_entry *e)
{
    sf_str text = sf_dict_text(names, e);
    if ((e->flags & SF_NAME_LABEL) == SF_LABEL_OWN) {
        size_t skip = own_label_len(text) + 1;
        text.ptr += skip;
        text.len -= skip;
    }
    return text;
}
