/* SPDX-License-Identifier: MIT */
/* A secret of the installation's own. */
#include "secret.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fail.h"
#include "common/log.h"
#include "common/state_folder.h"

static int make(char out[SECRET_BYTES])
{
    unsigned char bytes[SECRET_BYTES / 2];
    if (RAND_bytes(bytes, sizeof bytes) != 1) {
        return 0;
    }
    for (size_t i = 0; i < sizeof bytes; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
    return 1;
}

/* 1: read; 0: there is none. */
static int read_it(const char *path, char out[SECRET_BYTES])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, out, SECRET_BYTES - 1) : -1;
    if (fd >= 0) {
        (void)close(fd);
    }
    out[n > 0 ? n : 0] = '\0';
    return n == SECRET_BYTES - 1;
}

/* Written beside and linked into place, so that of two that start at once both use the one that came first. */
static int write_it(const char *path, const char *secret, sf_error *err)
{
    char *beside = sf_join_path(path, ".XXXXXX", "");
    int fd = beside != NULL ? mkstemp(beside) : -1;
    int ok = fd >= 0 && write(fd, secret, SECRET_BYTES - 1) == SECRET_BYTES - 1 && fsync(fd) == 0 &&
             (link(beside, path) == 0 || errno == EEXIST);
    int r = ok ? SF_OK : sf_fail_errno(err, path);
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(beside);
    }
    free(beside);
    return r;
}

int sf_secret_keep(char out[SECRET_BYTES], sf_error *err)
{
    char *folder = sf_state_folder(NULL, err), fresh[SECRET_BYTES];
    int r = folder != NULL ? sf_state_folder_make(folder, err) : SF_EINVAL;
    char *path = r == SF_OK ? sf_join_path(folder, "/jwt-secret", "") : NULL;
    free(folder);
    if (path == NULL) {
        return r != SF_OK ? r : sf_fail(err, SF_ENOMEM, "jwt-secret: %s", sf_strerror(SF_ENOMEM));
    }
    if (!read_it(path, out)) {
        r = make(fresh) ? write_it(path, fresh, err) : sf_fail(err, SF_EIO, "jwt-secret: no randomness");
        if (r == SF_OK && !read_it(path, out)) {
            r = sf_fail(err, SF_EIO, "%.80s: is none; remove it", path);
        } else if (r == SF_OK) {
            sf_log(SF_LOG_INFO, "tokens are signed with a secret made just now, in %s", path);
        }
    }
    free(path);
    return r;
}
