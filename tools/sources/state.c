/* SPDX-License-Identifier: MIT */
/* What a live source remembers: a journal in one file, its lock, and what was set but is not safe to save yet. */
#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "common/fail.h"
#include "common/log.h"
#include "common/mapped.h"
#include "common/state_folder.h"
#include "state_journal.h"

#define FIRST_KEY   "signalflow-state"
#define FIRST_VALUE "1"

/* A journal is written anew beyond this size, once it has grown to so many times what it was then. */
enum { REWRITE_BYTES = 1024 * 1024, REWRITE_TIMES = 4 };

/* What was set in one batch. */
typedef struct piece {
    struct piece *next;
    uint64_t position;
    sf_journal lines;
} piece;

struct sf_state {
    char *path, *lock_path;
    int lock, fd;
    off_t size, size_anew; /* now, and after it was last written anew */
    int torn;              /* behind size stands what a failed write has left */
    sf_journal open;       /* set since the last seal */
    pthread_mutex_t mutex;
    /* Under the mutex: */
    piece *first, *last; /* sealed, not committed */
};

/* ---- folder and lock ---------------------------------------------------------------------------------------------- */

/* The process that holds the lock, as it wrote it there. */
static long holder(int fd)
{
    char text[24] = "";
    return pread(fd, text, sizeof text - 1, 0) > 0 ? strtol(text, NULL, 10) : 0;
}

static int take_lock(sf_state *s, sf_error *err)
{
    char text[24];
    s->lock = open(s->lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock < 0) {
        return sf_fail_errno(err, s->lock_path);
    }
    if (flock(s->lock, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK
                   ? sf_fail(err, SF_EIO, "%.70s: process %ld is at work with it", s->path, holder(s->lock))
                   : sf_fail_errno(err, s->lock_path);
    }
    int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    if (ftruncate(s->lock, 0) != 0 || pwrite(s->lock, text, (size_t)n, 0) != n) {
        return sf_fail_errno(err, s->lock_path);
    }
    return SF_OK;
}

/* ---- the file ----------------------------------------------------------------------------------------------------- */

static int sync_folder(const char *path)
{
    char *copy = sf_join_path(path, "", "");
    char *slash = copy != NULL ? strrchr(copy, '/') : NULL;
    int r = copy != NULL ? 0 : -1;
    if (slash != NULL) {
        slash[slash == copy] = '\0';
    }
    int fd = r == 0 ? open(slash != NULL ? copy : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    r = fd >= 0 ? fsync(fd) : -1;
    if (fd >= 0) {
        (void)close(fd);
    }
    free(copy);
    return r;
}

static int write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno != EINTR) {
            return -1;
        }
        bytes += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

/* Appends and syncs. What a failure has left of it is cut off before the next try. */
static int append(sf_state *s, const sf_journal *lines, sf_error *err)
{
    if (lines->len == 0) {
        return SF_OK;
    }
    if ((s->torn && ftruncate(s->fd, s->size) != 0) || write_all(s->fd, lines->text, lines->len) != 0 ||
        fdatasync(s->fd) != 0) {
        (void)sf_fail_errno(err, s->path);
        s->torn = 1;
        return SF_EAGAIN;
    }
    s->torn = 0;
    s->size += (off_t)lines->len;
    return SF_OK;
}

/* Writes a file beside it and puts that in its place. */
static int replace_file(sf_state *s, const sf_journal *j, sf_error *err)
{
    char *beside = sf_join_path(s->path, ".new", "");
    if (beside == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s: %s", s->path, sf_strerror(SF_ENOMEM));
    }
    int fd = open(beside, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    int good = fd >= 0 && write_all(fd, j->text, j->len) == 0 && fsync(fd) == 0 && rename(beside, s->path) == 0;
    if (!good) {
        int r = sf_fail_errno(err, beside);
        if (fd >= 0) {
            (void)close(fd);
            (void)unlink(beside);
        }
        free(beside);
        return r;
    }
    free(beside);
    (void)sync_folder(s->path);
    if (s->fd >= 0) {
        (void)close(s->fd);
    }
    s->fd = fd;
    s->size = s->size_anew = (off_t)j->len;
    return SF_OK;
}

/* The first line says what it is. */
static int check_first(const sf_state *s, sf_str bytes, sf_error *err)
{
    sf_str key, value;
    if (sf_state_next(&bytes, &key, &value) != 1 || key.len != strlen(FIRST_KEY) ||
        memcmp(key.ptr, FIRST_KEY, key.len) != 0) {
        return sf_fail(err, SF_EPARSE, "%.70s: is no state file; move it away to start anew", s->path);
    }
    if (value.len != 1 || value.ptr[0] != FIRST_VALUE[0]) {
        return sf_fail(err, SF_EVERSION, "%.70s: was written by a later version", s->path);
    }
    return SF_OK;
}

/* Cuts off what a crash has left at the end. What it said will be read again. */
static int cut_torn_end(sf_state *s, sf_str bytes, sf_error *err)
{
    sf_str rest = bytes, key, value;
    while (sf_state_next(&rest, &key, &value) == 1) {
    }
    s->size = s->size_anew = (off_t)(bytes.len - rest.len);
    if (rest.len > 0) {
        sf_log(SF_LOG_WARN, "%s: the last %zu bytes are damaged; what they said is read again", s->path, rest.len);
        return ftruncate(s->fd, s->size) == 0 ? SF_OK : sf_fail_errno(err, s->path);
    }
    return SF_OK;
}

static int open_file(sf_state *s, sf_error *err)
{
    struct stat st;
    sf_mapped m = {0};
    if (stat(s->path, &st) != 0 || st.st_size == 0) {
        sf_journal first = {0};
        sf_journal_add(&first, sf_cstr(FIRST_KEY), sf_cstr(FIRST_VALUE));
        int r = first.lost ? SF_ENOMEM : replace_file(s, &first, err);
        sf_journal_free(&first);
        return r;
    }
    s->fd = open(s->path, O_RDWR | O_APPEND | O_CLOEXEC);
    if (s->fd < 0) {
        return sf_fail_errno(err, s->path);
    }
    int r = sf_mapped_open(&m, s->path, err);
    r = r == SF_OK ? check_first(s, m.bytes, err) : r;
    r = r == SF_OK ? cut_torn_end(s, m.bytes, err) : r;
    sf_mapped_close(&m);
    return r;
}

/* ---- opening and closing ------------------------------------------------------------------------------------------ */

int sf_state_open(sf_state **out, const char *dir, const char *name, sf_error *err)
{
    char *folder = sf_state_folder(dir, err);
    sf_state *s = folder != NULL ? calloc(1, sizeof *s) : NULL;
    if (s == NULL) {
        int r = folder != NULL ? sf_fail(err, SF_ENOMEM, "state: %s", sf_strerror(SF_ENOMEM))
                : dir == NULL  ? SF_EINVAL
                               : SF_ENOMEM;
        free(folder);
        return r;
    }
    s->lock = s->fd = -1;
    (void)pthread_mutex_init(&s->mutex, NULL);
    int r = sf_state_folder_make(folder, err);
    if (r == SF_OK) {
        char *base = sf_join_path(folder, "/", name);
        s->path = base != NULL ? sf_join_path(base, ".state", "") : NULL;
        s->lock_path = base != NULL ? sf_join_path(base, ".lock", "") : NULL;
        free(base);
        r = s->path != NULL && s->lock_path != NULL ? take_lock(s, err) : sf_fail(err, SF_ENOMEM, "state: no memory");
    }
    r = r == SF_OK ? open_file(s, err) : r;
    free(folder);
    if (r != SF_OK) {
        sf_state_close(s);
        return r;
    }
    *out = s;
    return SF_OK;
}

static void free_piece(piece *p)
{
    sf_journal_free(&p->lines);
    free(p);
}

void sf_state_close(sf_state *s)
{
    sf_error why = {.message = ""};
    if (s == NULL) {
        return;
    }
    if (s->fd >= 0 && s->first == NULL && append(s, &s->open, &why) != SF_OK) {
        sf_log(SF_LOG_WARN, "%s; what was not saved is read again", why.message);
    }
    while (s->first != NULL) {
        piece *next = s->first->next;
        free_piece(s->first);
        s->first = next;
    }
    sf_journal_free(&s->open);
    if (s->fd >= 0) {
        (void)close(s->fd);
    }
    if (s->lock >= 0) {
        (void)close(
            s->lock); /* and so gives it back; the file stays, since another process may be waiting with it open */
    }
    (void)pthread_mutex_destroy(&s->mutex);
    free(s->path);
    free(s->lock_path);
    free(s);
}

int sf_state_read(sf_state *s, int (*line)(void *payload, sf_str key, sf_str value), void *payload, sf_error *err)
{
    sf_mapped m = {0};
    sf_str key, value;
    int r = sf_mapped_open(&m, s->path, err);
    sf_str rest = m.bytes;
    (void)(r == SF_OK && sf_state_next(&rest, &key, &value)); /* the first line is ours */
    while (r == SF_OK && sf_state_next(&rest, &key, &value) == 1) {
        r = line(payload, key, value);
        if (r != SF_OK) {
            (void)sf_fail(err, r, "%.60s: key %.*s: %s", s->path, (int)(key.len < 24 ? key.len : 24), key.ptr,
                          sf_strerror(r));
        }
    }
    sf_mapped_close(&m);
    return r;
}

/* ---- setting and saving ------------------------------------------------------------------------------------------- */

void sf_state_set(sf_state *s, const char *key, sf_str value)
{
    sf_journal_add(&s->open, sf_cstr(key), value);
}

int sf_state_seal(sf_state *s, uint64_t position)
{
    piece *p = s->open.lost ? NULL : calloc(1, sizeof *p);
    if (p == NULL) {
        return SF_ENOMEM;
    }
    p->position = position;
    p->lines = s->open;
    s->open = (sf_journal){0};
    pthread_mutex_lock(&s->mutex);
    if (s->first == NULL) {
        s->first = p;
    } else {
        s->last->next = p;
    }
    s->last = p;
    pthread_mutex_unlock(&s->mutex);
    return SF_OK;
}

/* Writes the file anew with what still holds. Where that fails the old one goes on. */
static void write_anew(sf_state *s)
{
    sf_error why = {.message = ""};
    sf_mapped m = {0};
    sf_journal anew = {0};
    int r = sf_mapped_open(&m, s->path, &why);
    r = r == SF_OK ? sf_journal_fold(m.bytes, &anew) : r;
    r = r == SF_OK ? replace_file(s, &anew, &why) : r;
    if (r != SF_OK) {
        sf_log(SF_LOG_WARN, "%s: cannot be written anew: %s", s->path, why.message);
        s->size_anew = s->size; /* not at every commit */
    }
    sf_journal_free(&anew);
    sf_mapped_close(&m);
}

int sf_state_commit(sf_state *s, uint64_t position, sf_error *err)
{
    for (;;) {
        pthread_mutex_lock(&s->mutex);
        piece *p = s->first != NULL && s->first->position <= position ? s->first : NULL;
        pthread_mutex_unlock(&s->mutex);
        if (p == NULL) {
            break;
        }
        int r = append(s, &p->lines, err);
        if (r != SF_OK) {
            return r;
        }
        pthread_mutex_lock(&s->mutex);
        s->first = p->next;
        pthread_mutex_unlock(&s->mutex);
        free_piece(p);
    }
    if (s->size > REWRITE_BYTES && s->size > s->size_anew * REWRITE_TIMES) {
        write_anew(s);
    }
    return SF_OK;
}
