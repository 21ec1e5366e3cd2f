/* SPDX-License-Identifier: MIT */
/* One moment of the replay's index as a record. */
#include "recorded.h"
#include "replay.h"

static sf_str made(const sf_replay_index *x, const sf_replay_line *l)
{
    return (sf_str){x->made.bytes.ptr + l->made, l->length};
}

static sf_signal *read_signal(sf_batch *b, sf_str json)
{
    int64_t i = sf_batch_add_json(b, json, NULL);
    return i < 0 ? NULL : sf_batch_at(b, (size_t)i);
}

static sf_signal *read_post(sf_batch *b, const sf_replay_line *l)
{
    sf_recorded rec = {.signal = NULL};
    return sf_recorded_read(b, l->raw, &rec, NULL) == SF_OK ? rec.signal : NULL;
}

/* One moment of a trajectory: with the post's text where that is known and it is the first. */
static sf_signal *read_step(const sf_replay_index *x, sf_batch *b, const sf_replay_line **l, const sf_replay_moment *m)
{
    int first = m->step == 0 && !(*l)->later;
    int with_text = first && (*l)->text != SF_REPLAY_NONE;
    int64_t ts_ms = (*l)->ts_ms;
    if (with_text) {
        *l = &x->lines[(*l)->text];
    }
    sf_signal *s = with_text ? read_post(b, *l) : read_signal(b, made(x, *l));
    if (s != NULL) {
        s->kind = first ? s->kind : SF_REFRESH;
        s->raw_score = m->score;
        s->comments = m->comments;
        s->ts_ms = ts_ms;
    }
    return s;
}

static sf_signal *make_signal(const sf_replay_index *x, sf_batch *b, const sf_replay_line **l,
                              const sf_replay_moment *m)
{
    sf_signal *s = NULL;
    switch ((*l)->form) {
    case SF_REPLAY_POST:
        s = read_post(b, *l);
        if (s != NULL && (*l)->later) {
            s->kind = SF_REFRESH;
        }
        break;
    case SF_REPLAY_TRAJECTORY: s = read_step(x, b, l, m); break;
    case SF_REPLAY_SIGNAL: s = read_signal(b, (*l)->raw); break;
    case SF_REPLAY_ANSWER: s = read_signal(b, made(x, *l)); break;
    default: break;
    }
    if (s != NULL) {
        s->observed_ms = m->ms;
        s->ts_ms += s->ts_ms != SF_NO_TIME ? x->shift : 0;
    }
    return s;
}

int sf_replay_record(const sf_replay_index *x, size_t i, sf_records *b)
{
    const sf_replay_moment *m = &x->moments[i];
    const sf_replay_line *l = &x->lines[m->line];
    sf_record *r = sf_records_add(b);
    if (r == NULL) {
        return SF_ENOMEM;
    }
    if (l->form != SF_REPLAY_REFUSED) {
        r->signal = make_signal(x, b->memory, &l, m);
        if (r->signal == NULL) {
            return SF_ENOMEM;
        }
        r->key = r->signal->source_id;
    }
    r->raw = x->files[l->file].archived ? made(x, l) : l->raw;
    r->native = x->files[l->file].platform != SF_PLATFORM_UNKNOWN;
    r->at.origin = x->files[l->file].path;
    r->at.partition = -1;
    r->at.offset = l->raw.ptr - x->files[l->file].mapped.bytes.ptr;
    r->at.line = l->number;
    r->arrived_ms = m->ms; /* what was recorded arrived when it was observed */
    if (l->form == SF_REPLAY_REFUSED) {
        sf_error why;
        memcpy(&why, made(x, l).ptr, sizeof why);
        why.line = (int32_t)l->number;
        return sf_record_reject(r, b->memory, &why);
    }
    return SF_OK;
}
