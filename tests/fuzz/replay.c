/* SPDX-License-Identifier: MIT */
/* Replaying any bytes, as recorded lines or (first byte '1' to '4') as a platform's API answers: each moment is a signal or a
 * rejected record, and times never go back. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sources/replay.h"

static void check(int holds)
{
    if (!holds) {
        abort();
    }
}

static void check_records(const sf_replay_index *x, sf_records *b)
{
    int64_t last = INT64_MIN;
    for (size_t i = 0; i < x->n_moments; i++) {
        sf_records_reset(b);
        check(sf_replay_record(x, i, b) == SF_OK && b->n == 1);
        const sf_record *r = &b->v[0];
        check((r->signal != NULL) != (r->state == SF_RECORD_REJECTED));
        check(r->arrived_ms >= last && r->at.line > 0 && r->at.offset >= 0);
        last = r->arrived_ms;
        if (r->signal != NULL) {
            check(r->signal->source_id.len > 0 && r->signal->observed_ms == r->arrived_ms);
        } else {
            check(r->error->message[0] != '\0' && r->error->status < 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static sf_records *b;
    char path[] = "/tmp/signalflow-fuzz-XXXXXX";
    sf_replay_index x = {.run_ms = 1767323045000, .read_ms = SF_NO_TIME, .shift_to = SF_NO_TIME};
    sf_error err = {0};
    int fd = size > 0 && (b != NULL || sf_records_new(&b, 1) == SF_OK) ? mkstemp(path) : -1;
    if (fd < 0) {
        return 0;
    }
    check(write(fd, data + 1, size - 1) == (ssize_t)(size - 1));
    close(fd);
    int32_t platform = data[0] >= '1' && data[0] <= '4' ? data[0] - '0' : SF_PLATFORM_UNKNOWN;
    check(sf_replay_index_file(&x, path, platform, &err) == SF_OK);
    int status = sf_replay_index_make(&x, &err);
    if (status == SF_OK) {
        check_records(&x, b);
    } else { /* a newer signal, or bytes that begin as gzip does */
        check((status == SF_EVERSION || status == SF_EIO) && err.message[0] != '\0');
    }
    sf_replay_index_free(&x);
    unlink(path);
    return 0;
}
