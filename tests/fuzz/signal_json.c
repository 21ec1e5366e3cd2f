/* SPDX-License-Identifier: MIT */
/* Reading signals from any bytes: whatever is read is a signal, and is written and read again as the same. */
#include <stdint.h>
#include <stdlib.h>

#include "signalflow/signalflow.h"

static void check(int holds)
{
    if (!holds) {
        abort();
    }
}

static char *write_signal(const sf_signal *s, int64_t *len)
{
    *len = sf_signal_json(s, NULL, 0);
    char *text = malloc((size_t)*len + 1);
    check(text != NULL && sf_signal_json(s, text, (size_t)*len + 1) == *len && text[*len] == '\0');
    char cut[16];
    check(sf_signal_json(s, cut, sizeof cut) == *len && memcmp(cut, text, 15) == 0 && cut[15] == '\0');
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static sf_batch *b;
    sf_error err = {0};
    if (b == NULL && sf_batch_new(&b) != SF_OK) {
        return 0;
    }
    int64_t i = sf_batch_add_json(b, (sf_str){(const char *)data, size}, &err);
    if (i < 0) {
        check(err.status == i && err.offset <= size && err.message[0] != '\0' && sf_batch_count(b) == 0);
    } else {
        const sf_signal *s = sf_batch_at(b, (size_t)i);
        int64_t len, again_len;
        sf_str text;
        check(i == 0 && s != NULL && s->source_id.len > 0 && s->platform != SF_PLATFORM_UNKNOWN);
        check(sf_signal_text(b, s, &text) == SF_OK);
        for (size_t k = 0; k < s->n_entities; k++) {
            check(s->entities[k].start <= s->entities[k].end && s->entities[k].end <= text.len);
        }
        char *once = write_signal(s, &len);
        int64_t second = sf_batch_add_json(b, (sf_str){once, (size_t)len}, &err);
        check(second == 1 || (second == SF_ETOOBIG && len > SF_MAX_RECORD));
        if (second == 1) {
            char *twice = write_signal(sf_batch_at(b, 1), &again_len);
            check(len == again_len && memcmp(once, twice, (size_t)len) == 0);
            check(sf_batch_add(b, s, sizeof *s) == 2);
            char *copied = write_signal(sf_batch_at(b, 2), &again_len);
            check(len == again_len && memcmp(once, copied, (size_t)len) == 0);
            free(twice);
            free(copied);
        }
        free(once);
    }
    sf_batch_reset(b);
    return 0;
}
