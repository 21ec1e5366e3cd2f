/* SPDX-License-Identifier: MIT */
/* Cleans a file of framed texts once for each line on standard input, and prints the CPU seconds and the bytes written.
 *
 *     clean_ours FLAGS TEXTS [mapped]
 *
 * mapped: with the map back to the source. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "signalflow/normalise.h"

#define LARGEST ((size_t)64 << 20)

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static size_t frame_at(const unsigned char *p)
{
    return (size_t)p[0] | (size_t)p[1] << 8 | (size_t)p[2] << 16 | (size_t)p[3] << 24;
}

/* b is NULL where no map is asked for. */
static int64_t clean_all(const char *data, size_t size, uint32_t flags, char *out, sf_batch *b)
{
    sf_clean_map map;
    int64_t sum = 0;
    for (size_t at = 0; at + 4 <= size;) {
        size_t n = frame_at((const unsigned char *)data + at);
        sf_str text = {data + at + 4, n};
        if (b != NULL) {
            sf_batch_reset(b);
            sum += sf_clean_text_mapped(b, text, flags, out, LARGEST, &map);
        } else {
            sum += sf_clean_text(text, flags, out, LARGEST);
        }
        at += 4 + n;
    }
    return sum;
}

int main(int argc, char **argv)
{
    char *data = malloc(LARGEST), *out = malloc(LARGEST), line[16];
    sf_batch *b = NULL;
    FILE *f = argc >= 3 ? fopen(argv[2], "rb") : NULL;
    if (f == NULL || data == NULL || out == NULL || (argc > 3 && sf_batch_new(&b) != SF_OK)) {
        fputs("usage: clean_ours FLAGS TEXTS [mapped]\n", stderr);
        return 2;
    }
    uint32_t flags = (uint32_t)strtoul(argv[1], NULL, 0);
    size_t size = fread(data, 1, LARGEST, f);
    fclose(f);
    while (fgets(line, sizeof line, stdin) != NULL) {
        double start = cpu_seconds();
        int64_t sum = clean_all(data, size, flags, out, b);
        printf("%.9f %lld\n", cpu_seconds() - start, (long long)sum);
        fflush(stdout);
    }
    sf_batch_free(b);
    free(data);
    free(out);
    return 0;
}
