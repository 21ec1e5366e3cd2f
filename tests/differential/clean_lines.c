/* SPDX-License-Identifier: MIT */
/* Cleans texts for clean_check.py: reads lines of "FLAGS JSON-STRING", writes each cleaned text as a JSON string. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signalflow/signalflow.h>

#define LARGEST ((size_t)1 << 20)

int main(void)
{
    char *line = malloc(LARGEST), *text = malloc(LARGEST), *clean = malloc(LARGEST), *quoted = malloc(LARGEST);
    if (line == NULL || text == NULL || clean == NULL || quoted == NULL) {
        return 2;
    }
    while (fgets(line, (int)LARGEST, stdin) != NULL) {
        char *rest;
        uint32_t flags = (uint32_t)strtoul(line, &rest, 10);
        sf_json j;
        sf_str in;
        sf_json_init(&j, sf_cstr(rest));
        int64_t n = sf_json_string(&j, text, LARGEST, &in) == SF_OK ? sf_clean_text(in, flags, clean, LARGEST) : -1;
        if (n < 0 || n >= (int64_t)LARGEST) {
            return 1;
        }
        sf_json_quote((sf_str){clean, (size_t)n}, quoted, LARGEST);
        puts(quoted);
    }
    free(line);
    free(text);
    free(clean);
    free(quoted);
    return 0;
}
