/* SPDX-License-Identifier: MIT */
/* Which kind of place a URL names. */
#include "place.h"

#include <stdio.h>

#include "common/fail.h"

int sf_place_is_s3(const char *where)
{
    return strncmp(where, "s3://", 5) == 0;
}

int sf_place_open(sf_place **out, const char *where, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    static const char *const of_buckets[] = {SF_PLACE_KEYS, NULL};
    static const char *const of_folders[] = {NULL};
    int s3 = sf_place_is_s3(where);
    int r = sf_url_check_query(url, s3 ? of_buckets : of_folders, err);
    return r != SF_OK ? r : s3 ? sf_s3_open(out, where, url, settings, err) : sf_folder_open(out, where, err);
}

int sf_place_open_url(sf_place **out, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    char where[1024];
    const char *path = sf_url_path(url);
    if (strcmp(url->scheme, "s3") == 0) {
        int n = snprintf(where, sizeof where, "s3:%s", url->rest);
        return n < 0 || (size_t)n >= sizeof where || !sf_place_is_s3(where)
                   ? sf_fail(err, SF_EINVAL, "%.60s: is not s3://BUCKET/PREFIX", url->text)
                   : sf_place_open(out, where, url, settings, err);
    }
    if (strcmp(url->scheme, "ndjson") != 0 || path == NULL || strcmp(path, "-") == 0) {
        return sf_fail(err, SF_EINVAL, "%.60s: names no folder and no bucket", url->text);
    }
    return sf_place_open(out, path, url, settings, err);
}

void sf_place_close(sf_place *p)
{
    if (p != NULL) {
        p->ops->close(p);
    }
}
