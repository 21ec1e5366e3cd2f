/* SPDX-License-Identifier: MIT */
/* --lexicon KIND=FILE: files to tables. */
#include "own_lexicon.h"

#include <stdlib.h>

#include "fail.h"
#include "mapped.h"

typedef struct own_table {
    char kind[16];
    sf_mapped file;
} own_table;

/* Takes "KIND=FILE" apart and opens the file. */
static int open_table(own_table *t, const char *text, sf_lexicon_table *out, sf_error *err)
{
    const char *equals = strchr(text, '=');
    size_t n = equals != NULL ? (size_t)(equals - text) : 0;
    if (n == 0 || n >= sizeof t->kind || equals[1] == '\0') {
        return sf_fail(err, SF_EINVAL, "--lexicon %s: not KIND=FILE", text);
    }
    memcpy(t->kind, text, n);
    t->kind[n] = '\0';
    int status = sf_mapped_open(&t->file, equals + 1, err);
    *out = (sf_lexicon_table){t->kind, equals + 1, t->file.bytes};
    if (status != SF_OK && err != NULL) {
        err->status = SF_EINVAL;
    }
    return status == SF_OK || status == SF_ENOMEM ? status : SF_EINVAL;
}

static int load(sf_lexicon **out, const sf_lexicon_opts *opts, sf_error *err)
{
    sf_error why = {0};
    int status = sf_lexicon_load(out, opts, &why);
    if (status == SF_OK || status == SF_ENOMEM) {
        return status;
    }
    const char *message = why.message[0] != '\0' ? why.message : sf_strerror(status);
    return why.line > 0 ? sf_fail(err, SF_EINVAL, "--lexicon: line %d of %s", why.line, message)
                        : sf_fail(err, SF_EINVAL, "--lexicon: %s", message);
}

int sf_own_lexicon(sf_lexicon **out, const sf_settings *settings, sf_error *err)
{
    const char *const *given;
    size_t n = sf_settings_list(settings, "lexicon", &given), opened = 0;
    *out = NULL;
    if (n == 0) {
        return SF_OK;
    }
    own_table *own = calloc(n, sizeof *own);
    sf_lexicon_table *tables = calloc(n, sizeof *tables);
    int status = own != NULL && tables != NULL ? SF_OK : SF_ENOMEM;
    for (; status == SF_OK && opened < n; opened++) {
        status = open_table(&own[opened], given[opened], &tables[opened], err);
    }
    if (status == SF_OK) {
        sf_lexicon_opts opts = SF_LEXICON_OPTS_INIT;
        opts.tables = tables;
        opts.n_tables = n;
        status = load(out, &opts, err);
    }
    for (size_t i = 0; i < opened; i++) {
        sf_mapped_close(&own[i].file);
    }
    free(own);
    free(tables);
    return status;
}
