/* SPDX-License-Identifier: MIT */
/* The rules of merging, one by one; a store of one post stands in for the real ones. tests/integration/order.py has them all at
 * once, in any order. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "stores/merge.h"

#define T0     INT64_C(1767323700000) /* 2026-01-02T03:15:00Z, the start of a window */
#define MINUTE 60000

/* A store that knows one post. */
typedef struct fake {
    sf_merge m;
    sf_post post;
    sf_looks looks;
    sf_signal signals[8];
    sf_record records[8];
    sf_record *order[8];
    size_t n;
} fake;

static int read_looks(void *store, const sf_post *p, sf_looks *into, sf_error *err)
{
    const fake *f = store;
    (void)p;
    (void)err;
    for (size_t i = 0; i < f->looks.n; i++) {
        *sf_looks_add(into) = f->looks.v[i];
    }
    return SF_OK;
}

static int set_up(void **state)
{
    fake *f = calloc(1, sizeof *f);
    sf_merge_open(&f->m, sf_lexicon_builtin());
    f->m.history = read_looks;
    f->m.store = f;
    sf_post_init(&f->post, SF_REDDIT, sf_cstr("t3_1"));
    *state = f;
    return f == NULL;
}

static int tear_down(void **state)
{
    fake *f = *state;
    sf_merge_close(&f->m);
    free(f->looks.v);
    free(f);
    return 0;
}

/* The next observation to be merged. */
static sf_signal *look(fake *f, int32_t kind, int64_t at_ms, double score)
{
    sf_signal *s = &f->signals[f->n];
    sf_signal_init(s, sizeof *s);
    s->platform = SF_REDDIT;
    s->source_id = sf_cstr("t3_1");
    s->kind = kind;
    s->observed_ms = at_ms;
    s->raw_score = score;
    f->records[f->n] = (sf_record){.signal = s};
    f->order[f->n] = &f->records[f->n];
    f->n++;
    return s;
}

/* Merges what look() made, and stores it as a store would. */
static void merge(fake *f)
{
    sf_error err;
    sf_merge_begin(&f->m);
    assert_int_equal(sf_merge_post(&f->m, &f->post, SF_NO_TIME, f->order, f->n, &err), SF_OK);
    sf_merge_settle_windows(&f->m);
    f->post.id = 1;
    f->n = 0;
    for (size_t i = 0; i < f->m.looks.n; i++) {
        sf_look l = f->m.looks.v[i];
        size_t at = 0;
        while (at < f->looks.n && f->looks.v[at].at_ms < l.at_ms) {
            at++;
        }
        if (at == f->looks.n || f->looks.v[at].at_ms != l.at_ms) {
            (void)sf_looks_add(&f->looks);
            memmove(&f->looks.v[at + 1], &f->looks.v[at], (f->looks.n - 1 - at) * sizeof l);
        }
        l.write = l.touches = 0;
        f->looks.v[at] = l;
    }
}

static int touched(const fake *f, int64_t window)
{
    for (size_t i = 0; i < f->m.n_windows; i++) {
        if (f->m.windows[i] == window) {
            return 1;
        }
    }
    return 0;
}

static void a_newer_look_is_folded_on(void **state)
{
    fake *f = *state;
    look(f, SF_POST, T0, 45);
    merge(f);
    const sf_signal *s = look(f, SF_REFRESH, T0 + 5 * MINUTE, 1200);
    merge(f);
    assert_true(f->post.score == 1200);
    assert_true(f->post.velocity == 3.85);
    assert_true(s->velocity == 3.85 && s->previous_score == 45);
    assert_int_equal(f->m.looks.n, 1); /* the history was not needed */
    assert_int_equal(f->records[0].state, SF_RECORD_ACCEPTED);
}

static void a_late_look_corrects_the_one_after_it(void **state)
{
    fake *f = *state;
    look(f, SF_POST, T0, 45);
    look(f, SF_REFRESH, T0 + 20 * MINUTE, 1245);
    merge(f);
    assert_true(f->post.velocity == 1.0);
    const sf_signal *s = look(f, SF_REFRESH, T0 + 10 * MINUTE, 645);
    merge(f);
    assert_true(s->velocity == 1.0 && s->previous_score == 45);
    assert_true(f->post.score == 1245 && f->post.velocity == 1.0);
    assert_int_equal(f->records[0].state, SF_RECORD_STALE);
    assert_true(touched(f, T0));               /* its own window */
    assert_true(touched(f, T0 + 15 * MINUTE)); /* that of the next: its gain began elsewhere */
    assert_true(f->looks.v[2].velocity == 1.0 && f->looks.v[2].at_ms == T0 + 20 * MINUTE);
    assert_int_equal(f->looks.n, 3);
}

static void the_same_again_changes_nothing(void **state)
{
    fake *f = *state;
    sf_signal *s = look(f, SF_POST, T0, 45);
    s->title = sf_cstr("A title");
    merge(f);
    look(f, SF_REFRESH, T0 + 5 * MINUTE, 50);
    merge(f);
    s = look(f, SF_POST, T0, 45);
    s->title = sf_cstr("A title");
    merge(f);
    assert_int_equal(f->records[0].state, SF_RECORD_UNCHANGED);
    assert_int_equal(f->m.row_changed, 0);
    assert_int_equal(f->m.n_windows, 0);
    assert_null(f->m.text);
    for (size_t i = 0; i < f->m.looks.n; i++) {
        assert_int_equal(f->m.looks.v[i].write, 0);
    }
}

static void unknown_never_overwrites_a_number(void **state)
{
    fake *f = *state;
    sf_signal *s = look(f, SF_POST, T0, 45);
    s->comments = 3;
    merge(f);
    look(f, SF_REFRESH, T0 + 5 * MINUTE, NAN);
    merge(f);
    assert_true(f->post.score == 45 && f->post.comments == 3);
    assert_int_equal(f->post.observed_ms, T0 + 5 * MINUTE);
    look(f, SF_REFRESH, T0 + 10 * MINUTE, 105);
    merge(f);
    assert_true(f->post.velocity == 0.1); /* against the latest look that had a score */
}

static void of_one_moment_a_refresh_holds(void **state)
{
    fake *f = *state;
    look(f, SF_REFRESH, T0, 10);
    look(f, SF_POST, T0, 99);
    merge(f);
    assert_true(f->post.score == 10);
    look(f, SF_REFRESH, T0, 12);
    merge(f);
    assert_true(f->post.score == 12);
    look(f, SF_REFRESH, T0, 11);
    merge(f);
    assert_true(f->post.score == 12);
    assert_int_equal(f->looks.n, 1);
}

static void text_is_the_newest_that_has_words(void **state)
{
    fake *f = *state;
    sf_signal *s = look(f, SF_REFRESH, T0 + 9 * MINUTE, 9);
    s->author = sf_cstr("ann");
    merge(f);
    assert_ptr_equal(f->m.text, s);
    s = look(f, SF_POST, T0, 1); /* older, and yet the first with words */
    s->title = sf_cstr("First");
    merge(f);
    assert_ptr_equal(f->m.text, s);
    assert_int_equal(f->records[0].state, SF_RECORD_ACCEPTED);
    assert_true(touched(f, T0)); /* topics changed where it had been observed */
    s = look(f, SF_REFRESH, T0 + 5 * MINUTE, 5);
    s->title = sf_cstr("Edited");
    merge(f);
    assert_ptr_equal(f->m.text, s);
    s = look(f, SF_REFRESH, T0 + 2 * MINUTE, 2);
    s->title = sf_cstr("Between");
    merge(f);
    assert_null(f->m.text);
    assert_int_equal(f->post.text_ms, T0 + 5 * MINUTE);
}

static void the_same_text_later_is_not_written_again(void **state)
{
    fake *f = *state;
    look(f, SF_POST, T0, 1)->title = sf_cstr("First");
    merge(f);
    look(f, SF_REFRESH, T0 + 5 * MINUTE, 5)->title = sf_cstr("First");
    merge(f);
    assert_null(f->m.text);
    assert_int_equal(f->post.text_ms, T0 + 5 * MINUTE);
}

static void a_delete_takes_the_text_for_good(void **state)
{
    fake *f = *state;
    look(f, SF_POST, T0, 45)->title = sf_cstr("A title");
    merge(f);
    look(f, SF_DELETE, T0 + 30 * MINUTE, NAN);
    merge(f);
    assert_int_equal(f->records[0].state, SF_RECORD_ACCEPTED);
    assert_int_equal(f->m.text_gone, 1);
    assert_int_equal(f->post.kind, SF_DELETE);
    assert_true(touched(f, T0));
    assert_true(isnan(sf_post_hotness(&f->post)));
    look(f, SF_POST, T0 + 60 * MINUTE, 50)->title = sf_cstr("A title");
    merge(f);
    assert_null(f->m.text);
    assert_int_equal(f->records[0].state, SF_RECORD_STALE);
    assert_true(f->post.score == 50); /* numbers go on */
    assert_int_equal(f->m.n_windows, 0);
    look(f, SF_DELETE, T0 + 30 * MINUTE, NAN);
    merge(f);
    assert_int_equal(f->records[0].state, SF_RECORD_UNCHANGED);
}

static void a_delete_may_come_first(void **state)
{
    fake *f = *state;
    look(f, SF_DELETE, T0 + MINUTE, NAN);
    merge(f);
    assert_int_equal(f->post.deleted_ms, T0 + MINUTE);
    look(f, SF_POST, T0, 45)->title = sf_cstr("A title");
    merge(f);
    assert_null(f->m.text);
    assert_int_equal(f->post.first_seen_ms, T0);
    assert_int_equal(f->looks.n, 1);
}

static void times_are_minima_and_maxima(void **state)
{
    fake *f = *state;
    look(f, SF_REFRESH, T0 + 30 * MINUTE, 5);
    merge(f);
    assert_int_equal(sf_post_event_ms(&f->post), T0 + 30 * MINUTE);
    look(f, SF_REFRESH, T0 + 20 * MINUTE, 4)->ts_ms = T0 + 10 * MINUTE;
    merge(f);
    assert_int_equal(f->post.first_seen_ms, T0 + 20 * MINUTE);
    assert_int_equal(f->post.observed_ms, T0 + 30 * MINUTE);
    assert_int_equal(sf_post_event_ms(&f->post), T0 + 10 * MINUTE);
    assert_true(touched(f, T0 + 30 * MINUTE)); /* the window it is no longer created in ... */
    assert_true(touched(f, T0));               /* ... and the one it is */
    look(f, SF_COMMENT, T0 + 40 * MINUTE, 6);
    look(f, SF_POST, T0 + 50 * MINUTE, 6);
    merge(f);
    assert_int_equal(f->post.kind, SF_COMMENT);
}

static void later_ones_of_a_batch_are_not_stale(void **state)
{
    fake *f = *state;
    look(f, SF_POST, T0, 1);
    look(f, SF_REFRESH, T0 + 10 * MINUTE, 3);
    look(f, SF_REFRESH, T0 + 5 * MINUTE, 2);
    merge(f);
    assert_int_equal(f->records[0].state, SF_RECORD_ACCEPTED);
    assert_int_equal(f->records[1].state, SF_RECORD_ACCEPTED);
    assert_int_equal(f->records[2].state, SF_RECORD_STALE);
    assert_true(f->signals[1].previous_score == 2); /* as the history has it in the end */
}

static void an_earlier_birth_folds_anew(void **state)
{
    fake *f = *state;
    sf_error err;
    look(f, SF_POST, T0, 1000);
    merge(f);
    double before = f->post.trending_score;
    assert_int_equal(sf_merge_rebirth(&f->m, &f->post, T0 - 10 * MINUTE, &err), SF_OK);
    assert_true(f->post.trending_score != before);
    assert_int_equal(f->m.looks.v[0].write, 1);
    assert_int_equal(f->m.row_changed, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_newer_look_is_folded_on),
        T(a_late_look_corrects_the_one_after_it),
        T(the_same_again_changes_nothing),
        T(unknown_never_overwrites_a_number),
        T(of_one_moment_a_refresh_holds),
        T(text_is_the_newest_that_has_words),
        T(the_same_text_later_is_not_written_again),
        T(a_delete_takes_the_text_for_good),
        T(a_delete_may_come_first),
        T(times_are_minima_and_maxima),
        T(later_ones_of_a_batch_are_not_stale),
        T(an_earlier_birth_folds_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
