/* SPDX-License-Identifier: MIT */
/* The table: weights as rows of kind "rules". */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "entities/learn/learn.h"
#include "memory.h"

static sf_dict_builder base_rows; /* "feature TAB tag" -> flags: hundredths + 1000; 0: written already */

void learn_read_base(const char *path)
{
    static char line[1024];
    FILE *f = fopen(path, "r");
    sf_str none = {"", 0};
    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        char *tab = strrchr(line, '\t');
        if (tab != NULL && line[0] != '#') {
            uint32_t hundredths = (uint32_t)lround(atof(tab + 1) * 100.0 + 1000.0);
            sf_dict_put(&base_rows, (sf_str){line, (size_t)(tab - line)}, none, hundredths, 0.0);
        }
    }
    if (f != NULL) {
        fclose(f);
    }
}

/* Whether the base has this very weight; what is asked for is no longer among those that are gone. */
static int is_in_base(const char *feature, int tag, float weight)
{
    char key[SF_FEATURE_ROOM + 16];
    snprintf(key, sizeof key, "%s\t%s", feature, sf_tag_name(tag).ptr);
    sf_dict_row *row = sf_dict_row_of(&base_rows, sf_cstr(key));
    uint32_t before = row != NULL ? row->flags : 0;
    if (row != NULL) {
        row->flags = 0;
    }
    char digits[32];
    snprintf(digits, sizeof digits, "%.2f", (double)weight);
    return before == (uint32_t)lround(atof(digits) * 100.0 + 1000.0);
}

static void write_gone(FILE *f)
{
    for (size_t i = 0; i < base_rows.n_rows; i++) {
        if (base_rows.rows[i].flags != 0) {
            fprintf(f, "%s\t0\n", base_rows.bytes + base_rows.rows[i].key);
        }
    }
}

static void write_weights(FILE *f, const char *feature, const float *w)
{
    for (int t = 0; t < SF_TAG_COUNT; t++) {
        if (fabsf(w[t]) >= 0.045F && !is_in_base(feature, t, w[t])) {
            fprintf(f, "%s\t%s\t%.2f\n", feature, sf_tag_name(t).ptr, (double)w[t]);
        }
    }
}

static void write_model(const model *m, FILE *f)
{
    const corpus *c = m->c;
    char name[SF_FEATURE_ROOM];
    const sf_rules *r = &sf_lexicon_builtin()->rules;
    fputs("# Weighted rules: feature, tag, weight. Written by scripts/lexicons/learn-rules; docs/lexicons.md.\n", f);
    for (int p = 0; p < SF_TAG_COUNT; p++) {
        snprintf(name, sizeof name, "after %s", sf_tag_name(p).ptr);
        write_weights(f, name, m->w + (size_t)p * SF_TAG_ROOM);
    }
    for (size_t k = 0; k < SF_TEMPLATES; k++) {
        for (uint32_t v = r->base[k]; v < r->base[k + 1]; v++) {
            if (m->row[v] != 0) {
                float w[SF_TAG_ROOM];
                memcpy(w, m->w + (size_t)m->row[v] * SF_TAG_ROOM, sizeof w);
                w[SF_TAG_O] += k == 0 ? (float)m->o->bias : 0.0F;
                sf_feature_text(&sf_templates[k], v - r->base[k], name);
                write_weights(f, name, w);
            }
        }
    }
    for (size_t i = 0; i < c->words.n_rows; i++) {
        sf_str word = {c->words.bytes + c->words.rows[i].key, c->words.rows[i].key_len};
        for (size_t k = 0; k < SF_WORD_PLACES; k++) {
            uint32_t row = m->row[c->plain + i * SF_WORD_PLACES + k];
            if (row != 0 && word.len < 32) {
                sf_feature_word_text(word, k, name);
                write_weights(f, name, m->w + (size_t)row * SF_TAG_ROOM);
            }
        }
    }
}

void learn_write(const model *m, const char *path)
{
    FILE *f = fopen(path, "w");
    if (f == NULL) {
        perror(path);
        exit(1);
    }
    write_model(m, f);
    write_gone(f);
    if (fclose(f) != 0) {
        exit(1);
    }
}
