/* SPDX-License-Identifier: MIT */
/* The secret that tokens are signed with, where nobody gave one: made once, and kept in the state folder. */
#ifndef SF_SECRET_H
#define SF_SECRET_H

#include "signalflow/error.h"

enum { SECRET_BYTES = 65 };

/* Reads it, or makes it. SF_OK, SF_EIO, SF_EINVAL, SF_ENOMEM. */
int sf_secret_keep(char out[SECRET_BYTES], sf_error *err);

#endif
