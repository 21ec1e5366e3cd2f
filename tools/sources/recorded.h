/* SPDX-License-Identifier: MIT */
/* The formats in which posts and trajectories are recorded, one JSON object a line:
 *
 *  post        {platform, source_id, title, body, author, url, score, comments, created_at, observed_at, channel}
 *              A member the origin does not hold is null or missing. Without a source_id it gets one that is derived from
 *              platform and text. A post without a title is a comment, except on Bluesky, where nothing has a title.
 *  trajectory  {platform, source_id, t:[unix seconds], score:[...], comments:[...]}
 *              One post at many moments; the arrays run in parallel, null is an unknown number, other members are ignored.
 *  signal      what the tools write (signalflow/signal.h): told by "v" or "raw_score".
 */
#ifndef SF_RECORDED_H
#define SF_RECORDED_H

#include "signalflow/signalflow.h"

typedef enum sf_recorded_format { SF_RECORDED_POST, SF_RECORDED_TRAJECTORY, SF_RECORDED_SIGNAL } sf_recorded_format;

typedef struct sf_recorded {
    sf_recorded_format format;
    sf_signal *signal; /* of a trajectory: platform, source_id, creation time, and no numbers */
    size_t n;          /* moments of a trajectory; arrays of that length follow */
    const double *t, *score, *comments;
} sf_recorded;

/* Reads a line into the batch. SF_OK; SF_EPARSE and the like with a message that names the member; SF_ENOMEM. */
int sf_recorded_read(sf_batch *b, sf_str line, sf_recorded *out, sf_error *err);

#endif
