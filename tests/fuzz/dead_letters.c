/* SPDX-License-Identifier: MIT */
/* Any bytes as a file of dead letters: each line is a record or is rejected. Then the same bytes as a record that could not be
 * processed: written as a letter and fed back, they are what they were. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugs.h"

static void check(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "dead letters: %s\n", what);
        abort();
    }
}

/* Reads a file of letters to its end. */
static void feed_back(const char *path, sf_records *b, sf_source **s)
{
    char url[64];
    int64_t n;
    (void)snprintf(url, sizeof url, "dlq:%s", path);
    check(sf_source_open(s, sf_sources, url, NULL, NULL) == SF_OK, "cannot open");
    do {
        n = (*s)->ops->read(*s, b, 100, 0, NULL);
    } while (n > 0);
    check(n == SF_EEND || n == SF_EIO, "no end"); /* SF_EIO: the bytes begin as gzip does */
}

static void as_a_file(const char *path, const uint8_t *data, size_t size, sf_records *b)
{
    sf_source *s = NULL;
    FILE *f = fopen(path, "wb");
    check(f != NULL && fwrite(data, 1, size, f) == size && fclose(f) == 0, "cannot write");
    feed_back(path, b, &s);
    for (size_t i = 0; i < b->n; i++) {
        const sf_record *r = &b->v[i];
        check(r->raw.ptr != NULL && r->at.origin != NULL, "a record of nothing");
        check((r->state == SF_RECORD_REJECTED) == (r->error != NULL && r->error->status < 0),
              "rejected without a reason");
    }
    sf_source_close(s);
}

static void as_a_record(const char *path, const uint8_t *data, size_t size, sf_records *b, sf_records *back)
{
    static const sf_error why = {.status = SF_EPARSE, .offset = 1, .message = "why"};
    sf_sink *sink = NULL;
    sf_source *s = NULL;
    sf_record *r = sf_records_add(b);
    check(r != NULL && sf_record_reject(r, b->memory, &why) == SF_OK, "no memory");
    r->raw = (sf_str){(const char *)data, size};
    r->at = (sf_coordinates){.origin = "posts", .partition = size % 2 ? 3 : -1, .offset = (int64_t)size};
    b->number++;
    check(sf_sink_open(&sink, sf_dead_letter_sinks, path, NULL, NULL) == SF_OK, "cannot open");
    check(sink->ops->write(sink, b, NULL) == SF_OK && sink->ops->flush(sink, 1000, NULL) == SF_OK, "cannot write");
    sf_sink_close(sink);
    feed_back(path, back, &s);
    check(back->n == 1 && back->v[0].state == SF_RECORD_NEW, "no letter");
    check(back->v[0].raw.len == size && memcmp(back->v[0].raw.ptr, data, size) == 0, "other bytes");
    check(strcmp(back->v[0].at.origin, "posts") == 0 && back->v[0].at.offset == r->at.offset &&
              back->v[0].at.partition == r->at.partition,
          "another place");
    sf_source_close(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static sf_records *b, *back;
    char path[] = "/tmp/signalflow-fuzz-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0 || (b == NULL && (sf_records_new(&b, 1) != SF_OK || sf_records_new(&back, 1) != SF_OK))) {
        return 0;
    }
    close(fd);
    sf_records_reset(b);
    as_a_file(path, data, size, b);
    unlink(path);
    sf_records_reset(b);
    sf_records_reset(back);
    as_a_record(path, data, size, b, back);
    unlink(path);
    return 0;
}
