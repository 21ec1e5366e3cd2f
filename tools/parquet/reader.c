/* SPDX-License-Identifier: MIT */
/* Reading a file: its footer, then row group by row group. */
#include <math.h>
#include <stdlib.h>

#include "common/fail.h"
#include "page.h"

/* A column of the file, as its schema says: the wanted one it is, if any. */
typedef struct leaf {
    int column; /* -1: none that is wanted */
} leaf;

typedef struct group {
    sf_chunk_place places[SF_PARQUET_COLUMNS]; /* by wanted column; without bytes: not in the file */
    int64_t rows;
} group;

struct sf_parquet_reader {
    sf_str file;
    const sf_parquet_column *columns;
    size_t n;
    leaf leaves[SF_PARQUET_COLUMNS];
    size_t n_leaves;
    int has[SF_PARQUET_COLUMNS];
    int64_t rows;
    group *groups;
    size_t n_groups;
    size_t at;    /* the next group */
    int64_t left; /* rows of the group at hand */
    sf_cursor cursors[SF_PARQUET_COLUMNS];
};

/* ---- schema ------------------------------------------------------------------------------------------------------- */

/* One element of the schema. */
typedef struct node {
    sf_str name;
    int64_t type, repetition, converted, children;
} node;

static void read_node(sf_thrift_in *in, node *n)
{
    sf_thrift_field f = {0, SF_THRIFT_STOP};
    *n = (node){{"", 0}, -1, -1, -1, 0};
    while (sf_thrift_next(in, &f)) {
        int64_t *const number = f.number == 1   ? &n->type
                                : f.number == 3 ? &n->repetition
                                : f.number == 5 ? &n->children
                                : f.number == 6 ? &n->converted
                                                : NULL;
        if (number != NULL && f.type == SF_THRIFT_I32) {
            *number = sf_thrift_number(in);
        } else if (f.number == 4 && f.type == SF_THRIFT_BINARY) {
            n->name = sf_thrift_text(in);
        } else {
            sf_thrift_skip(in, f.type);
        }
    }
}

static int is_called(sf_str name, const char *what)
{
    return name.len == strlen(what) && memcmp(name.ptr, what, name.len) == 0;
}

static int64_t converted(sf_parquet_type t)
{
    return t == SF_PARQUET_TEXT ? PARQUET_UTF8 : t == SF_PARQUET_TIME ? PARQUET_TIMESTAMP_MILLIS : -1;
}

/* Notes a leaf; where a wanted column has its name, it must be of its kind. */
static int add_leaf(sf_parquet_reader *r, sf_str name, sf_str member, int list, const node *n, sf_error *err)
{
    if (r->n_leaves == SF_PARQUET_COLUMNS) {
        return sf_fail(err, SF_EPARSE, "more columns than %d", SF_PARQUET_COLUMNS);
    }
    leaf *l = &r->leaves[r->n_leaves++];
    l->column = -1;
    for (size_t i = 0; i < r->n; i++) {
        const sf_parquet_column *c = &r->columns[i];
        if (!is_called(name, c->name) || (c->member != NULL) != (member.ptr != NULL) ||
            (c->member != NULL && !is_called(member, c->member))) {
            continue;
        }
        int64_t repetition = c->flags & SF_PARQUET_NULLS && !list ? PARQUET_OPTIONAL : PARQUET_REQUIRED;
        if (n->type != sf_parquet_physical(c->type) || n->converted != converted(c->type) ||
            list != ((c->flags & SF_PARQUET_LIST) != 0) || n->repetition != repetition || r->has[i]) {
            return sf_fail(err, SF_EPARSE, "column %.40s is of another kind", c->name);
        }
        r->has[i] = 1;
        l->column = (int)i;
    }
    return SF_OK;
}

/* A list: its repeated node, its element, and the element's members. Returns how many nodes it took, or a failure. */
static int64_t add_list(sf_parquet_reader *r, sf_thrift_in *in, const node *list, size_t left, sf_error *err)
{
    node repeated, element, member;
    int64_t taken = 2;
    if (left < 2) {
        return sf_fail(err, SF_EPARSE, "the schema is cut off");
    }
    read_node(in, &repeated);
    read_node(in, &element);
    if (list->converted != PARQUET_CONVERTED_LIST || list->repetition != PARQUET_OPTIONAL || list->children != 1 ||
        repeated.repetition != PARQUET_REPEATED || repeated.children != 1 || element.children < 0) {
        return sf_fail(err, SF_EPARSE, "a list is laid out as none of ours");
    }
    int status = element.children == 0 ? add_leaf(r, list->name, (sf_str){NULL, 0}, 1, &element, err) : SF_OK;
    for (int64_t i = 0; i < element.children && status == SF_OK; i++, taken++) {
        if ((size_t)taken >= left) {
            return sf_fail(err, SF_EPARSE, "the schema is cut off");
        }
        read_node(in, &member);
        status = member.children != 0 ? sf_fail(err, SF_EPARSE, "the schema is nested too deeply")
                                      : add_leaf(r, list->name, member.name, 1, &member, err);
    }
    return status != SF_OK ? status : taken;
}

static int read_schema(sf_parquet_reader *r, sf_thrift_in *in, sf_error *err)
{
    sf_thrift_type of;
    size_t n = sf_thrift_list(in, &of), i = 1;
    node root, top;
    if (of != SF_THRIFT_STRUCT || n == 0 || r->n_leaves > 0) {
        return sf_fail(err, SF_EPARSE, "the schema is broken");
    }
    read_node(in, &root);
    for (; i < n && !in->broken; i++) {
        read_node(in, &top);
        int64_t status = top.children == 0 ? add_leaf(r, top.name, (sf_str){NULL, 0}, 0, &top, err)
                                           : add_list(r, in, &top, n - i - 1, err);
        if (status < 0) {
            return (int)status;
        }
        i += (size_t)status;
    }
    return in->broken ? sf_fail(err, SF_EPARSE, "the schema is cut off") : SF_OK;
}

/* ---- row groups --------------------------------------------------------------------------------------------------- */

/* What a column's metadata say, as numbers. */
typedef struct place_numbers {
    int64_t codec, entries, packed, data, dictionary;
} place_numbers;

static void read_place(sf_thrift_in *in, place_numbers *p)
{
    sf_thrift_field f = {0, SF_THRIFT_STOP};
    while (sf_thrift_next(in, &f)) {
        int64_t *const number = f.number == 4    ? &p->codec
                                : f.number == 5  ? &p->entries
                                : f.number == 7  ? &p->packed
                                : f.number == 9  ? &p->data
                                : f.number == 11 ? &p->dictionary
                                                 : NULL;
        if (number != NULL && (f.type == SF_THRIFT_I32 || f.type == SF_THRIFT_I64)) {
            *number = sf_thrift_number(in);
        } else {
            sf_thrift_skip(in, f.type);
        }
    }
}

static int read_chunk(sf_parquet_reader *r, sf_thrift_in *in, group *g, size_t i, sf_error *err)
{
    sf_thrift_field f = {0, SF_THRIFT_STOP};
    place_numbers p = {-1, -1, -1, -1, -1};
    while (sf_thrift_next(in, &f)) {
        if (f.number == 3 && f.type == SF_THRIFT_STRUCT) {
            read_place(in, &p);
        } else {
            sf_thrift_skip(in, f.type);
        }
    }
    int64_t at = p.dictionary >= 0 ? p.dictionary : p.data, size = (int64_t)r->file.len;
    if (in->broken || at < 4 || p.data < at || p.packed <= 0 || p.packed > size || at > size - p.packed ||
        p.data - at >= p.packed || p.entries < g->rows || p.entries > INT32_MAX) {
        return sf_fail(err, SF_EPARSE, "the place of a column is broken");
    }
    if (r->leaves[i].column >= 0) {
        g->places[r->leaves[i].column] = (sf_chunk_place){
            {r->file.ptr + at, (size_t)p.packed}, (uint64_t)(p.data - at), (uint64_t)p.entries, (sf_codec_kind)p.codec};
    }
    return SF_OK;
}

/* The columns stand before the number of rows that they must fit: two passes. */
static int read_group(sf_parquet_reader *r, sf_thrift_in *in, group *g, sf_error *err)
{
    sf_thrift_in again = *in, columns = {.at = NULL};
    sf_thrift_field f = {0, SF_THRIFT_STOP};
    g->rows = -1;
    while (sf_thrift_next(&again, &f)) {
        if (f.number == 3 && f.type == SF_THRIFT_I64) {
            g->rows = sf_thrift_number(&again);
        } else {
            columns = f.number == 1 && f.type == SF_THRIFT_LIST ? again : columns;
            sf_thrift_skip(&again, f.type);
        }
    }
    *in = again;
    sf_thrift_type of = SF_THRIFT_STOP;
    size_t n = columns.at != NULL ? sf_thrift_list(&columns, &of) : 0;
    if (again.broken || g->rows < 1 || g->rows > INT32_MAX || n != r->n_leaves || of != SF_THRIFT_STRUCT) {
        return sf_fail(err, SF_EPARSE, "a row group is broken");
    }
    int status = SF_OK;
    for (size_t i = 0; i < n && status == SF_OK; i++) {
        status = read_chunk(r, &columns, g, i, err);
    }
    return status;
}

static int read_groups(sf_parquet_reader *r, sf_thrift_in *in, sf_error *err)
{
    sf_thrift_type of;
    size_t n = sf_thrift_list(in, &of);
    if (of != SF_THRIFT_STRUCT || r->groups != NULL || (n > 0 && r->n_leaves == 0)) {
        return n == 0 && r->groups == NULL ? SF_OK : sf_fail(err, SF_EPARSE, "the row groups are broken");
    }
    int64_t rows = 0;
    int status = SF_OK;
    for (size_t i = 0; i < n && status == SF_OK; i++) { /* one by one: the number may be a lie */
        group *more = realloc(r->groups, (i + 1) * sizeof *more);
        if (more == NULL) {
            return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
        }
        r->groups = more;
        memset(&more[i], 0, sizeof *more);
        r->n_groups = i + 1;
        status = read_group(r, in, &more[i], err);
        rows += more[i].rows;
    }
    if (status == SF_OK && rows != r->rows) {
        status = sf_fail(err, SF_EPARSE, "row groups do not add up to the file's rows");
    }
    return status;
}

static int read_footer(sf_parquet_reader *r, sf_str footer, sf_error *err)
{
    const unsigned char *bytes = (const unsigned char *)footer.ptr;
    sf_thrift_in in = {.at = bytes, .end = bytes + footer.len};
    sf_thrift_field f = {0, SF_THRIFT_STOP};
    int status = SF_OK;
    r->rows = -1;
    while (status == SF_OK && sf_thrift_next(&in, &f)) {
        if (f.number == 2 && f.type == SF_THRIFT_LIST) {
            status = read_schema(r, &in, err);
        } else if (f.number == 3 && f.type == SF_THRIFT_I64) {
            r->rows = sf_thrift_number(&in);
        } else if (f.number == 4 && f.type == SF_THRIFT_LIST) {
            status = read_groups(r, &in, err);
        } else {
            sf_thrift_skip(&in, f.type);
        }
    }
    if (status == SF_OK && (in.broken || r->rows < 0 || (r->rows > 0 && r->n_groups == 0))) {
        status = sf_fail(err, SF_EPARSE, "the footer is broken");
    }
    return status;
}

/* ---- the file ----------------------------------------------------------------------------------------------------- */

int sf_parquet_reader_new(sf_parquet_reader **out, sf_str file, const sf_parquet_column *columns, size_t n,
                          sf_error *err)
{
    uint32_t len;
    if (n > SF_PARQUET_COLUMNS) {
        return sf_fail(err, SF_EINVAL, "more columns than %d", SF_PARQUET_COLUMNS);
    }
    if (file.len < 12 || memcmp(file.ptr, SF_PARQUET_MAGIC, 4) != 0 ||
        memcmp(file.ptr + file.len - 4, SF_PARQUET_MAGIC, 4) != 0) {
        return sf_fail(err, SF_EPARSE, "no Parquet file, or cut off");
    }
    memcpy(&len, file.ptr + file.len - 8, sizeof len);
    if (len > file.len - 12) {
        return sf_fail(err, SF_EPARSE, "the footer is longer than the file");
    }
    sf_parquet_reader *r = calloc(1, sizeof *r);
    if (r == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    r->columns = columns;
    r->n = n;
    r->file = (sf_str){file.ptr, file.len - 8 - len};
    int status = read_footer(r, (sf_str){r->file.ptr + r->file.len, len}, err);
    if (status != SF_OK) {
        sf_parquet_reader_free(r);
        return status;
    }
    *out = r;
    return SF_OK;
}

void sf_parquet_reader_free(sf_parquet_reader *r)
{
    if (r != NULL) {
        for (size_t i = 0; i < r->n; i++) {
            sf_cursor_close(&r->cursors[i]);
        }
        free(r->groups);
        free(r);
    }
}

int64_t sf_parquet_reader_rows(const sf_parquet_reader *r)
{
    return r->rows;
}

int sf_parquet_reader_has(const sf_parquet_reader *r, size_t column)
{
    return r->has[column];
}

static int start_group(sf_parquet_reader *r)
{
    const group *g = &r->groups[r->at++];
    r->left = g->rows;
    for (size_t i = 0; i < r->n; i++) {
        sf_cursor_start(&r->cursors[i], &r->columns[i], r->has[i] ? &g->places[i] : NULL);
    }
    return SF_OK;
}

int sf_parquet_next_row(sf_parquet_reader *r, sf_error *err)
{
    if (r->left == 0) {
        for (size_t i = 0; i < r->n && r->at > 0; i++) {
            if (!sf_cursor_done(&r->cursors[i])) {
                return sf_fail(err, SF_EPARSE, "column %.40s: more values than rows", r->columns[i].name);
            }
        }
        if (r->at == r->n_groups) {
            return 0;
        }
        (void)start_group(r);
    }
    r->left--;
    for (size_t i = 0; i < r->n; i++) {
        int status = sf_cursor_next(&r->cursors[i], err);
        if (status != SF_OK) {
            return status;
        }
    }
    return 1;
}

int64_t sf_parquet_count(const sf_parquet_reader *r, size_t column)
{
    return r->cursors[column].count;
}

static int is_there(const sf_cursor *c, size_t i)
{
    return c->count > 0 && i < (size_t)c->count;
}

sf_str sf_parquet_text(const sf_parquet_reader *r, size_t column, size_t i)
{
    const sf_cursor *c = &r->cursors[column];
    return is_there(c, i) && c->texts != NULL ? c->texts[c->first + i] : (sf_str){"", 0};
}

int64_t sf_parquet_number(const sf_parquet_reader *r, size_t column, size_t i)
{
    const sf_cursor *c = &r->cursors[column];
    return is_there(c, i) && c->numbers != NULL ? c->numbers[c->first + i] : 0;
}

double sf_parquet_double(const sf_parquet_reader *r, size_t column, size_t i)
{
    const sf_cursor *c = &r->cursors[column];
    return is_there(c, i) && c->doubles != NULL ? c->doubles[c->first + i] : NAN;
}
