/* SPDX-License-Identifier: MIT */
/* Lines of a file or pipe. Bytes come in large reads into one buffer, which holds the rest of the last line in front of
 * them; gzipped ones by way of a second, small buffer. */
#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "fail.h"
#include "gunzip.h"

/* The first read is small, since it may have to move to `packed`. */
enum { PACKED = 64 * 1024, CHUNK = 256 * 1024 };

struct sf_lines {
    char *name;
    int fd;
    int close_fd;
    int can_wait; /* a pipe, socket or terminal: poll() before reading */
    int64_t left; /* of a file: bytes that were there when it was opened; INT64_MAX: no bound */
    int ended;    /* nothing more will come from fd */
    size_t most;  /* bytes of a line */
    size_t cap;   /* of buf: a line and the chunk behind it always fit */
    char *buf;
    size_t start, scan, end; /* bytes of unread lines; up to scan there is no line end */
    int64_t offset;          /* of buf[start] */
    int64_t number;          /* of the last line */
    int skipping;            /* in the rest of a line that was too long */
    int started;             /* the first bytes are there: it is known whether they are gzip */
    sf_gunzip *gzip;         /* NULL: plain */
    unsigned char *packed;   /* PACKED bytes */
};

/* Of a file only what is there now will be read: it may be one that this very run appends to. */
static void look_at_file(sf_lines *l)
{
    struct stat st;
    off_t at = lseek(l->fd, 0, SEEK_CUR);
    l->can_wait = at < 0;
    l->left = at >= 0 && fstat(l->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 ? st.st_size - at : INT64_MAX;
}

int sf_lines_open(sf_lines **out, const char *path, size_t most, sf_error *err)
{
    sf_lines *l = calloc(1, sizeof *l);
    int is_stdin = strcmp(path, "-") == 0;
    if (l == NULL || (l->name = strdup(is_stdin ? "stdin" : path)) == NULL || (l->buf = malloc(most + CHUNK)) == NULL) {
        sf_lines_close(l);
        return sf_fail(err, SF_ENOMEM, "%s: %s", path, sf_strerror(SF_ENOMEM));
    }
    l->most = most;
    l->cap = most + CHUNK;
    l->fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    l->close_fd = !is_stdin && l->fd >= 0;
    if (l->fd < 0) {
        int r = sf_fail_errno(err, path);
        sf_lines_close(l);
        return r;
    }
    look_at_file(l);
    *out = l;
    return SF_OK;
}

void sf_lines_close(sf_lines *l)
{
    if (l != NULL) {
        if (l->close_fd) {
            (void)close(l->fd);
        }
        if (l->gzip != NULL) {
            sf_gunzip_close(l->gzip);
        }
        free(l->gzip);
        free(l->packed);
        free(l->buf);
        free(l->name);
        free(l);
    }
}

/* ---- bytes -------------------------------------------------------------------------------------------------------- */

/* Reads at most cap bytes. Returns their number, 0 when there are none yet or (then l->ended) no more; SF_EIO. */
static int64_t read_some(sf_lines *l, void *buf, size_t cap, int timeout_ms, sf_error *err)
{
    if (l->ended) {
        return 0;
    }
    if (l->can_wait) {
        struct pollfd p = {.fd = l->fd, .events = POLLIN};
        int ready = poll(&p, 1, timeout_ms);
        if (ready == 0 || (ready < 0 && errno == EINTR)) {
            return 0;
        }
    }
    ssize_t n = read(l->fd, buf, l->left < (int64_t)cap ? (size_t)(l->left > 0 ? l->left : 0) : cap);
    if (n == 0) {
        l->ended = 1;
    }
    if (n < 0) {
        return errno == EINTR || errno == EAGAIN ? 0 : sf_fail_errno(err, l->name);
    }
    l->left -= l->left != INT64_MAX ? n : 0;
    return n;
}

/* Goes over to gzip if that is what the first bytes say. */
static int look_at_start(sf_lines *l, sf_error *err)
{
    if (l->end < 2 && !l->ended) {
        return SF_OK;
    }
    l->started = 1;
    if (!sf_is_gzip(l->buf, l->end)) {
        return SF_OK;
    }
    l->packed = malloc(PACKED);
    l->gzip = malloc(sizeof *l->gzip);
    if (l->packed == NULL || l->gzip == NULL || sf_gunzip_open(l->gzip) != SF_OK) {
        free(l->gzip);
        l->gzip = NULL;
        return sf_fail(err, SF_ENOMEM, "%s: %s", l->name, sf_strerror(SF_ENOMEM));
    }
    memcpy(l->packed, l->buf, l->end);
    l->gzip->z.next_in = l->packed;
    l->gzip->z.avail_in = (uInt)l->end;
    l->end = 0;
    return SF_OK;
}

static int64_t fill_gzip(sf_lines *l, int timeout_ms, sf_error *err)
{
    for (;;) {
        int64_t n = sf_gunzip_some(l->gzip, l->buf + l->end, l->cap - l->end, l->name, err);
        if (n != 0) {
            l->end += n > 0 ? (size_t)n : 0;
            return n;
        }
        n = read_some(l, l->packed, PACKED, timeout_ms, err);
        if (n == 0 && l->ended) {
            return sf_gunzip_end(l->gzip, l->name, err);
        }
        if (n <= 0) {
            return n;
        }
        l->gzip->z.next_in = l->packed;
        l->gzip->z.avail_in = (uInt)n;
    }
}

/* Adds bytes to the buffer, moving what is there to its front if they would not fit. Returns as read_some(). */
static int64_t fill(sf_lines *l, int timeout_ms, sf_error *err)
{
    if (l->start > 0 && l->cap - l->end < CHUNK) {
        memmove(l->buf, l->buf + l->start, l->end - l->start);
        l->end -= l->start;
        l->scan -= l->start;
        l->start = 0;
    }
    if (l->gzip != NULL) {
        return fill_gzip(l, timeout_ms, err);
    }
    int64_t n = read_some(l, l->buf + l->end, l->started ? CHUNK : PACKED / 2, timeout_ms, err);
    l->end += n > 0 ? (size_t)n : 0;
    if (n >= 0 && !l->started) {
        int r = look_at_start(l, err);
        return r != SF_OK ? r : l->gzip != NULL ? fill_gzip(l, timeout_ms, err) : n;
    }
    return n;
}

/* ---- lines -------------------------------------------------------------------------------------------------------- */

/* Gives out buf[start, end) and goes on behind `next`. Returns 0 for a blank line, which is passed over. */
static int give(sf_lines *l, size_t end, size_t next, sf_line *out)
{
    const char *text = l->buf + l->start;
    size_t len = end - l->start;
    sf_line line = {.offset = l->offset, .number = ++l->number, .too_long = len > l->most};
    l->offset += (int64_t)(next - l->start);
    l->start = l->scan = next;
    if (line.too_long) {
        len = l->most;
    } else if (len > 0 && text[len - 1] == '\r') {
        len--;
    }
    size_t blank = 0;
    while (blank < len && (text[blank] == ' ' || text[blank] == '\t')) {
        blank++;
    }
    line.text = (sf_str){text, len};
    *out = line;
    return blank < len;
}

/* Passes over all that is there, up to `next`. */
static void skip(sf_lines *l, size_t next)
{
    l->offset += (int64_t)(next - l->start);
    l->start = l->scan = next;
}

/* A line that is in the buffer: 1, or 0 if there is none (whole, or too long already). */
static int next_in_buffer(sf_lines *l, sf_line *out)
{
    while (l->started) {
        const char *lf = memchr(l->buf + l->scan, '\n', l->end - l->scan);
        size_t end = lf != NULL ? (size_t)(lf - l->buf) : l->end;
        size_t next = lf != NULL ? end + 1 : end;
        if (l->skipping) {
            skip(l, next);
            l->skipping = lf == NULL;
        } else if (lf != NULL || end - l->start > l->most) {
            l->skipping = lf == NULL;
            if (give(l, end, next, out)) {
                return 1;
            }
        }
        if (lf == NULL) {
            l->scan = l->end;
            return 0;
        }
    }
    return 0;
}

/* What stands behind the last line end. */
static int give_last(sf_lines *l, sf_line *out)
{
    return l->end > l->start && !l->skipping && give(l, l->end, l->end, out);
}

int sf_lines_next(sf_lines *l, int timeout_ms, sf_line *out, sf_error *err)
{
    int64_t until = -1;
    while (!next_in_buffer(l, out)) {
        int64_t left = timeout_ms;
        if (timeout_ms > 0) {
            int64_t now = sf_clock_steady_ms();
            until = until < 0 ? now + timeout_ms : until;
            left = until > now ? until - now : 0;
        }
        int64_t n = fill(l, (int)left, err);
        if (n < 0) {
            return (int)n;
        }
        if (n == 0 && !l->ended) {
            return 0;
        }
        if (n == 0) {
            return next_in_buffer(l, out) || give_last(l, out) ? 1 : SF_EEND;
        }
    }
    return 1;
}
