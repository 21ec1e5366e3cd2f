/* SPDX-License-Identifier: MIT */
/* A file's bytes as memory: see mapped.h. */
#include "mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"
#include "gunzip.h"

enum { CHUNK = 64 * 1024 };

static int map_all(sf_mapped *m, int fd, const char *path, sf_error *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return sf_fail_errno(err, path);
    }
    if (st.st_size == 0) {
        return SF_OK;
    }
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (map == MAP_FAILED) {
        return sf_fail_errno(err, path);
    }
    m->map = map;
    m->bytes = (sf_str){map, (size_t)st.st_size};
    return SF_OK;
}

int sf_temporary_file(FILE **out, sf_error *err)
{
    const char *dir = getenv("TMPDIR");
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/signalflow-XXXXXX", dir != NULL && *dir != '\0' ? dir : "/tmp");
    int fd = n < (int)sizeof path ? mkstemp(path) : -1;
    if (fd < 0) {
        return sf_fail_errno(err, path);
    }
    unlink(path);
    *out = fdopen(fd, "w+b");
    if (*out == NULL) {
        close(fd);
        return SF_ENOMEM;
    }
    return SF_OK;
}

int sf_mapped_stream(sf_mapped *m, FILE *stream, sf_error *err)
{
    *m = (sf_mapped){{"", 0}, NULL};
    if (fflush(stream) != 0) {
        return sf_fail_errno(err, "temporary file");
    }
    return map_all(m, fileno(stream), "temporary file", err);
}

/* Reads until buf is full or nothing more comes: the number of bytes, or SF_EIO. */
static int64_t read_full(int fd, char *buf, size_t cap, const char *path, sf_error *err)
{
    size_t have = 0;
    for (ssize_t n; have < cap && (n = read(fd, buf + have, cap - have)) != 0;) {
        if (n < 0 && errno != EINTR) {
            return sf_fail_errno(err, path);
        }
        have += n > 0 ? (size_t)n : 0;
    }
    return (int64_t)have;
}

static int put(FILE *out, const char *bytes, size_t len, sf_error *err)
{
    return fwrite(bytes, 1, len, out) == len ? SF_OK : sf_fail_errno(err, "temporary file");
}

/* Unpacks a piece of gzip data. */
static int put_unpacked(FILE *out, sf_gunzip *g, char *piece, size_t len, const char *path, sf_error *err)
{
    char plain[CHUNK];
    int64_t n;
    g->z.next_in = (Bytef *)piece;
    g->z.avail_in = (uInt)len;
    while ((n = sf_gunzip_some(g, plain, sizeof plain, path, err)) > 0) {
        int status = put(out, plain, (size_t)n, err);
        if (status != SF_OK) {
            return status;
        }
    }
    return (int)n;
}

/* Copies what fd gives, unpacked where it is packed. */
static int copy_to(FILE *out, int fd, const char *path, sf_error *err)
{
    char piece[CHUNK];
    sf_gunzip g;
    int64_t n = read_full(fd, piece, sizeof piece, path, err);
    int packed = n > 0 && sf_is_gzip(piece, (size_t)n);
    int status = packed ? sf_gunzip_open(&g) : SF_OK;
    packed = packed && status == SF_OK;
    for (; status == SF_OK && n > 0; n = status == SF_OK ? read_full(fd, piece, sizeof piece, path, err) : 0) {
        status = packed ? put_unpacked(out, &g, piece, (size_t)n, path, err) : put(out, piece, (size_t)n, err);
    }
    status = status == SF_OK && n < 0 ? (int)n : status;
    if (packed) {
        status = status == SF_OK ? sf_gunzip_end(&g, path, err) : status;
        sf_gunzip_close(&g);
    }
    return status;
}

/* Maps a copy of what fd gives. */
static int map_copy(sf_mapped *m, int fd, const char *path, sf_error *err)
{
    FILE *copy = NULL;
    int status = sf_temporary_file(&copy, err);
    if (status == SF_OK) {
        status = copy_to(copy, fd, path, err);
        status = status == SF_OK ? sf_mapped_stream(m, copy, err) : status;
        fclose(copy);
    }
    return status;
}

/* Can it be mapped as it lies there: a regular file that is not zipped? */
static int is_plain(int fd)
{
    struct stat st;
    unsigned char magic[2];
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && !(pread(fd, magic, 2, 0) == 2 && sf_is_gzip(magic, 2));
}

int sf_mapped_open(sf_mapped *m, const char *path, sf_error *err)
{
    *m = (sf_mapped){{"", 0}, NULL};
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return sf_fail_errno(err, path);
    }
    int status = is_plain(fd) ? map_all(m, fd, path, err) : map_copy(m, fd, path, err);
    close(fd);
    return status;
}

void sf_mapped_close(sf_mapped *m)
{
    if (m->map != NULL) {
        munmap(m->map, m->bytes.len);
    }
    *m = (sf_mapped){{"", 0}, NULL};
}
