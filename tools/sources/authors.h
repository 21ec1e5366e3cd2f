/* SPDX-License-Identifier: MIT */
/* What is written of who wrote something: their names, hashes of them, or nothing. It acts on signals and on raw bytes before either goes
 * anywhere. */
#ifndef SF_AUTHORS_H
#define SF_AUTHORS_H

#include "signalflow/signalflow.h"

typedef enum sf_authors_mode { SF_AUTHORS_KEEP, SF_AUTHORS_HASH, SF_AUTHORS_DROP } sf_authors_mode;

typedef struct sf_authors {
    sf_authors_mode mode;
    unsigned char key[16]; /* of hashes: who does not know it cannot try names out */
} sf_authors;

enum { SF_AUTHORS_NAME = 36 };

/* "keep", "hash", "drop". */
sf_authors_mode sf_authors_mode_of(const char *text);

/* What stands in a name's place: the name, "h:" and 32 digits, or nothing. An empty name stays empty; Reddit's "[deleted]" is nobody's. */
sf_str sf_authors_name(const sf_authors *a, sf_str name, char buf[SF_AUTHORS_NAME]);

/* The same for all names in the raw bytes of an answer: members that hold them are replaced, wherever they stand; what else tells of a
 * person (pictures, numbers of accounts) becomes null. What is no JSON is let go: *out is empty. Accounts that are part of a
 * post's address (Bluesky) stay. SF_OK, SF_ENOMEM. */
int sf_authors_raw(const sf_authors *a, sf_batch *memory, sf_str raw, sf_str *out);

/* A key as 32 digits, and back. SF_OK, SF_EPARSE. */
void sf_authors_write_key(const sf_authors *a, char buf[33]);
int sf_authors_read_key(sf_authors *a, sf_str text);

#endif
