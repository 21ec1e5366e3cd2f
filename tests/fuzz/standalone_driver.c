/* SPDX-License-Identifier: MIT */
/* Runs a fuzz target as an ordinary test: over every file of the folders given, and over some hundred broken copies of
 * each. The same files give the same copies, so that a failure can be repeated; it says which input it was. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/support/random.h"

#define MUTATIONS 400
#define MAX_FILE  (8 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t *read_file(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = f != NULL ? malloc(MAX_FILE) : NULL;
    if (data != NULL) {
        *size = fread(data, 1, MAX_FILE, f);
    }
    if (f != NULL) {
        fclose(f);
    }
    return data;
}

/* Each input lies in a block of its own size, so that reading past its end is seen by the tools that look for that. */
static void run(const uint8_t *data, size_t size)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

/* One small damage: a byte changed, a part taken out, doubled or moved, something hostile put in. Returns the new size,
 * which is at most size + 64. */
static size_t damage(uint8_t *data, size_t size, uint64_t *random)
{
    static const char *const hostile[] = {
        "\"",          "\\",   "{",        "}", "[[[[[[[[", "]",     ",",    ":",    "\\u0000",
        "\\ud800",     "\xFF", "\xF0\x9F", "-", "0",        ".",     "e999", "null", "1e99999",
        "99999999999", "\r\n", "\xE2\x80", "<", "&#",       "&amp;", ">",
    };
    size_t at = size > 0 ? random_below(random, (uint32_t)size) : 0;
    size_t n = size > 0 ? 1 + random_below(random, (uint32_t)(size - at < 32 ? size - at : 32)) : 0;
    n = n > size - at ? size - at : n;
    switch (random_below(random, 6)) {
    case 0:
        if (size > 0) {
            data[at] ^= (uint8_t)(1U << random_below(random, 8));
        }
        return size;
    case 1:
        if (size > 0) {
            data[at] = (uint8_t)random_next(random);
        }
        return size;
    case 2: memmove(data + at, data + at + n, size - at - n); return size - n;
    case 3: memmove(data + at + n, data + at, size - at); return size + n; /* doubled */
    case 4: return at;                                                     /* cut off */
    default: break;
    }
    const char *piece = hostile[random_below(random, sizeof hostile / sizeof hostile[0])];
    size_t len = strlen(piece);
    memmove(data + at + len, data + at, size - at);
    memcpy(data + at, piece, len);
    return size + len;
}

static void run_damaged(const uint8_t *data, size_t size)
{
    uint64_t random = size;
    size_t rounds = size < 100000 ? MUTATIONS : MUTATIONS / 10;
    uint8_t *work = malloc(size + 4 * 64);
    if (work == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    for (size_t i = 0; i < rounds; i++) {
        size_t n = size;
        memcpy(work, data, size);
        for (uint32_t k = 1 + random_below(&random, 4); k > 0; k--) {
            n = damage(work, n, &random);
        }
        run(work, n);
    }
    free(work);
}

static int run_folder(const char *folder)
{
    DIR *d = opendir(folder);
    int files = 0;
    struct dirent *entry;
    while (d != NULL && (entry = readdir(d)) != NULL) {
        char path[4096];
        size_t size = 0;
        if (entry->d_name[0] == '.') {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        fprintf(stderr, "%s\n", path); /* the last one named is the culprit */
        uint8_t *data = read_file(path, &size);
        if (data == NULL) {
            fprintf(stderr, "cannot be read\n");
            exit(1);
        }
        run(data, size);
        run_damaged(data, size);
        free(data);
        files++;
    }
    if (d != NULL) {
        closedir(d);
    }
    return files;
}

int main(int argc, char **argv)
{
    int files = 0;
    for (int i = 1; i < argc; i++) {
        files += run_folder(argv[i]);
    }
    printf("%d files, each also in damaged copies\n", files);
    return files > 0 ? 0 : 1;
}
