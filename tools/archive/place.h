/* SPDX-License-Identifier: MIT */
/* Where an archive lies: a folder, or a bucket of S3. Things have names ("dt=2026-01-02/platform=reddit/x.parquet") and are there as a
 * whole or not at all: no reader ever sees a part of one. One thread at a time. */
#ifndef SF_ARCHIVE_PLACE_H
#define SF_ARCHIVE_PLACE_H

#include "common/mapped.h"
#include "common/settings.h"
#include "common/url.h"

typedef struct sf_place sf_place;

/* Called for each name; a status other than SF_OK ends the listing with that. */
typedef int (*sf_place_each)(void *payload, const char *name, sf_error *err);

/* All of them return SF_OK; SF_EAGAIN (the place is away: ask again); or final: SF_EIO, SF_ENOMEM, SF_EINVAL. */
typedef struct sf_place_ops {
    int (*put)(sf_place *p, const char *name, sf_str bytes, sf_error *err);   /* replaces what has this name */
    int (*get)(sf_place *p, const char *name, sf_mapped *out, sf_error *err); /* SF_EEND: nothing has this name */
    int (*remove)(sf_place *p, const char *name, sf_error *err);              /* fine where there is nothing */
    /* Names that begin so, in any order; what begins with "." or "_" at any level is not told of. */
    int (*list)(sf_place *p, const char *prefix, sf_place_each each, void *payload, sf_error *err);
    /* Makes the bucket if it is not there, and has it forget what is older; NULL: nothing to set up. */
    int (*set_up)(sf_place *p, int64_t keep_days, sf_error *err);
    /* Can it be written to, as far as can be told? Also SF_EEND: it is not there. */
    int (*check)(sf_place *p, sf_error *err);
    void (*close)(sf_place *p);
} sf_place_ops;

struct sf_place {
    const sf_place_ops *ops;
};

/* Opens the place that a URL names: "s3://BUCKET[/PREFIX]?region=NAME[&endpoint=URL][&part=BYTES]", or a path. `where` is the URL
 * without its query and without a scheme in front ("replay:"); settings tell key and secret. Nothing is asked of a server yet.
 * SF_OK, SF_EINVAL, SF_ENOMEM. */
int sf_place_open(sf_place **out, const char *where, const sf_url *url, const sf_settings *settings, sf_error *err);
/* The same for a URL as it was typed: "s3://...", a path, or file:. */
int sf_place_open_url(sf_place **out, const sf_url *url, const sf_settings *settings, sf_error *err);
void sf_place_close(sf_place *p); /* NULL is fine */
int sf_place_is_s3(const char *where);

/* What a place's URL may say behind "?". */
#define SF_PLACE_KEYS "region", "endpoint", "part"

/* The two kinds. */
int sf_folder_open(sf_place **out, const char *path, sf_error *err);
int sf_s3_open(sf_place **out, const char *where, const sf_url *url, const sf_settings *settings, sf_error *err);

#endif
