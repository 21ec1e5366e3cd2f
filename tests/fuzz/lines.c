/* SPDX-License-Identifier: MIT */
/* Lines of any bytes, through a pipe that gives them in two pieces: the lines, their places and their cutting must be what
 * a plain loop over the whole finds; gzip data may be broken in any way. The first byte says where the pieces part. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/lines.h"

enum { MOST = 100 };

/* What is wanted: the next line that is not blank, by the simplest means. */
static int next_wanted(const char *text, size_t len, size_t *at, int64_t *number, sf_line *out)
{
    while (*at < len) {
        const char *begin = text + *at;
        const char *lf = memchr(begin, '\n', len - *at);
        size_t n = lf != NULL ? (size_t)(lf - begin) : len - *at;
        *out = (sf_line){.offset = (int64_t)*at, .number = ++*number, .too_long = n > MOST};
        *at += n + (lf != NULL);
        if (out->too_long) {
            n = MOST;
        } else if (n > 0 && begin[n - 1] == '\r') {
            n--;
        }
        out->text = (sf_str){begin, n};
        if (strspn(begin, " \t") < n) {
            return 1;
        }
    }
    return 0;
}

static void check(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "lines: %s\n", what);
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd[2];
    char path[32], text[32768];
    sf_lines *l;
    sf_line line, wanted;
    if (size < 1 || size >= sizeof text || pipe(fd) != 0) {
        return 0;
    }
    size_t cut = (size_t)data[0] * (size - 1) / 255, len = size - 1, at = 0;
    int64_t number = 0;
    memcpy(text, data + 1, len);
    text[len] = '\0';
    (void)snprintf(path, sizeof path, "/dev/fd/%d", fd[0]);
    check(sf_lines_open(&l, path, MOST, NULL) == SF_OK, "cannot open");
    check(write(fd[1], text, cut) == (ssize_t)cut, "cannot write");
    int gzip = len >= 2 && memcmp(text, "\x1f\x8b", 2) == 0, second = 0, r;
    for (;;) {
        r = sf_lines_next(l, 0, &line, NULL);
        if (r == 0 && !second) {
            check(write(fd[1], text + cut, len - cut) == (ssize_t)(len - cut), "cannot write");
            close(fd[1]);
            second = 1;
            continue;
        }
        if (r != 1) {
            break;
        }
        check(line.text.len <= MOST, "longer than allowed");
        if (!gzip) {
            check(next_wanted(text, len, &at, &number, &wanted), "a line too many");
            check(line.offset == wanted.offset && line.number == wanted.number, "wrong place");
            check(line.too_long == wanted.too_long && line.text.len == wanted.text.len, "wrong length");
            check(memcmp(line.text.ptr, wanted.text.ptr, line.text.len) == 0, "wrong bytes");
        }
    }
    check(gzip || r == SF_EEND, "no end");
    check(gzip || !next_wanted(text, len, &at, &number, &wanted), "a line too few");
    sf_lines_close(l);
    close(fd[0]);
    if (!second) {
        close(fd[1]);
    }
    return 0;
}
