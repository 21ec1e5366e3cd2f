/* SPDX-License-Identifier: MIT */
/* Files of recorded API answers: one answer, however it is laid out, or one a line (Jetstream frames, captures). */
#include <stdio.h>

#include "common/fail.h"
#include "common/loop.h"
#include "replay.h"

static int is_json(sf_str text)
{
    sf_json j;
    sf_json_init(&j, text);
    sf_json_skip(&j);
    return sf_json_end(&j, NULL) == SF_OK;
}

/* One a line? A file that is one document as a whole is one answer. Of others, cut off ones among them, it is told by whether
 * any of the first lines is a document of its own. */
static int is_line_by_line(sf_str bytes)
{
    sf_str rest = bytes, line;
    if (is_json(bytes)) {
        return 0;
    }
    for (int seen = 0; seen < 16 && sf_replay_next_line(&rest, &line);) {
        if (!sf_replay_is_blank(line)) {
            seen++;
            if (is_json(line) && rest.len > 0) {
                return 1;
            }
        }
    }
    return 0;
}

static int add_child(sf_replay_index *x, uint32_t file, sf_str answer, uint32_t number, const sf_child *c,
                     sf_error *err)
{
    sf_str raw = {answer.ptr + c->offset, (size_t)c->length};
    if (c->status == SF_ESKIP) {
        x->skipped++;
        return SF_OK;
    }
    if (c->signal < 0) {
        sf_error why;
        sf_fail(&why, c->status, "%s", c->reason);
        why.offset = c->offset;
        return sf_replay_add_refused(x, file, raw, number, &why, err);
    }
    const sf_signal *s = sf_batch_at(x->scratch, (size_t)c->signal);
    sf_replay_line *l = sf_replay_add_line(x, SF_REPLAY_ANSWER, file, raw, number);
    int status = l == NULL ? SF_ENOMEM : sf_replay_spool_signal(x, l, s, err);
    return status != SF_OK ? status : sf_replay_add_signal(x, l, s);
}

static int add_answer(sf_replay_index *x, uint32_t file, sf_str answer, uint32_t number, sf_error *err)
{
    sf_normalise_report report = SF_NORMALISE_REPORT_INIT;
    sf_error why = {0};
    sf_batch_reset(x->scratch);
    int64_t n = sf_normalise(x->scratch, x->files[file].platform, answer, x->read_ms, &report, &why);
    if (n < 0) {
        return n == SF_ENOMEM ? SF_ENOMEM : sf_replay_add_refused(x, file, answer, number, &why, err);
    }
    int status = SF_OK;
    for (size_t i = 0; status == SF_OK && i < report.n_children; i++) {
        status = add_child(x, file, answer, number, &report.children[i], err);
    }
    return status;
}

int sf_replay_answers(sf_replay_index *x, uint32_t file, sf_error *err)
{
    sf_str rest = x->files[file].mapped.bytes, line;
    if (!is_line_by_line(rest)) {
        return add_answer(x, file, rest, 1, err);
    }
    int status = SF_OK;
    for (uint32_t number = 1; status == SF_OK && sf_replay_next_line(&rest, &line); number++) {
        if (!sf_replay_is_blank(line)) {
            status = sf_stop_asked() ? SF_EEND : add_answer(x, file, line, number, err);
        }
    }
    return status;
}
