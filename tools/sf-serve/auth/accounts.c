/* SPDX-License-Identifier: MIT */
/* Which kind of accounts belongs to which kind of store. */
#include "accounts.h"

#include <string.h>

#include "common/fail.h"
#include "common/url.h"

static const accounts_ops *const kinds[] = {&accounts_sqlite, NULL};

int accounts_open(accounts **out, const char *store_url, sf_error *err)
{
    sf_url u;
    int r = sf_url_parse(store_url, &u, err);
    if (r != SF_OK) {
        return r;
    }
    size_t i = 0;
    while (kinds[i] != NULL && strcmp(kinds[i]->scheme, u.scheme) != 0) {
        i++;
    }
    r = kinds[i] == NULL ? sf_fail(err, SF_EINVAL, "%.40s: holds no users", u.scheme)
                         : kinds[i]->open(out, u.rest, err);
    if (r == SF_OK) {
        (*out)->ops = kinds[i];
    }
    sf_url_free(&u);
    return r;
}

void accounts_close(accounts *a)
{
    if (a != NULL) {
        a->ops->close(a);
    }
}
