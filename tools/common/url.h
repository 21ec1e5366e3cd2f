/* SPDX-License-Identifier: MIT */
/* URLs as plugs take them: scheme:rest?key=value&key=value. */
#ifndef SF_URL_H
#define SF_URL_H

#include "signalflow/signalflow.h"

typedef struct sf_url {
    char *text;         /* the whole, for messages; a password in it is masked */
    const char *scheme; /* "ndjson" for "-", for plain paths and for "file:" */
    const char *rest;   /* what stands between the scheme and "?": a path, or //host/path; nothing is decoded */
    const char *query;  /* after "?", "" if there is none; a plain path has none */
    char *memory;       /* what the three point into */
} sf_url;

/* Takes a URL apart. SF_OK, SF_EINVAL, SF_ENOMEM. */
int sf_url_parse(const char *text, sf_url *out, sf_error *err);
void sf_url_free(sf_url *u);

/* Does this text carry a password, in //user:password@ or in its query? Secrets never stand in an argument. */
int sf_url_has_password(const char *text);

/* The file that `rest` names: "path", "-", "/path" for "///path". NULL: it names a host, or nothing. */
const char *sf_url_path(const sf_url *u);

/* The value of a query key, decoded into buf; NULL where it is not there or does not fit. */
const char *sf_url_query(const sf_url *u, const char *key, char *buf, size_t cap);

/* Decodes %XX and "+" of a query or a form; a percent that encodes nothing stands for itself. The length, and a NUL stands behind it; -1: it
 * does not fit. There may be NULs in it. */
int64_t sf_url_decode(sf_str text, char *out, size_t cap);

/* The value of a hexadecimal digit, or -1. */
int sf_hex_value(char c);

/* A byte so that it can stand as part of a value: itself, or %XX. Returns how many bytes it takes. */
size_t sf_url_code(unsigned char c, char out[3]);

/* Writes text so that it can stand as a value in a query or a form. Returns its length; 0 where it does not fit, or is empty. */
size_t sf_url_encode(const char *text, char *buf, size_t cap);

/* Fails on query keys that are not in the NULL-ended list, naming the first, and on values longer than SF_URL_VALUE. */
int sf_url_check_query(const sf_url *u, const char *const *known, sf_error *err);

/* What plugs of files open with: the path, once the query has been checked. SF_OK, SF_EINVAL. */
int sf_url_file(const sf_url *u, const char *const *known, const char **path, sf_error *err);
#define SF_URL_VALUE 1023

#endif
