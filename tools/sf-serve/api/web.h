/* SPDX-License-Identifier: MIT */
/* The files of the page, as web/embed.py compiles them in. */
#ifndef API_WEB_H
#define API_WEB_H

#include <stddef.h>

typedef struct web_asset {
    const char *path; /* of its URL; NULL ends the table */
    const char *type;
    const char *tag; /* of its content, without quotes */
    const unsigned char *plain;
    size_t n_plain;
    const unsigned char *packed; /* with gzip */
    size_t n_packed;
} web_asset;

extern const web_asset web_assets[];

#endif
