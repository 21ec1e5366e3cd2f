/* SPDX-License-Identifier: MIT */
/* Cleans texts for clean_check.py: reads lines of "FLAGS JSON-STRING", writes each cleaned text and where it came from, as
 * "[JSON-STRING, [start, end, source start, source end, ...]]", five numbers a run: the last says whether it is copied. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signalflow/signalflow.h>

#define LARGEST ((size_t)1 << 20)

static void write_runs(sf_clean_map map)
{
    fputs("[", stdout);
    for (size_t i = 0; i < map.n_runs; i++) {
        const sf_clean_run *r = &map.runs[i];
        printf("%s%zu,%zu,%zu,%zu,%d", i > 0 ? "," : "", r->start, r->end, r->source_start, r->source_end,
               (int)r->copied);
    }
    fputs("]", stdout);
}

int main(void)
{
    sf_batch *b = NULL;
    char *line = malloc(LARGEST), *text = malloc(LARGEST), *clean = malloc(LARGEST), *quoted = malloc(LARGEST);
    if (line == NULL || text == NULL || clean == NULL || quoted == NULL || sf_batch_new(&b) != SF_OK) {
        return 2;
    }
    while (fgets(line, (int)LARGEST, stdin) != NULL) {
        char *rest;
        uint32_t flags = (uint32_t)strtoul(line, &rest, 10);
        sf_json j;
        sf_str in;
        sf_json_init(&j, sf_cstr(rest));
        sf_clean_map map = {NULL, 0};
        sf_batch_reset(b);
        int64_t n = sf_json_string(&j, text, LARGEST, &in) == SF_OK
                        ? sf_clean_text_mapped(b, in, flags, clean, LARGEST, &map)
                        : -1;
        if (n < 0 || n >= (int64_t)LARGEST) {
            return 1;
        }
        sf_json_quote((sf_str){clean, (size_t)n}, quoted, LARGEST);
        printf("[%s,", quoted);
        write_runs(map);
        puts("]");
    }
    sf_batch_free(b);
    free(line);
    free(text);
    free(clean);
    free(quoted);
    return 0;
}
