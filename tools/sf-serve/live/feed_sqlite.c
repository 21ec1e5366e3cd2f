/* SPDX-License-Identifier: MIT */
#include "common/fail.h"
#include "feed_internal.h"
int feed_sqlite(feed **out, hub *h, const char *url, sf_error *err)
{
    (void)h;
    *out = NULL;
    return sf_fail(err, SF_EINVAL, "%s", url);
}
