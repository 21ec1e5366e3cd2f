/* SPDX-License-Identifier: MIT */
/* A buffered output file or pipe. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fail.h"

/* What a pipe takes at once without blocking, if it takes anything: so a slow reader cannot hold up a stop. */
#define PIPE_BYTES ((size_t)PIPE_BUF)

struct sf_output {
    char *name;
    int fd;
    int close_fd;
    int regular; /* a file: never blocks, can be synced */
    int unsynced;
    int lost; /* bytes that there was no memory for */
    char *buf;
    size_t start, end, cap; /* [start, end) is not written yet */
};

/* A torn last line of an earlier run must not swallow our first one. */
static int end_torn_line(sf_output *o)
{
    char last = '\n';
    off_t size = lseek(o->fd, 0, SEEK_END);
    if (size > 0 && pread(o->fd, &last, 1, size - 1) != 1) {
        return -1;
    }
    return last == '\n' || write(o->fd, "\n", 1) == 1 ? 0 : -1;
}

static int open_file(sf_output *o, const char *path, int truncate)
{
    struct stat st;
    o->fd = STDOUT_FILENO;
    if (strcmp(path, "-") != 0) {
        int exists = stat(path, &st) == 0;
        int access = exists && !S_ISREG(st.st_mode) ? O_WRONLY : O_RDWR;
        o->fd = open(path, access | O_CREAT | O_APPEND | O_CLOEXEC | (truncate ? O_TRUNC : 0), 0666);
        o->close_fd = o->fd >= 0;
    }
    if (o->fd < 0 || fstat(o->fd, &st) != 0) {
        return -1;
    }
    o->regular = S_ISREG(st.st_mode);
    return o->close_fd && o->regular ? end_torn_line(o) : 0;
}

int sf_output_open(sf_output **out, const char *path, int truncate, sf_error *err)
{
    sf_output *o = calloc(1, sizeof *o);
    if (o == NULL || (o->name = strdup(strcmp(path, "-") == 0 ? "stdout" : path)) == NULL) {
        sf_output_close(o);
        return sf_fail(err, SF_ENOMEM, "%s: %s", path, sf_strerror(SF_ENOMEM));
    }
    if (open_file(o, path, truncate) != 0) {
        int r = sf_fail_errno(err, path);
        sf_output_close(o);
        return r;
    }
    *out = o;
    return SF_OK;
}

void sf_output_close(sf_output *o)
{
    if (o != NULL) {
        if (o->close_fd) {
            (void)close(o->fd);
        }
        free(o->buf);
        free(o->name);
        free(o);
    }
}

char *sf_output_room(sf_output *o, size_t need)
{
    if (o->cap - o->end < need) {
        size_t cap = o->cap < 64 * 1024 ? 64 * 1024 : o->cap;
        while (cap - o->end < need) {
            cap *= 2;
        }
        char *buf = realloc(o->buf, cap);
        if (buf == NULL) {
            o->lost = 1;
            return NULL;
        }
        o->buf = buf;
        o->cap = cap;
    }
    return o->buf + o->end;
}

void sf_output_add(sf_output *o, size_t bytes)
{
    o->end += bytes;
}

void sf_output_put(sf_output *o, const char *bytes, size_t len)
{
    char *room = sf_output_room(o, len);
    if (room != NULL && len > 0) {
        memcpy(room, bytes, len);
        o->end += len;
    }
}

void sf_output_text(sf_output *o, const char *text)
{
    sf_output_put(o, text, strlen(text));
}

void sf_output_quoted(sf_output *o, sf_str text)
{
    size_t need = (size_t)sf_json_quote(text, NULL, 0);
    char *room = sf_output_room(o, need + 1);
    if (room != NULL) {
        (void)sf_json_quote(text, room, need + 1);
        o->end += need;
    }
}

/* Writes a piece. Returns 0, 1 when the reader was too slow, or a failure. */
static int write_piece(sf_output *o, int timeout_ms, sf_error *err)
{
    size_t len = o->end - o->start;
    if (!o->regular) {
        struct pollfd p = {.fd = o->fd, .events = POLLOUT};
        int ready = poll(&p, 1, timeout_ms);
        if (ready == 0) {
            (void)sf_fail(err, SF_EAGAIN, "%s: its reader takes nothing", o->name);
            return 1;
        }
        if (ready < 0 && errno == EINTR) {
            return 0;
        }
        len = len < PIPE_BYTES ? len : PIPE_BYTES;
    }
    ssize_t n = write(o->fd, o->buf + o->start, len);
    if (n < 0 && errno == EPIPE) {
        return sf_fail(err, SF_EEND, "%s: who read it has gone", o->name);
    }
    if (n < 0 && errno != EINTR && errno != EAGAIN) {
        return sf_fail_errno(err, o->name);
    }
    o->start += n > 0 ? (size_t)n : 0;
    return 0;
}

int sf_output_flush(sf_output *o, int sync, int timeout_ms, sf_error *err)
{
    if (o->lost) {
        return sf_fail(err, SF_ENOMEM, "%s: %s", o->name, sf_strerror(SF_ENOMEM));
    }
    o->unsynced |= o->start < o->end;
    while (o->start < o->end) {
        int r = write_piece(o, timeout_ms, err);
        if (r != 0) {
            return r;
        }
    }
    o->start = o->end = 0;
    if (sync && o->regular && o->unsynced) {
        if (fsync(o->fd) != 0) {
            return sf_fail_errno(err, o->name);
        }
        o->unsynced = 0;
    }
    return SF_OK;
}
