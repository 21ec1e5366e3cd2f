/* SPDX-License-Identifier: MIT */
/* From tab-separated tables to a lexicon. */
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "lexicon/lexicon.h"
#include "number.h"

int sf_row_number(sf_str text, double *out)
{
    size_t used = sf_number_read(text.ptr, text.len, out);
    return used > 0 && used == text.len ? SF_OK : SF_EPARSE;
}

static sf_str next_line(sf_str *rest)
{
    sf_str line = {rest->ptr, rest->len};
    const char *nl = rest->len > 0 ? memchr(rest->ptr, '\n', rest->len) : NULL;
    if (nl != NULL) {
        line.len = (size_t)(nl - line.ptr);
        rest->ptr += line.len + 1;
        rest->len -= line.len + 1;
    } else {
        rest->len = 0;
    }
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

static void split(sf_str line, sf_row *row)
{
    memset(row, 0, sizeof *row);
    for (;;) {
        const char *tab = line.len > 0 ? memchr(line.ptr, '\t', line.len) : NULL;
        sf_str field = {line.ptr, tab != NULL ? (size_t)(tab - line.ptr) : line.len};
        if (row->n < SF_ROW_FIELDS) {
            row->field[row->n++] = field;
        }
        if (tab == NULL) {
            break;
        }
        line.len -= field.len + 1;
        line.ptr += field.len + 1;
    }
    if (row->n == 1 && row->field[0].len > 1 && row->field[0].ptr[0] == '-') {
        row->remove = 1;
        row->field[0].ptr++;
        row->field[0].len--;
    }
}

/* A table of kind "eo" is no table but a text in that language. */
static int read_language(sf_lexicon_builder *b, const sf_lexicon_table *table, const char *name, sf_error *err)
{
    int status = sf_language_learn(&b->languages, table->kind, table->data);
    const char *fault =
        status == SF_EPARSE ? "too little text to tell a language by, or too many languages" : sf_strerror(status);
    return status == SF_OK ? SF_OK : sf_error_set(err, status, 1, 0, "%s: %s", name, fault);
}

int sf_lexicon_read(sf_lexicon_builder *b, const sf_lexicon_table *table, sf_error *err)
{
    const char *name = table->name != NULL ? table->name : "table";
    const sf_table_kind *kind = table->kind != NULL ? sf_table_kind_of(table->kind) : NULL;
    if (kind == NULL && table->kind != NULL && sf_is_language(table->kind)) {
        return read_language(b, table, name, err);
    }
    if (kind == NULL) {
        return sf_error_set(err, SF_EINVAL, 0, 0, "%s: no such kind of table: %s", name,
                            table->kind != NULL ? table->kind : "(none)");
    }
    sf_str rest = table->data;
    int number = 0;
    while (rest.len > 0) {
        sf_str line = next_line(&rest);
        number++;
        if (line.len == 0 || (line.len >= 2 && line.ptr[0] == '#' && line.ptr[1] == ' ')) {
            continue;
        }
        sf_row row;
        split(line, &row);
        int status = kind->row(b, &row);
        if (status != SF_OK) {
            return sf_error_set(err, status, number, (size_t)(line.ptr - table->data.ptr), "%s: %s", name,
                                row.fault != NULL ? row.fault : sf_strerror(status));
        }
    }
    return SF_OK;
}

/* ---- freezing ---- */

static uint64_t mix(uint64_t h, const void *p, size_t n)
{
    const unsigned char *bytes = p;
    for (size_t i = 0; i < n; i++) {
        h = (h ^ bytes[i]) * 1099511628211ULL;
    }
    return h;
}

static uint64_t mix_dict(uint64_t h, const sf_dict *d)
{
    for (uint32_t i = 0; i < d->count; i++) {
        const sf_dict_entry *e = &d->entries[i];
        h = mix(h, d->bytes + e->key, e->key_len + 1U);
        h = mix(h, d->bytes + e->text, e->text_len);
        h = mix(h, &e->flags, sizeof e->flags);
        if (d->numbers != NULL) {
            h = mix(h, &d->numbers[i], sizeof d->numbers[i]);
        }
    }
    return h;
}

static uint64_t mix_rules(uint64_t h, const sf_rules *r)
{
    if (r->any) {
        h = mix(h, r->rows, r->n_rows * sizeof *r->rows);
        h = mix(h, r->after, sizeof r->after);
        h = mix(h, r->word_rules, r->n_words * sizeof *r->word_rules);
        h = mix(h, r->plain, r->base[SF_TEMPLATES] * sizeof *r->plain);
    }
    return h;
}

static void set_id(sf_lexicon *l)
{
    uint64_t h = 14695981039346656037ULL;
    h = mix_dict(h, &l->valences);
    h = mix_dict(h, &l->emoji);
    h = mix_dict(h, &l->words);
    h = mix_dict(h, &l->names);
    h = mix_rules(h, &l->rules);
    h = mix_dict(h, &l->languages.grams);
    h = mix(h, l->languages.weights, l->languages.grams.count * sizeof *l->languages.weights);
    h = mix(h, &l->patterns.checksum, sizeof l->patterns.checksum);
    h = mix(h, l->baselines, sizeof l->baselines);
    snprintf(l->id, sizeof l->id, "%s-%06x", sf_version_string(), (unsigned)((h ^ (h >> 32)) & 0xFFFFFFU));
}

static void free_dicts(sf_lexicon *l)
{
    sf_dict_free(&l->valences);
    sf_dict_free(&l->emoji);
    sf_vader_free(&l->vader);
    sf_dict_free(&l->words);
    sf_dict_free(&l->names);
    sf_rules_free(&l->rules);
    sf_languages_free(&l->languages);
    sf_patterns_free(&l->patterns);
}

int sf_lexicon_freeze(const sf_lexicon_builder *b, sf_lexicon *out)
{
    memset(out, 0, sizeof *out);
    int status = sf_dict_freeze(&b->valences, 1, &out->valences);
    status = status != SF_OK ? status : sf_dict_freeze(&b->emoji, 0, &out->emoji);
    status = status != SF_OK ? status : sf_vader_build(&out->valences, &out->emoji, &out->vader);
    status = status != SF_OK ? status : sf_dict_freeze(&b->words, 1, &out->words);
    status = status != SF_OK ? status : sf_dict_freeze(&b->names, 0, &out->names);
    status = status != SF_OK ? status : sf_rules_freeze(&b->rules, &out->rules);
    status = status != SF_OK ? status : sf_languages_freeze(&b->languages, &out->languages);
    status = status != SF_OK ? status : sf_patterns_import(&out->patterns, &b->patterns);
    if (status != SF_OK) {
        free_dicts(out);
        return status;
    }
    memcpy(out->baselines, b->baselines, sizeof out->baselines);
    out->own_names = b->own_names;
    out->own_words = b->own_words;
    set_id(out);
    out->owned = 1;
    return SF_OK;
}

void sf_lexicon_builder_free(sf_lexicon_builder *b)
{
    sf_dict_builder_free(&b->valences);
    sf_dict_builder_free(&b->emoji);
    sf_dict_builder_free(&b->words);
    sf_dict_builder_free(&b->names);
    sf_rules_builder_free(&b->rules);
    sf_languages_builder_free(&b->languages);
    sf_patterns_free(&b->patterns);
}

/* ---- public ---- */

static int import(sf_lexicon_builder *b, const sf_lexicon *base)
{
    int status = sf_dict_import(&b->valences, &base->valences);
    status = status != SF_OK ? status : sf_dict_import(&b->emoji, &base->emoji);
    status = status != SF_OK ? status : sf_dict_import(&b->words, &base->words);
    status = status != SF_OK ? status : sf_dict_import(&b->names, &base->names);
    status = status != SF_OK ? status : sf_rules_import(&b->rules, &base->rules);
    status = status != SF_OK ? status : sf_languages_import(&b->languages, &base->languages);
    return status;
}

static int build(sf_lexicon_builder *b, const sf_lexicon_opts *o, sf_lexicon *out, sf_error *err)
{
    const sf_lexicon *builtin = sf_lexicon_builtin();
    memcpy(b->baselines, builtin->baselines, sizeof b->baselines); /* never empty: there is always a pace */
    int status = o->empty ? SF_OK : import(b, builtin);
    b->own = 1;
    for (size_t i = 0; status == SF_OK && i < o->n_tables; i++) {
        status = sf_lexicon_read(b, &o->tables[i], err);
        if (status != SF_OK) {
            return status;
        }
    }
    status = status != SF_OK ? status : sf_lexicon_freeze(b, out);
    return status == SF_OK ? SF_OK : sf_error_set(err, status, 0, 0, "%s", sf_strerror(status));
}

int sf_lexicon_load(sf_lexicon **out, const sf_lexicon_opts *o, sf_error *err)
{
    static const sf_lexicon_opts defaults = SF_LEXICON_OPTS_INIT;
    o = o != NULL ? o : &defaults;
    if (out == NULL || o->struct_size != sizeof *o || (o->n_tables > 0 && o->tables == NULL)) {
        return sf_error_set(err, SF_EINVAL, 0, 0, "lexicon options are not set up");
    }
    sf_lexicon *l = malloc(sizeof *l);
    if (l == NULL) {
        return sf_error_set(err, SF_ENOMEM, 0, 0, "%s", sf_strerror(SF_ENOMEM));
    }
    sf_lexicon_builder b = {0};
    int status = build(&b, o, l, err);
    sf_lexicon_builder_free(&b);
    if (status != SF_OK) {
        free(l);
        return status;
    }
    *out = l;
    return SF_OK;
}

void sf_lexicon_free(sf_lexicon *l)
{
    if (l != NULL && l->owned) {
        free_dicts(l);
        free(l);
    }
}

const char *sf_lexicon_id(const sf_lexicon *l)
{
    return l != NULL ? l->id : "";
}

sf_baseline sf_lexicon_baseline(const sf_lexicon *l, int32_t platform)
{
    l = l != NULL ? l : sf_lexicon_builtin();
    return l->baselines[platform > 0 && platform < SF_PLATFORM_COUNT ? platform : SF_PLATFORM_UNKNOWN];
}
