/* SPDX-License-Identifier: MIT */
/* One signed request to a server that speaks S3, and its answer. libcurl signs (version 4); what it must be given so that strict
 * servers find the signature good is seen to here. */
#ifndef SF_S3_REQUEST_H
#define SF_S3_REQUEST_H

#include <stdio.h>

#include "common/buffer.h"

typedef struct sf_s3_client sf_s3_client;

typedef struct sf_s3_account {
    const char *region;
    const char *key, *secret;
    const char *token; /* of a session; NULL: none */
} sf_s3_account;

/* All of it is copied. SF_OK, SF_ENOMEM. */
int sf_s3_client_new(sf_s3_client **out, const sf_s3_account *a);
void sf_s3_client_free(sf_s3_client *c); /* NULL is fine */

typedef struct sf_s3_request {
    const char *method; /* "GET", "PUT", "POST", "DELETE" */
    const char *url;    /* without query; the path is escaped as sf_s3_escape() does */
    const char *query;  /* "a=1&b=", sorted, escaped, each with its "="; NULL: none */
    sf_str body;        /* of PUT and POST */
    const char *type;   /* of the body; NULL: application/octet-stream */
    int md5;            /* 1: with a checksum of the body in front, which some requests must have */
    FILE *to;           /* where a good answer's body goes; NULL: into the answer */
} sf_s3_request;

typedef struct sf_s3_answer {
    long status;    /* 0: none came */
    sf_buffer body; /* of one that is not good, always */
    char etag[128];
    char reason[160]; /* why none came */
} sf_s3_answer;

/* Sends it and waits. SF_OK with any status; SF_EAGAIN: no answer; SF_EIO: `to` cannot be written; SF_ENOMEM. The answer's body is to
 * be freed by sf_buffer_free() either way. */
int sf_s3_send(sf_s3_client *c, const sf_s3_request *r, sf_s3_answer *a);

/* Appends text escaped for a path (slashes stay) or for a query. */
void sf_s3_escape(sf_buffer *to, const char *text, int in_path);

/* The text of the first element of that name in an answer, unescaped, appended to `to`. *at is where to look from, and is moved
 * behind it. 1, or 0: there is none. */
int sf_s3_element(sf_str xml, const char *name, size_t *at, sf_buffer *to);

#endif
