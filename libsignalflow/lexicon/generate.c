/* SPDX-License-Identifier: MIT */
/* Build-time program: reads data/lexicons/ with the library's own loader and writes the compiled-in lexicon as C.
 *
 *     generate OUT.c KIND=FILE KIND=FILE ...
 */
#include <stdio.h>
#include <stdlib.h>

#include "lexicon/lexicon.h"

/* load.c asks for the built-in lexicon; while that is being made there is none. */
const sf_lexicon *sf_lexicon_builtin(void)
{
    static const sf_lexicon none;
    return &none;
}

static char *read_file(const char *path, size_t *len)
{
    FILE *f = fopen(path, "rb");
    char *data = NULL;
    if (f != NULL && fseek(f, 0, SEEK_END) == 0) {
        long size = ftell(f);
        rewind(f);
        data = size >= 0 ? malloc((size_t)size + 1) : NULL;
        *len = data != NULL ? fread(data, 1, (size_t)size, f) : 0;
        if (data != NULL && *len != (size_t)size) {
            free(data);
            data = NULL;
        }
    }
    if (f != NULL) {
        fclose(f);
    }
    return data;
}

static int read_table(sf_lexicon_builder *b, char *argument)
{
    char *equals = strchr(argument, '=');
    size_t len = 0;
    if (equals == NULL) {
        fprintf(stderr, "generate: %s is not KIND=FILE\n", argument);
        return 1;
    }
    *equals = '\0';
    char *data = read_file(equals + 1, &len);
    if (data == NULL) {
        fprintf(stderr, "generate: cannot read %s\n", equals + 1);
        return 1;
    }
    sf_lexicon_table table = {argument, equals + 1, {data, len}};
    sf_error err = {0};
    int status = sf_lexicon_read(b, &table, &err);
    if (status != SF_OK) {
        fprintf(stderr, "generate: line %d: %s\n", (int)err.line, err.message);
    }
    free(data);
    return status == SF_OK ? 0 : 1;
}

/* ---- writing C ---- */

static void write_words(FILE *f, const char *name, const char *what, const uint32_t *v, size_t n)
{
    fprintf(f, "static const uint32_t %s_%s[] = {", name, what);
    for (size_t i = 0; i < n; i++) {
        fprintf(f, "%s%u,", i % 16 == 0 ? "\n" : "", (unsigned)v[i]);
    }
    fputs("0};\n", f);
}

static void write_bytes(FILE *f, const char *name, const char *v, size_t n)
{
    fprintf(f, "static const unsigned char %s_bytes[] = {", name);
    for (size_t i = 0; i < n; i++) {
        fprintf(f, "%s%u,", i % 32 == 0 ? "\n" : "", (unsigned)(unsigned char)v[i]);
    }
    fputs("0};\n", f);
}

static void write_entries(FILE *f, const char *name, const sf_dict *d)
{
    fprintf(f, "static const sf_dict_entry %s_entries[] = {\n", name);
    for (uint32_t i = 0; i < d->count; i++) {
        const sf_dict_entry *e = &d->entries[i];
        fprintf(f, "{%uU,%u,%u,%u,%u,%uU},%s", (unsigned)e->hash, (unsigned)e->key, (unsigned)e->text,
                (unsigned)e->key_len, (unsigned)e->text_len, (unsigned)e->flags, i % 4 == 3 ? "\n" : "");
    }
    fputs("{0,0,0,0,0,0}};\n", f);
}

static void write_numbers(FILE *f, const char *name, const sf_dict *d)
{
    fprintf(f, "static const double %s_numbers[] = {\n", name);
    for (uint32_t i = 0; i < d->count; i++) {
        fprintf(f, "%.17g,%s", d->numbers[i], i % 12 == 11 ? "\n" : "");
    }
    fputs("0};\n", f);
}

static void write_dict(FILE *f, const char *name, const sf_dict *d)
{
    write_words(f, name, "slots", d->slots, (size_t)d->mask + 1);
    write_entries(f, name, d);
    if (d->numbers != NULL) {
        write_numbers(f, name, d);
    }
    write_bytes(f, name, d->bytes, d->n_bytes);
}

static void write_view(FILE *f, const char *name, const sf_dict *d)
{
    fprintf(f, "    .%s = {%s_slots, %s_entries, %s%s, (const char *)%s_bytes, %uU, %u, %u, %u},\n", name, name, name,
            d->numbers != NULL ? name : "NULL", d->numbers != NULL ? "_numbers" : "", name, (unsigned)d->mask,
            (unsigned)d->count, (unsigned)d->n_bytes, (unsigned)d->longest);
}

static void write_vader(FILE *f, const sf_vader *v)
{
    fputs("static const uint64_t vader_filter[] = {", f);
    for (size_t i = 0; i < (size_t)1 << (v->filter_bits - 6); i++) {
        fprintf(f, "%s%lluU,", i % 6 == 0 ? "\n" : "", (unsigned long long)v->filter[i]);
    }
    fputs("};\nstatic const sf_vader_word vader_words[] = {", f);
    for (uint32_t i = 0; i < v->count; i++) {
        const sf_vader_word *w = &v->words[i];
        fprintf(f, "%s{%lluU,%.17g,%u,%u,%u,%u},", i % 4 == 0 ? "\n" : "", (unsigned long long)w->head, w->valence,
                (unsigned)w->key, (unsigned)w->len, (unsigned)w->roles, (unsigned)w->name);
    }
    fputs("};\nstatic const sf_vader_emoji vader_emoji[] = {", f);
    for (size_t i = 0; i <= v->emoji_mask; i++) {
        fprintf(f, "%s{%u,%u},", i % 12 == 0 ? "\n" : "", (unsigned)v->emoji[i].cp, (unsigned)v->emoji[i].entry);
    }
    fputs("};\n", f);
    write_words(f, "vader", "slots", v->slots, (size_t)v->mask + 1);
    write_bytes(f, "vader", (const char *)v->keys, v->n_keys);
}

static void write_vader_view(FILE *f, const sf_vader *v)
{
    fprintf(f,
            "    .vader = {vader_filter, vader_slots, vader_words, vader_bytes, vader_emoji, %u, %uU, %u, %u, %u, %u, "
            "%u},\n",
            (unsigned)v->filter_bits, (unsigned)v->mask, (unsigned)v->count, (unsigned)v->n_keys, (unsigned)v->longest,
            (unsigned)v->emoji_mask, (unsigned)v->ascii_emoji);
}

static void write_halves(FILE *f, const char *what, const uint16_t *v, size_t n)
{
    fprintf(f, "static const uint16_t rules_%s[] = {", what);
    for (size_t i = 0; i < n; i++) {
        fprintf(f, "%s%u,", i % 24 == 0 ? "\n" : "", (unsigned)v[i]);
    }
    fputs("0};\n", f);
}

static void write_row(FILE *f, const int16_t *weight)
{
    for (size_t i = 0; i < SF_TAG_ROOM; i++) {
        fprintf(f, "%s%d", i > 0 ? "," : "{", weight[i]);
    }
    fputs("}", f);
}

static void write_rules(FILE *f, const sf_rules *r)
{
    fputs("static const sf_rule_row rules_rows[] = {\n", f);
    for (uint32_t i = 0; i < r->n_rows; i++) {
        fputs("{", f);
        write_row(f, r->rows[i].weight);
        fputs("},\n", f);
    }
    fputs("{{0}}};\nstatic const sf_word_rules rules_word_rules[] = {\n", f);
    for (uint32_t i = 0; i < r->n_words; i++) {
        const uint16_t *row = r->word_rules[i].row;
        fprintf(f, "{{%u,%u,%u,%u,%u}},%s", row[0], row[1], row[2], row[3], row[4], i % 6 == 5 ? "\n" : "");
    }
    fputs("{{0}}};\n", f);
    write_halves(f, "plain", r->plain, r->any ? r->base[SF_TEMPLATES] : 0);
}

static void write_rules_view(FILE *f, const sf_rules *r)
{
    fputs("    .rules = {\n        .rows = rules_rows,\n        .plain = rules_plain,\n        .base = {", f);
    for (size_t i = 0; i <= SF_TEMPLATES; i++) {
        fprintf(f, "%u,", (unsigned)r->base[i]);
    }
    fputs("},\n        .word_rules = rules_word_rules,\n        .after = {\n", f);
    for (size_t i = 0; i < SF_TAG_COUNT; i++) {
        write_row(f, r->after[i]);
        fputs(",\n", f);
    }
    fprintf(f, "},\n        .n_rows = %u,\n        .n_words = %u,\n        .any = %d,\n    },\n", (unsigned)r->n_rows,
            (unsigned)r->n_words, (int)r->any);
}

static void write_languages(FILE *f, const sf_languages *l)
{
    write_dict(f, "grams", &l->grams);
    fputs("static const sf_gram_weights gram_weights[] = {\n", f);
    for (uint32_t i = 0; i < l->grams.count; i++) {
        fputs("{{", f);
        for (uint32_t k = 0; k < l->n; k++) {
            fprintf(f, "%u,", l->weights[i].of[k]);
        }
        fputs("}},\n", f);
    }
    fputs("{{0}}};\n", f);
}

static void write_languages_view(FILE *f, const sf_languages *l)
{
    fputs("    .languages = {\n    ", f);
    write_view(f, "grams", &l->grams);
    fputs("        .weights = gram_weights,\n        .names = {", f);
    for (uint32_t i = 0; i < l->n; i++) {
        fprintf(f, "\"%s\",", l->names[i]);
    }
    fprintf(f, "},\n        .n = %u,\n    },\n", (unsigned)l->n);
}

static void write_lexicon(FILE *f, const sf_lexicon *l)
{
    fputs("/* Written by libsignalflow/lexicon/generate.c from data/lexicons/; do not edit. */\n"
          "#include \"lexicon/lexicon.h\"\n",
          f);
    write_dict(f, "valences", &l->valences);
    write_dict(f, "emoji", &l->emoji);
    write_vader(f, &l->vader);
    write_dict(f, "words", &l->words);
    write_dict(f, "names", &l->names);
    write_rules(f, &l->rules);
    write_languages(f, &l->languages);
    fputs("static const sf_lexicon builtin = {\n", f);
    write_view(f, "valences", &l->valences);
    write_view(f, "emoji", &l->emoji);
    write_vader_view(f, &l->vader);
    write_view(f, "words", &l->words);
    write_view(f, "names", &l->names);
    write_rules_view(f, &l->rules);
    write_languages_view(f, &l->languages);
    fputs("    .baselines = {", f);
    for (size_t i = 0; i < SF_PLATFORM_COUNT; i++) {
        const sf_baseline *p = &l->baselines[i];
        fprintf(f, "{%.17g, %.17g, %.17g, %.17g, {0.0, 0.0, 0.0, 0.0}}, ", p->v0, p->s50, p->half_life_s, p->rising_at);
    }
    fprintf(f,
            "},\n    .id = \"%s\",\n    .owned = 0,\n};\n"
            "const sf_lexicon *sf_lexicon_builtin(void)\n{\n    return &builtin;\n}\n",
            l->id);
}

int main(int argc, char **argv)
{
    sf_lexicon_builder b = {0};
    sf_lexicon *l = malloc(sizeof *l);
    if (argc < 3) {
        fputs("usage: generate OUT.c KIND=FILE...\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        if (read_table(&b, argv[i]) != 0) {
            return 1;
        }
    }
    if (l == NULL || sf_lexicon_freeze(&b, l) != SF_OK) {
        fputs("generate: out of memory\n", stderr);
        return 1;
    }
    FILE *f = fopen(argv[1], "w");
    if (f == NULL) {
        perror(argv[1]);
        return 1;
    }
    write_lexicon(f, l);
    int failed = ferror(f) | fclose(f);
    sf_lexicon_builder_free(&b);
    sf_lexicon_free(l);
    return failed != 0;
}
