/* SPDX-License-Identifier: MIT */
/* What sf_normalise() makes of files, for normalise_check.py:  normalise_dump PLATFORM OBSERVED_MS FILE...
 * A line for each file, or for each line of an .ndjson file. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signalflow/signalflow.h>

static char text[8 * 1024 * 1024], quoted[4096];

static void print_signals(const sf_batch *b)
{
    static char line[2 * 1024 * 1024];
    for (size_t i = 0; i < sf_batch_count(b); i++) {
        sf_signal_json(sf_batch_at(b, i), line, sizeof line);
        printf("%s%s", i > 0 ? "," : "", line);
    }
}

static void print_answer(sf_batch *b, int32_t platform, sf_str answer, int64_t observed_ms)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error err = {0};
    sf_batch_reset(b);
    int64_t n = sf_normalise(b, platform, answer, observed_ms, &report, &err);
    sf_json_quote(sf_cstr(err.message), quoted, sizeof quoted);
    printf("{\"status\":%" PRId64 ",\"message\":%s,\"signals\":[", n, quoted);
    print_signals(b);
    fputs("],\"children\":[", stdout);
    for (size_t i = 0; i < report.n_children; i++) {
        const sf_child *c = &report.children[i];
        sf_json_quote(sf_cstr(c->reason), quoted, sizeof quoted);
        printf("%s[%" PRIu64 ",%" PRIu64 ",%" PRId64 ",%d,%s]", i > 0 ? "," : "", c->offset, c->length, c->signal,
               (int)c->status, quoted);
    }
    puts("]}");
}

static void print_file(sf_batch *b, int32_t platform, const char *path, int64_t observed_ms)
{
    FILE *f = fopen(path, "rb");
    size_t len = f != NULL ? fread(text, 1, sizeof text, f) : 0, dot = strlen(path);
    if (f == NULL || fclose(f) != 0 || len == sizeof text) {
        fprintf(stderr, "normalise_dump: cannot read %s\n", path);
        exit(1);
    }
    if (dot < 7 || strcmp(path + dot - 7, ".ndjson") != 0) {
        print_answer(b, platform, (sf_str){text, len}, observed_ms);
        return;
    }
    for (size_t at = 0; at < len;) {
        const char *end = memchr(text + at, '\n', len - at);
        size_t n = end != NULL ? (size_t)(end - text) - at : len - at;
        print_answer(b, platform, (sf_str){text + at, n}, observed_ms);
        at += n + 1;
    }
}

int main(int argc, char **argv)
{
    sf_batch *b;
    int32_t platform = argc > 3 ? sf_platform_from_name(sf_cstr(argv[1])) : SF_PLATFORM_UNKNOWN;
    if (platform == SF_PLATFORM_UNKNOWN || sf_batch_new(&b) != SF_OK) {
        return 2;
    }
    for (int i = 3; i < argc; i++) {
        print_file(b, platform, argv[i], strtoll(argv[2], NULL, 10));
    }
    sf_batch_free(b);
    return 0;
}
