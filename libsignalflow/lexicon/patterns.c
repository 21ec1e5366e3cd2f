/* SPDX-License-Identifier: MIT */
/* Patterns over PCRE2: compiled when they are read, with its just-in-time compiler where the machine lets us, and matched
 * within limits of steps and memory. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "lexicon/patterns.h"

#include <pcre2.h>
#include <stdlib.h>

#include "lexicon/lexicon.h"
#include "memory.h"

#define STEPS     10000 /* of one match; PCRE2's match limit */
#define DEPTH     500
#define KILOBYTES 256
#define LONGEST   2000 /* bytes of a pattern */
#define DEEPEST   50   /* brackets in brackets */

struct sf_matcher {
    pcre2_match_data *data;
    pcre2_match_context *context;
};

static char *text_of(sf_str s)
{
    char *copy = malloc(s.len + 1);
    if (copy != NULL) {
        memcpy(copy, s.len > 0 ? s.ptr : "", s.len);
        copy[s.len] = '\0';
    }
    return copy;
}

static void free_pattern(sf_pattern *p)
{
    pcre2_code_free(p->code);
    free(p->label);
    free(p->id);
}

/* Takes the code over, whatever happens. */
static int put(sf_patterns *all, void *code, sf_str label, sf_str id)
{
    sf_pattern p = {code, text_of(label), id.len > 0 ? text_of(id) : NULL, (uint32_t)label.len, (uint32_t)id.len};
    if (code == NULL || p.label == NULL || (id.len > 0 && p.id == NULL) ||
        sf_grow(&all->at, &all->cap, all->n + 1, sizeof *all->at) != SF_OK) {
        free_pattern(&p);
        return SF_ENOMEM;
    }
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* where that is not allowed, the interpreter does it */
    all->at[all->n++] = p;
    return SF_OK;
}

int sf_patterns_add(sf_patterns *all, sf_str label, sf_str source, sf_str id)
{
    int error;
    PCRE2_SIZE offset;
    pcre2_compile_context *limits = pcre2_compile_context_create(NULL);
    if (limits == NULL) {
        return SF_ENOMEM;
    }
    pcre2_set_max_pattern_length(limits, LONGEST);
    pcre2_set_parens_nest_limit(limits, DEEPEST);
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)source.ptr, source.len,
                                     PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &error,
                                     &offset, limits);
    pcre2_compile_context_free(limits);
    if (code == NULL) {
        return error == PCRE2_ERROR_NOMEMORY ? SF_ENOMEM : SF_EPARSE;
    }
    sf_str parts[] = {label, source, id};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        for (size_t k = 0; k < parts[i].len; k++) {
            all->checksum = (all->checksum ^ (unsigned char)parts[i].ptr[k]) * 1099511628211ULL;
        }
        all->checksum = (all->checksum ^ 0xFF) * 1099511628211ULL;
    }
    return put(all, code, label, id);
}

int sf_patterns_import(sf_patterns *all, const sf_patterns *from)
{
    int status = SF_OK;
    for (size_t i = 0; status == SF_OK && i < from->n; i++) {
        const sf_pattern *p = &from->at[i];
        sf_str label = {p->label, p->label_len};
        sf_str id = {p->id, p->id_len};
        status = put(all, pcre2_code_copy(p->code), label, id);
    }
    all->checksum = from->checksum;
    return status;
}

void sf_patterns_free(sf_patterns *all)
{
    for (size_t i = 0; i < all->n; i++) {
        free_pattern(&all->at[i]);
    }
    free(all->at);
    memset(all, 0, sizeof *all);
}

/* ---- matching ---- */

sf_matcher *sf_matcher_new(void)
{
    sf_matcher *m = calloc(1, sizeof *m);
    if (m == NULL) {
        return NULL;
    }
    m->data = pcre2_match_data_create(1, NULL);
    m->context = pcre2_match_context_create(NULL);
    if (m->data == NULL || m->context == NULL) {
        sf_matcher_free(m);
        return NULL;
    }
    pcre2_set_match_limit(m->context, STEPS);
    pcre2_set_depth_limit(m->context, DEPTH);
    pcre2_set_heap_limit(m->context, KILOBYTES);
    return m;
}

void sf_matcher_free(sf_matcher *m)
{
    if (m != NULL) {
        pcre2_match_data_free(m->data);
        pcre2_match_context_free(m->context);
        free(m);
    }
}

int sf_pattern_match(sf_matcher *m, const sf_pattern *p, sf_str text, size_t from, size_t *start, size_t *end)
{
    while (from < text.len) {
        int n = pcre2_match(p->code, (PCRE2_SPTR)text.ptr, text.len, from, 0, m->data, m->context);
        if (n < 0) {
            return 0;
        }
        const PCRE2_SIZE *v = pcre2_get_ovector_pointer(m->data);
        if (v[1] > v[0] && v[0] >= from) {
            *start = v[0];
            *end = v[1];
            return 1;
        }
        from = v[1] + 1; /* nothing matched, or \K turned it around */
    }
    return 0;
}

/* ---- rows of a table ---- */

int sf_row_pattern(sf_lexicon_builder *b, sf_row *row)
{
    sf_str id = {"", 0};
    if (row->remove || row->n < 2 || row->field[1].len == 0 || !sf_label_is_well_formed(row->field[0])) {
        row->fault = "a row is: label TAB regular expression [TAB id]";
        return SF_EPARSE;
    }
    int status = sf_patterns_add(&b->patterns, row->field[0], row->field[1], row->n > 2 ? row->field[2] : id);
    row->fault = status == SF_EPARSE ? "that is no regular expression as PCRE2 reads them" : NULL;
    return status;
}
