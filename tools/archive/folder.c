/* SPDX-License-Identifier: MIT */
/* An archive in a folder. A file is written under a hidden name, brought to the disk and then renamed. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/fail.h"
#include "place.h"

enum { NAME_MOST = 4096, DEPTH_MOST = 8 };

typedef struct folder {
    sf_place base;
    char *path;
} folder;

static int full_name(const folder *f, const char *name, char buf[NAME_MOST], sf_error *err)
{
    int n = snprintf(buf, NAME_MOST, "%s/%s", f->path, name);
    return n >= 0 && n < NAME_MOST - 8 ? SF_OK : sf_fail(err, SF_EINVAL, "%.80s: too long a name", name);
}

/* A disk that is full may have room again; everything else that goes wrong stays. */
static int failed(const char *what, sf_error *err)
{
    int again = errno == ENOSPC || errno == EDQUOT;
    int r = sf_fail_errno(err, what);
    return again ? SF_EAGAIN : r;
}

/* Brings a folder's entries to the disk. */
static int sync_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = fd >= 0 ? fsync(fd) : -1;
    if (fd >= 0) {
        (void)close(fd);
    }
    return r;
}

/* Makes the folders that a file's path goes through. Each new one is brought to the disk with the one that holds it. */
static int make_folders(char *path)
{
    for (char *p = strchr(path + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
        *p = '\0';
        int made = mkdir(path, 0777) == 0, r = made || errno == EEXIST ? 0 : -1;
        char *slash = strrchr(path, '/');
        if (made && slash != NULL && slash != path) {
            *slash = '\0';
            r = sync_folder(path);
            *slash = '/';
        }
        *p = '/';
        if (r != 0) {
            return r;
        }
    }
    return 0;
}

static int write_all(int fd, sf_str bytes)
{
    while (bytes.len > 0) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno != EINTR) {
            return -1;
        }
        bytes.ptr += n > 0 ? n : 0;
        bytes.len -= n > 0 ? (size_t)n : 0;
    }
    return fsync(fd);
}

/* The hidden name beside it; the same each time, so that what a killed process left is written over. */
static void hidden_name(const char *path, char buf[NAME_MOST])
{
    const char *file = strrchr(path, '/') + 1;
    (void)snprintf(buf, NAME_MOST, "%.*s.%s.tmp", (int)(file - path), path, file);
}

static int folder_put(sf_place *p, const char *name, sf_str bytes, sf_error *err)
{
    char path[NAME_MOST], hidden[NAME_MOST];
    int r = full_name((folder *)p, name, path, err);
    if (r != SF_OK) {
        return r;
    }
    hidden_name(path, hidden);
    if (make_folders(path) != 0) {
        return failed(path, err);
    }
    int fd = open(hidden, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int good = fd >= 0 && write_all(fd, bytes) == 0;
    good = (fd < 0 || close(fd) == 0) && good && rename(hidden, path) == 0;
    if (!good) {
        int why = errno;
        (void)unlink(hidden);
        errno = why;
        return failed(path, err);
    }
    *strrchr(path, '/') = '\0';
    return sync_folder(path) == 0 ? SF_OK : failed(path, err);
}

static int folder_get(sf_place *p, const char *name, sf_mapped *out, sf_error *err)
{
    char path[NAME_MOST];
    struct stat st;
    int r = full_name((folder *)p, name, path, err);
    if (r == SF_OK && stat(path, &st) != 0 && errno == ENOENT) {
        return sf_fail(err, SF_EEND, "%.100s is not there", path);
    }
    return r == SF_OK ? sf_mapped_open(out, path, err) : r;
}

static int folder_remove(sf_place *p, const char *name, sf_error *err)
{
    char path[NAME_MOST];
    int r = full_name((folder *)p, name, path, err);
    if (r != SF_OK) {
        return r;
    }
    return unlink(path) == 0 || errno == ENOENT ? SF_OK : failed(path, err);
}

/* ---- listing ------------------------------------------------------------------------------------------------------ */

typedef struct walk {
    const folder *f;
    const char *prefix;
    sf_place_each each;
    void *payload;
} walk;

static int walk_folder(const walk *w, const char *below, int depth, sf_error *err);

static int visit(const walk *w, const char *name, int depth, sf_error *err)
{
    char path[NAME_MOST];
    struct stat st;
    int r = full_name(w->f, name, path, err);
    if (r != SF_OK) {
        return r;
    }
    if (stat(path, &st) != 0) {
        return errno == ENOENT ? SF_OK : failed(path, err);
    }
    if (S_ISDIR(st.st_mode)) {
        return depth < DEPTH_MOST ? walk_folder(w, name, depth + 1, err) : SF_OK;
    }
    return S_ISREG(st.st_mode) && strncmp(name, w->prefix, strlen(w->prefix)) == 0 ? w->each(w->payload, name, err)
                                                                                   : SF_OK;
}

static int walk_folder(const walk *w, const char *below, int depth, sf_error *err)
{
    char path[NAME_MOST], name[NAME_MOST];
    int r = full_name(w->f, below, path, err);
    struct dirent **entries;
    int n = r == SF_OK ? scandir(path, &entries, NULL, alphasort) : 0;
    if (n < 0) {
        return failed(path, err);
    }
    for (int i = 0; i < n; i++) {
        const char *entry = entries[i]->d_name;
        if (r == SF_OK && entry[0] != '.' && entry[0] != '_') {
            (void)snprintf(name, sizeof name, "%s%s%s", below, below[0] != '\0' ? "/" : "", entry);
            r = visit(w, name, depth, err);
        }
        free(entries[i]);
    }
    if (n > 0) {
        free(entries);
    }
    return r;
}

static int folder_list(sf_place *p, const char *prefix, sf_place_each each, void *payload, sf_error *err)
{
    const walk w = {(folder *)p, prefix, each, payload};
    return walk_folder(&w, "", 0, err);
}

/* ---- the folder --------------------------------------------------------------------------------------------------- */

static int folder_check(sf_place *p, sf_error *err)
{
    const folder *f = (folder *)p;
    char path[NAME_MOST];
    struct stat st;
    int r = full_name(f, "", path, err);
    if (r == SF_OK && make_folders(path) != 0) {
        return failed(path, err);
    }
    if (r == SF_OK && (stat(f->path, &st) != 0 || !S_ISDIR(st.st_mode))) {
        return sf_fail(err, SF_EINVAL, "%.100s: is no folder", f->path);
    }
    return r == SF_OK && access(f->path, W_OK) != 0 ? failed(f->path, err) : r;
}

static void folder_close(sf_place *p)
{
    folder *f = (folder *)p;
    free(f->path);
    free(f);
}

static const sf_place_ops ops = {
    .put = folder_put,
    .get = folder_get,
    .remove = folder_remove,
    .list = folder_list,
    .check = folder_check,
    .close = folder_close,
};

int sf_folder_open(sf_place **out, const char *path, sf_error *err)
{
    folder *f = calloc(1, sizeof *f);
    if (f == NULL || (f->path = strdup(path)) == NULL) {
        free(f);
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    f->base.ops = &ops;
    *out = &f->base;
    return SF_OK;
}
