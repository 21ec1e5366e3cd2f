/* SPDX-License-Identifier: MIT */
/* A file's bytes as memory: see mapped.h. */
#include "mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "fail.h"

enum { CHUNK = 128 * 1024 };

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

/* Copies what zlib reads; plain bytes pass through it as they are. */
static int unzip_to(FILE *out, gzFile gz, const char *path, sf_error *err)
{
    char *buf = malloc(CHUNK);
    int n = 0, status = buf == NULL ? SF_ENOMEM : SF_OK;
    while (status == SF_OK && (n = gzread(gz, buf, CHUNK)) > 0) {
        if (fwrite(buf, 1, (size_t)n, out) != (size_t)n) {
            status = sf_fail_errno(err, "temporary file");
        }
    }
    free(buf);
    if (status == SF_OK && n < 0) {
        int code = Z_OK;
        (void)gzerror(gz, &code);
        status = code == Z_ERRNO ? sf_fail_errno(err, path) : sf_fail(err, SF_EIO, "%s: broken compressed data", path);
    }
    return status;
}

/* Maps a copy of what fd gives; fd is closed. */
static int map_copy(sf_mapped *m, int fd, const char *path, sf_error *err)
{
    FILE *copy = NULL;
    gzFile gz = gzdopen(fd, "rb");
    if (gz == NULL) {
        close(fd);
        return SF_ENOMEM;
    }
    gzbuffer(gz, CHUNK);
    int status = sf_temporary_file(&copy, err);
    if (status == SF_OK) {
        status = unzip_to(copy, gz, path, err);
    }
    /* zlib notices data that end too early when it closes */
    if (gzclose_r(gz) != Z_OK && status == SF_OK) {
        status = sf_fail(err, SF_EIO, "%s: compressed data are cut off", path);
    }
    if (status == SF_OK) {
        status = sf_mapped_stream(m, copy, err);
    }
    if (copy != NULL) {
        fclose(copy);
    }
    return status;
}

/* Can it be mapped as it lies there: a regular file that is not zipped? */
static int is_plain(int fd)
{
    struct stat st;
    unsigned char magic[2];
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
           !(pread(fd, magic, 2, 0) == 2 && magic[0] == 0x1f && magic[1] == 0x8b);
}

int sf_mapped_open(sf_mapped *m, const char *path, sf_error *err)
{
    *m = (sf_mapped){{"", 0}, NULL};
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return sf_fail_errno(err, path);
    }
    if (!is_plain(fd)) {
        return map_copy(m, fd, path, err);
    }
    int status = map_all(m, fd, path, err);
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
