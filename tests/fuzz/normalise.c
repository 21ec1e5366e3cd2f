/* SPDX-License-Identifier: MIT */
/* sf_normalise() on any bytes; the first says the platform. The report adds up, children lie inside the answer, signals can be
 * written and read back as the same. */
#include <stdint.h>
#include <stdlib.h>

#include "signalflow/signalflow.h"

static void check(int holds)
{
    if (!holds) {
        abort();
    }
}

/* Writing, reading and writing again gives the same bytes. */
static void check_signal(const sf_signal *s)
{
    static sf_batch *other;
    if (other == NULL) {
        check(sf_batch_new(&other) == SF_OK);
    }
    size_t cap = (size_t)sf_signal_json(s, NULL, 0) + 1;
    char *one = malloc(cap), *two = malloc(cap);
    check(one != NULL && two != NULL);
    sf_signal_json(s, one, cap);
    int64_t i = sf_batch_add_json(other, sf_cstr(one), NULL);
    check(i >= 0 || i == SF_ETOOBIG);
    if (i >= 0) {
        check(sf_signal_json(sf_batch_at(other, (size_t)i), two, cap) == (int64_t)cap - 1);
        check(memcmp(one, two, cap) == 0);
    }
    sf_batch_reset(other);
    free(one);
    free(two);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static sf_batch *b;
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error err = {0};
    if (size == 0 || (b == NULL && sf_batch_new(&b) != SF_OK)) {
        return 0;
    }
    int32_t platform = SF_REDDIT + data[0] % (SF_PLATFORM_COUNT - SF_REDDIT);
    sf_str answer = {(const char *)data + 1, size - 1};
    int64_t n = sf_normalise(b, platform, answer, INT64_C(1767323105000), &report, &err);
    check(n >= 0 || (n == err.status && err.message[0] != '\0' && sf_batch_count(b) == 0));
    if (n >= 0) {
        check(report.signals == (size_t)n && sf_batch_count(b) == (size_t)n);
        check(report.signals + report.skips + report.errors == report.n_children);
        for (size_t i = 0; i < report.n_children; i++) {
            const sf_child *c = &report.children[i];
            check(c->offset + c->length <= answer.len && (c->signal >= 0) == (c->status == SF_OK));
        }
        for (size_t i = 0; i < (size_t)n; i++) {
            check_signal(sf_batch_at(b, i));
        }
    }
    sf_batch_reset(b);
    return 0;
}
