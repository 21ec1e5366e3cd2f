/* SPDX-License-Identifier: MIT */
/* URLs as plugs take them: scheme:rest?key=value&key=value. */
#ifndef SF_URL_H
#define SF_URL_H

#include "signalflow/signalflow.h"

typedef struct sf_url {
    char *text;         /* the whole, for messages; a password in it is masked */
    const char *scheme; /* "ndjson" for "-" and for plain paths */
    const char *rest;   /* what stands between the scheme and "?": a path, or //host/path */
    const char *query;  /* after "?", "" if there is none */
    char *memory;       /* what the three point into */
} sf_url;

/* Takes a URL apart. SF_OK; SF_EINVAL, also where it carries a password (secrets never stand in an argument). */
int sf_url_parse(const char *text, sf_url *out, sf_error *err);
void sf_url_free(sf_url *u);

/* The value of a query key, decoded into buf; NULL where it is not there. SF_EINVAL is no outcome: what does not fit is
 * treated as absent. */
const char *sf_url_query(const sf_url *u, const char *key, char *buf, size_t cap);

/* Fails on query keys that are not in the NULL-ended list, naming the first. */
int sf_url_check_query(const sf_url *u, const char *const *known, sf_error *err);

#endif
