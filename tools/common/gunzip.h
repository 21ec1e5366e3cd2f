/* SPDX-License-Identifier: MIT */
/* Gzip data piece by piece, as they come: members one behind the other, and zeros behind the last. Anything else behind a
 * member is broken data, not something to be passed over. */
#ifndef SF_GUNZIP_H
#define SF_GUNZIP_H

#include <zlib.h>

#include "signalflow/signalflow.h"

typedef struct sf_gunzip {
    z_stream z;       /* its next_in and avail_in are the caller's to fill when all is used up */
    int member_ended; /* the data may end here */
} sf_gunzip;

/* Do these first bytes say that what follows is gzip? */
int sf_is_gzip(const void *bytes, size_t len);

int sf_gunzip_open(sf_gunzip *g); /* SF_OK, SF_ENOMEM */
void sf_gunzip_close(sf_gunzip *g);

/* Unpacks into out, which has room. Returns the number of bytes; 0 when it needs more input; SF_EIO with a message that names what is
 * broken, SF_ENOMEM. What stands before a break is given first. */
int64_t sf_gunzip_some(sf_gunzip *g, void *out, size_t cap, const char *name, sf_error *err);

/* The input has ended. SF_OK, or SF_EIO where that was too early. */
int sf_gunzip_end(const sf_gunzip *g, const char *name, sf_error *err);

#endif
