/* SPDX-License-Identifier: MIT */
/* Any bytes as a state file's journal, as the state of the Hacker News source, and as the lists of its API. What is read of a
 * journal is written and read again the same. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/hackernews.h"
#include "sources/state_journal.h"

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void read_journal(sf_str bytes)
{
    sf_str rest = bytes, key, value;
    sf_journal once = {0}, twice = {0};
    while (sf_state_next(&rest, &key, &value) == 1) {
        check(key.len > 0, "no key");
    }
    check(rest.len <= bytes.len, "more is left than there was");
    check(sf_journal_fold(bytes, &once) == SF_OK, "cannot be folded");
    check(sf_journal_fold((sf_str){once.text, once.len}, &twice) == SF_OK, "cannot be folded again");
    check(once.len == twice.len && (once.len == 0 || memcmp(once.text, twice.text, once.len) == 0), "folds anew");
    sf_journal_free(&once);
    sf_journal_free(&twice);
}

/* Keys and values that have no checksum in front of them, so that a fuzzer gets past it. */
static void read_lines(const char *text, size_t size)
{
    sf_hackernews h = {.poller.platform = &sf_hackernews_platform};
    check(sf_seen_new(&h.poller.seen, 1000, SF_SEEN_MS) == SF_OK && sf_schedule_new(&h.poller.tracked) == SF_OK &&
              sf_schedule_new(&h.waiting) == SF_OK,
          "no memory");
    for (const char *end; size > 0 && (end = memchr(text, '\n', size)) != NULL;) {
        const char *space = memchr(text, ' ', (size_t)(end - text));
        size_t key = (size_t)((space != NULL ? space : end) - text);
        sf_str value = {space != NULL ? space + 1 : end, space != NULL ? (size_t)(end - space) - 1 : 0};
        if (key > 0) {
            (void)sf_hackernews_recall_line(&h, (sf_str){text, key}, value);
        }
        size -= (size_t)(end + 1 - text);
        text = end + 1;
    }
    for (sf_tracked *t; (t = sf_schedule_first(h.poller.tracked)) != NULL; sf_schedule_remove(h.poller.tracked, t)) {
        char buf[SF_TRACKED_TEXT];
        sf_tracked again = {.id = t->id};
        sf_str name;
        size_t len = sf_tracked_write(t, sf_schedule_name_of(h.poller.tracked, t), buf);
        check(len > 0 && sf_tracked_read((sf_str){buf, len}, &again, &name) == SF_OK,
              "a post does not survive as text");
        (void)sf_tracked_next(t, t->observed_ms);
    }
    sf_seen_free(h.poller.seen);
    sf_schedule_free(h.poller.tracked);
    sf_schedule_free(h.waiting);
}

static void count(void *payload, uint64_t id)
{
    check(id > 0 && id <= (uint64_t)SF_MAX_NUMBER, "no id");
    ++*(int *)payload;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const sf_hackernews_form forms[] = {SF_HACKERNEWS_IDS, SF_HACKERNEWS_UPDATES, SF_HACKERNEWS_HIGHEST};
    sf_str bytes = {(const char *)data, size};
    read_journal(bytes);
    read_lines(bytes.ptr, size);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        int n = 0;
        int r = sf_hackernews_read_list(forms[i], bytes, count, &n);
        check(r == SF_OK || n == 0, "ids of a list that is none");
    }
    return 0;
}
