/* SPDX-License-Identifier: MIT */
/* Where programs keep state. */
#include "state_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fail.h"

char *sf_join_path(const char *a, const char *b, const char *c)
{
    size_t cap = strlen(a) + strlen(b) + strlen(c) + 1;
    char *path = malloc(cap);
    if (path != NULL) {
        (void)snprintf(path, cap, "%s%s%s", a, b, c);
    }
    return path;
}

char *sf_state_folder(const char *dir, sf_error *err)
{
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    char *path = NULL;
    if (dir != NULL) {
        path = sf_join_path(dir, "", "");
    } else if (xdg != NULL && xdg[0] == '/') {
        path = sf_join_path(xdg, "/signalflow", "");
    } else if (home != NULL && home[0] != '\0') {
        path = sf_join_path(home, "/.local/state/signalflow", "");
    } else {
        (void)sf_fail(err, SF_EINVAL, "there is no HOME to keep state in; --state DIR names a folder");
        return NULL;
    }
    if (path == NULL) {
        (void)sf_fail(err, SF_ENOMEM, "state: %s", sf_strerror(SF_ENOMEM));
    }
    return path;
}

int sf_state_folder_make(char *path, sf_error *err)
{
    for (char *p = path + 1; *p != '\0'; p++) {
        if (*p == '/') {
            *p = '\0';
            int made = mkdir(path, 0777) == 0 || errno == EEXIST;
            *p = '/';
            if (!made) {
                return sf_fail_errno(err, path);
            }
        }
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST ? SF_OK : sf_fail_errno(err, path);
}
