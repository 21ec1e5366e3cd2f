/* SPDX-License-Identifier: MIT */
/* Lines, the NDJSON source and sink, and dead letters: whatever files and pipes can do to them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "common/fail.h"
#include "common/lines.h"
#include "common/output.h"
#include "common/plug.h"

extern const sf_source_ops sf_ndjson_source, sf_dead_letters_source;
extern const sf_sink_ops sf_ndjson_sink, sf_dead_letters_sink;

static const sf_source_ops *const sources[] = {&sf_ndjson_source, &sf_dead_letters_source, NULL};
static const sf_sink_ops *const sinks[] = {&sf_ndjson_sink, NULL};
static const sf_sink_ops *const dead_letter_sinks[] = {&sf_dead_letters_sink, NULL};

static char folder[] = "/tmp/sf-ndjson-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[2][80];
    static int turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static void write_file(const char *name, const char *bytes, size_t len)
{
    FILE *f = fopen(path_of(name), "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

/* The whole file, with a NUL behind it. */
static const char *read_file(const char *name)
{
    static char text[1 << 20];
    FILE *f = fopen(path_of(name), "rb");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    return text;
}

static sf_source *source_of(const char *url)
{
    sf_source *s = NULL;
    sf_error err = {0};
    int r = sf_source_open(&s, sources, url, NULL, &err);
    if (r != SF_OK) {
        print_error("%s\n", err.message);
    }
    assert_int_equal(r, SF_OK);
    return s;
}

static sf_records *records(void)
{
    sf_records *b = NULL;
    assert_int_equal(sf_records_new(&b, 1), SF_OK);
    return b;
}

static void assert_raw(const sf_record *r, const char *text, int64_t line, int64_t offset)
{
    assert_int_equal(r->raw.len, strlen(text));
    assert_memory_equal(r->raw.ptr, text, strlen(text));
    assert_int_equal(r->at.line, line);
    assert_int_equal(r->at.offset, offset);
    assert_int_equal(r->at.partition, -1);
    assert_int_equal(r->state, SF_RECORD_NEW);
    assert_true(r->arrived_ms > 1500000000000);
}

static void lines_become_records(void **state)
{
    static const char text[] = "{\"a\":1}\n\n  \t\r\n{\"b\":2}\r\n{\"c\":3}";
    (void)state;
    write_file("in", text, sizeof text - 1);
    sf_source *s = source_of(path_of("in"));
    sf_records *b = records();
    assert_int_equal(s->ops->read(s, b, 100, 0, NULL), 3);
    assert_raw(&b->v[0], "{\"a\":1}", 1, 0);
    assert_raw(&b->v[1], "{\"b\":2}", 4, 14);
    assert_raw(&b->v[2], "{\"c\":3}", 5, 23);
    assert_string_equal(b->v[2].at.origin, path_of("in"));
    assert_int_equal(s->ops->read(s, b, 100, 0, NULL), SF_EEND);
    assert_int_equal(s->ops->read(s, b, 100, 0, NULL), SF_EEND);
    sf_records_free(b);
    sf_source_close(s);
}

static void batches_are_as_large_as_asked(void **state)
{
    (void)state;
    write_file("in", "1\n2\n3\n4\n5\n", 10);
    char url[100];
    snprintf(url, sizeof url, "file://%s", path_of("in"));
    sf_source *s = source_of(url);
    sf_records *b = records();
    assert_int_equal(s->ops->read(s, b, 2, 0, NULL), 2);
    assert_int_equal(s->ops->read(s, b, 2, 0, NULL), 2);
    assert_int_equal(s->ops->read(s, b, 2, 0, NULL), 1);
    assert_int_equal(b->n, 5);
    assert_raw(&b->v[4], "5", 5, 8);
    sf_records_free(b);
    sf_source_close(s);
}

/* Reads a file of `lead` bytes of line, a long line of `len` bytes, and "last". */
static void try_long_line(size_t lead, size_t len, int newline)
{
    size_t n = 0;
    char *text = malloc(lead + len + 20);
    assert_non_null(text);
    if (lead > 0) {
        memset(text, 'a', lead);
        text[lead - 1] = '\n';
        n = lead;
    }
    memset(text + n, 'x', len);
    n += len;
    if (newline) {
        memcpy(text + n, "\nlast\n", 6);
        n += 6;
    }
    write_file("long", text, n);
    free(text);
    sf_source *s = source_of(path_of("long"));
    sf_records *b = records();
    int64_t got, all = 0;
    while ((got = s->ops->read(s, b, 100, 0, NULL)) > 0) {
        all += got;
    }
    assert_int_equal(got, SF_EEND);
    assert_int_equal(all, 1 + (lead > 0) + newline);
    const sf_record *r = &b->v[lead > 0];
    assert_int_equal(r->state, len > SF_MAX_RECORD ? SF_RECORD_REJECTED : SF_RECORD_NEW);
    assert_int_equal(r->raw.len, len > SF_MAX_RECORD ? SF_MAX_RECORD : len);
    assert_int_equal(r->at.offset, lead);
    if (len > SF_MAX_RECORD) {
        assert_int_equal(r->error->status, SF_ETOOBIG);
    }
    if (newline) {
        assert_raw(&r[1], "last", 2 + (lead > 0), (int64_t)(lead + len + 1));
    }
    sf_records_free(b);
    sf_source_close(s);
}

static void long_lines_are_rejected_and_the_next_is_whole(void **state)
{
    (void)state;
    static const size_t leads[] = {0, 2, 30000, 32768, 200000, 1000000};
    static const size_t lens[] = {SF_MAX_RECORD - 1,      SF_MAX_RECORD,          SF_MAX_RECORD + 1,
                                  SF_MAX_RECORD + 262143, SF_MAX_RECORD + 262144, 2 * SF_MAX_RECORD + 5};
    for (size_t i = 0; i < sizeof leads / sizeof leads[0]; i++) {
        for (size_t j = 0; j < sizeof lens / sizeof lens[0]; j++) {
            try_long_line(leads[i], lens[j], 1);
            try_long_line(leads[i], lens[j], 0);
        }
    }
}

/* However many long lines there are, a batch ends at about SF_BATCH_BYTES. */
static void a_batch_is_bounded_in_bytes(void **state)
{
    (void)state;
    FILE *f = fopen(path_of("big"), "wb");
    char *line = malloc(1000001);
    assert_non_null(f);
    assert_non_null(line);
    memset(line, 'x', 1000000);
    line[1000000] = '\n';
    for (int i = 0; i < 20; i++) {
        assert_int_equal(fwrite(line, 1, 1000001, f), 1000001);
    }
    fclose(f);
    free(line);
    sf_source *s = source_of(path_of("big"));
    sf_records *b = records();
    int64_t n = s->ops->read(s, b, 1000, 0, NULL);
    assert_in_range(n, 8, 10);
    sf_records_free(b);
    sf_source_close(s);
}

/* ---- gzip ----------------------------------------------------------------------------------------------------------- */

static size_t pack(const char *text, size_t len, unsigned char *out, size_t cap)
{
    z_stream z = {0};
    assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_in = (unsigned char *)(uintptr_t)text;
    z.avail_in = (uInt)len;
    z.next_out = out;
    z.avail_out = (uInt)cap;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return cap - z.avail_out;
}

static int64_t read_all(const char *name, sf_records *b, sf_error *err)
{
    sf_source *s = source_of(path_of(name));
    int64_t n;
    do {
        n = s->ops->read(s, b, 1000, 0, err);
    } while (n > 0);
    sf_source_close(s);
    return n;
}

static void gzip_is_unpacked_whatever_its_name(void **state)
{
    static unsigned char packed[400000];
    (void)state;
    char *text = malloc(3000000);
    assert_non_null(text);
    size_t len = 0;
    for (int i = 0; i < 100000; i++) {
        len += (size_t)snprintf(text + len, 40, "{\"number\":%d}\n", i);
    }
    size_t n = pack(text, len / 2, packed, sizeof packed); /* two members, the cut inside a line, zeros behind */
    n += pack(text + len / 2, len - len / 2, packed + n, sizeof packed - n);
    memset(packed + n, 0, 512);
    write_file("packed", (const char *)packed, n + 512);
    sf_records *b = records();
    assert_int_equal(read_all("packed", b, NULL), SF_EEND);
    assert_int_equal(b->n, 100000);
    assert_raw(&b->v[99999], "{\"number\":99999}", 100000, (int64_t)len - 17);
    sf_records_reset(b);
    sf_error err = {0};
    write_file("packed", (const char *)packed, n - 9); /* ends early */
    assert_int_equal(read_all("packed", b, &err), SF_EIO);
    assert_non_null(strstr(err.message, "ends early"));
    assert_true(b->n > 90000); /* what was whole before is there */
    sf_records_reset(b);
    memcpy(packed + n, "more", 4); /* something else behind it */
    write_file("packed", (const char *)packed, n + 4);
    assert_int_equal(read_all("packed", b, &err), SF_EIO);
    assert_int_equal(b->n, 100000);
    sf_records_reset(b);
    packed[n / 4] ^= 0x55;
    write_file("packed", (const char *)packed, n);
    assert_int_equal(read_all("packed", b, &err), SF_EIO);
    sf_records_free(b);
    free(text);
}

static void tiny_files_are_fine(void **state)
{
    sf_records *b = records();
    (void)state;
    write_file("tiny", "", 0);
    assert_int_equal(read_all("tiny", b, NULL), SF_EEND);
    assert_int_equal(b->n, 0);
    write_file("tiny", "\x1f", 1);
    assert_int_equal(read_all("tiny", b, NULL), SF_EEND);
    assert_int_equal(b->n, 1);
    sf_records_reset(b);
    write_file("tiny", "\n", 1);
    assert_int_equal(read_all("tiny", b, NULL), SF_EEND);
    assert_int_equal(b->n, 0);
    write_file("tiny", "\x1f\x8b", 2);
    assert_int_equal(read_all("tiny", b, NULL), SF_EIO);
    sf_records_free(b);
}

/* ---- pipes ---------------------------------------------------------------------------------------------------------- */

static void a_pipe_hands_on_what_is_there(void **state)
{
    (void)state;
    assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
    int w = open(path_of("pipe"), O_RDWR);
    assert_true(w >= 0);
    sf_source *s = source_of(path_of("pipe"));
    sf_records *b = records();
    assert_int_equal(s->ops->read(s, b, 100, 0, NULL), 0); /* nothing yet */
    assert_int_equal(write(w, "one\ntw", 6), 6);
    assert_int_equal(s->ops->read(s, b, 100, 60000, NULL), 1); /* does not wait for a second */
    assert_int_equal(s->ops->read(s, b, 100, 1, NULL), 0);     /* half a line is none */
    assert_int_equal(write(w, "o\n", 2), 2);
    assert_int_equal(s->ops->read(s, b, 100, 60000, NULL), 1);
    assert_raw(&b->v[1], "two", 2, 4);
    assert_int_equal(close(w), 0);
    assert_int_equal(s->ops->read(s, b, 100, 60000, NULL), SF_EEND);
    sf_records_free(b);
    sf_source_close(s);
}

/* ---- the sink ------------------------------------------------------------------------------------------------------- */

static void add_signal(sf_records *b, const char *id)
{
    char raw[200];
    snprintf(raw, sizeof raw,
             "{\"v\":1,\"platform\":\"reddit\",\"source_id\":\"%s\",\"kind\":\"post\",\"title\":\"T\",\"body\":\"\","
             "\"raw_score\":1,\"ts\":\"2026-01-02T03:04:05.000Z\"}",
             id);
    sf_record *r = sf_records_add(b);
    assert_int_equal(sf_batch_copy(b->memory, sf_cstr(raw), &r->raw), SF_OK);
    assert_int_equal(sf_record_read(r, b->memory, NULL), SF_OK);
    assert_int_equal(r->state, SF_RECORD_NEW);
}

static void add_rejected(sf_records *b, sf_str raw, sf_coordinates at)
{
    sf_error why = {.status = SF_EPARSE, .offset = 7, .message = "title: \"no\" string"};
    sf_record *r = sf_records_add(b);
    r->raw = raw;
    r->at = at;
    assert_int_equal(sf_record_reject(r, b->memory, &why), SF_OK);
}

static sf_sink *sink_of(const sf_sink_ops *const *table, const char *url)
{
    sf_sink *s = NULL;
    assert_int_equal(sf_sink_open(&s, table, url, NULL, NULL), SF_OK);
    return s;
}

static size_t count_lines(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++) {
        n += *text == '\n';
    }
    return n;
}

static void accepted_signals_are_written(void **state)
{
    (void)state;
    sf_records *b = records();
    b->number = 1;
    b->durable = 1;
    add_signal(b, "t3_a");
    add_rejected(b, sf_cstr("x"), (sf_coordinates){.origin = "f", .partition = -1});
    add_signal(b, "t3_b");
    write_file("out", "{\"torn\":", 8);
    sf_sink *s = sink_of(sinks, path_of("out"));
    assert_int_equal(s->ops->write(s, b, NULL), SF_OK);
    assert_int_equal(s->ops->write(s, b, NULL), SF_OK); /* the same batch again: no doubles */
    assert_int_equal(s->ops->flush(s, 1000, NULL), SF_OK);
    assert_int_equal(s->ops->write(s, b, NULL), SF_OK);
    assert_int_equal(s->ops->flush(s, 1000, NULL), SF_OK);
    const char *text = read_file("out");
    assert_int_equal(count_lines(text), 3);
    assert_memory_equal(text, "{\"torn\":\n{\"v\":1,\"platform\":\"reddit\",\"source_id\":\"t3_a\"", 50);
    assert_non_null(strstr(text, "t3_b"));
    sf_sink_close(s);
    char url[100];
    snprintf(url, sizeof url, "file:%s?mode=truncate", path_of("out"));
    s = sink_of(sinks, url);
    assert_int_equal(s->ops->write(s, b, NULL), SF_OK);
    assert_int_equal(s->ops->flush(s, 1000, NULL), SF_OK);
    assert_int_equal(count_lines(read_file("out")), 2);
    sf_sink_close(s);
    sf_records_free(b);
}

static void explain_becomes_a_member(void **state)
{
    (void)state;
    sf_records *b = records();
    sf_str json, again;
    add_signal(b, "t3_a");
    b->v[0].explain = sf_cstr("{\"why\":[1]}");
    assert_int_equal(sf_record_json(&b->v[0], b->memory, &json), SF_OK);
    assert_true(json.len > 20 && strlen(json.ptr) == json.len);
    assert_string_equal(json.ptr + json.len - 23, ",\"explain\":{\"why\":[1]}}");
    assert_int_equal(sf_record_json(&b->v[0], b->memory, &again), SF_OK);
    assert_ptr_equal(json.ptr, again.ptr);
    sf_records_free(b);
}

/* A reader that takes nothing: flush says so and does not block; then it takes all; then it goes away. */
static void pipes_may_be_slow_and_may_break(void **state)
{
    char eaten[65536];
    sf_records *b = records();
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(mkfifo(path_of("slow"), 0600), 0);
    int reader = open(path_of("slow"), O_RDONLY | O_NONBLOCK);
    assert_true(reader >= 0);
    sf_sink *s = sink_of(sinks, path_of("slow"));
    for (int i = 0; i < 3000; i++) {
        add_signal(b, "t3_a");
    }
    b->number = 1;
    assert_int_equal(s->ops->write(s, b, NULL), SF_OK);
    assert_int_equal(s->ops->flush(s, 1, NULL), 1);
    size_t bytes = 0;
    int r = 1;
    while (r == 1) {
        ssize_t n = read(reader, eaten, sizeof eaten);
        bytes += n > 0 ? (size_t)n : 0;
        r = s->ops->flush(s, 0, NULL);
    }
    assert_int_equal(r, SF_OK);
    ssize_t n;
    while ((n = read(reader, eaten, sizeof eaten)) > 0) {
        bytes += (size_t)n;
    }
    sf_str json;
    assert_int_equal(sf_record_json(&b->v[0], b->memory, &json), SF_OK);
    assert_int_equal(bytes, 3000 * (json.len + 1));
    close(reader);
    b->number = 2;
    assert_int_equal(s->ops->write(s, b, NULL), SF_OK);
    assert_int_equal(s->ops->flush(s, 1000, NULL), SF_EEND);
    sf_sink_close(s);
    sf_records_free(b);
}

static void full_disks_and_wrong_paths_are_said(void **state)
{
    sf_error err = {0};
    sf_sink *s = NULL;
    sf_source *in = NULL;
    (void)state;
    assert_int_equal(sf_sink_open(&s, sinks, "/no/such/folder/x", NULL, &err), SF_EIO);
    assert_non_null(strstr(err.message, "/no/such/folder/x: No such file"));
    assert_int_equal(sf_source_open(&in, sources, "/no/such/file", NULL, &err), SF_EIO);
    assert_int_equal(sf_source_open(&in, sources, "file:x?speed=1", NULL, &err), SF_EINVAL);
    assert_int_equal(sf_source_open(&in, sources, "file://host/x", NULL, &err), SF_EINVAL);
    assert_int_equal(sf_sink_open(&s, sinks, "file:x?mode=w", NULL, &err), SF_EINVAL);
    assert_int_equal(sf_sink_open(&s, sinks, "gopher:x", NULL, &err), SF_EINVAL);
    assert_non_null(strstr(err.message, "gopher:x: unknown scheme"));
    assert_int_equal(sf_source_open(&in, sources, "gopher:x", NULL, &err), SF_EINVAL);
    assert_non_null(strstr(err.message, "known are files, -"));
    s = sink_of(sinks, "/dev/full");
    sf_records *b = records();
    b->number = 1;
    add_signal(b, "t3_a");
    assert_int_equal(s->ops->write(s, b, NULL), SF_OK);
    assert_int_equal(s->ops->flush(s, 1000, &err), SF_EIO);
    assert_string_equal(err.message, "/dev/full: No space left on device");
    sf_sink_close(s);
    in = source_of(folder);
    assert_int_equal(in->ops->read(in, b, 10, 0, &err), SF_EIO); /* a folder */
    sf_source_close(in);
    sf_records_free(b);
}

/* ---- dead letters --------------------------------------------------------------------------------------------------- */

static void dead_letters_hold_all_that_is_needed(void **state)
{
    (void)state;
    sf_records *b = records();
    b->number = 1;
    add_signal(b, "t3_good");
    add_rejected(b, sf_cstr("{\"title\":\"\xc3\xa9\"}"),
                 (sf_coordinates){.origin = "a\"b", .partition = -1, .line = 3, .offset = 99});
    add_rejected(b, (sf_str){"\xff\x00\x01z", 4},
                 (sf_coordinates){.origin = "posts.raw", .partition = 2, .offset = 41});
    add_rejected(b, (sf_str){"ab\xff", 3}, (sf_coordinates){.origin = "f", .partition = -1});
    add_rejected(b, (sf_str){"", 0}, (sf_coordinates){.origin = "f", .partition = -1});
    sf_sink *s = sink_of(dead_letter_sinks, path_of("dead"));
    assert_int_equal(s->ops->write(s, b, NULL), SF_OK);
    assert_int_equal(s->ops->write(s, b, NULL), SF_OK);
    assert_int_equal(s->ops->flush(s, 1000, NULL), SF_OK);
    sf_sink_close(s);
    static char text[4000];
    snprintf(text, sizeof text, "%s", read_file("dead"));
    for (char *t = strstr(text, "\"time\":\""); t != NULL; t = strstr(t + 8, "\"time\":\"")) {
        memset(t + 8, 'T', 24);
    }
#define LETTER_ERROR "{\"error\":{\"status\":-3,\"offset\":7,\"message\":\"title: \\\"no\\\" string\"},\"at\":"
#define LETTER_TIME  ",\"time\":\"TTTTTTTTTTTTTTTTTTTTTTTT\","
    assert_string_equal(text, LETTER_ERROR "{\"file\":\"a\\\"b\",\"line\":3,\"offset\":99}" LETTER_TIME
                                           "\"raw\":\"{\\\"title\\\":\\\"\xc3\xa9\\\"}\"}\n" LETTER_ERROR
                                           "{\"topic\":\"posts.raw\",\"partition\":2,\"offset\":41}" LETTER_TIME
                                           "\"raw_base64\":\"/wABeg==\"}\n" LETTER_ERROR
                                           "{\"file\":\"f\",\"line\":0,\"offset\":0}" LETTER_TIME
                                           "\"raw_base64\":\"YWL/\"}\n" LETTER_ERROR
                                           "{\"file\":\"f\",\"line\":0,\"offset\":0}" LETTER_TIME "\"raw\":\"\"}\n");
    sf_records_free(b);
}

/* What dead letters hold comes back as it was, bytes and place. */
static void dead_letters_are_fed_back(void **state)
{
    (void)state;
    sf_records *b = records();
    sf_records *back = records();
    char all[256], url[100];
    char *long_one = malloc(SF_MAX_RECORD);
    assert_non_null(long_one);
    for (int i = 0; i < 256; i++) {
        all[i] = (char)i;
    }
    memset(long_one, '"', SF_MAX_RECORD);
    b->number = 1;
    add_rejected(b, sf_cstr("{\"title\":\"\xc3\xa9\\u0000\"}"),
                 (sf_coordinates){.origin = "a\"b", .partition = -1, .line = 3, .offset = 99});
    for (size_t len = 0; len <= 256; len++) {
        add_rejected(b, (sf_str){all + 256 - len, len}, (sf_coordinates){.origin = "t", .partition = 7, .offset = 1});
    }
    add_rejected(b, (sf_str){long_one, SF_MAX_RECORD}, (sf_coordinates){.origin = "a\"b", .partition = -1, .line = 5});
    sf_sink *sink = sink_of(dead_letter_sinks, path_of("back"));
    assert_int_equal(sink->ops->write(sink, b, NULL), SF_OK);
    assert_int_equal(sink->ops->flush(sink, 1000, NULL), SF_OK);
    sf_sink_close(sink);
    FILE *f = fopen(path_of("back"), "a");
    assert_non_null(f);
    fputs("{\"at\":{}}\n{\"raw_base64\":\"a\"}\n[]\n{\"raw\":\"x\"}", f);
    fclose(f);
    snprintf(url, sizeof url, "dlq:%s", path_of("back"));
    sf_source *s = source_of(url);
    int64_t n;
    while ((n = s->ops->read(s, back, 100, 0, NULL)) > 0) {
    }
    assert_int_equal(n, SF_EEND);
    assert_int_equal(back->n, b->n + 4);
    for (size_t i = 0; i < b->n; i++) {
        assert_int_equal(back->v[i].raw.len, b->v[i].raw.len);
        assert_memory_equal(back->v[i].raw.ptr, b->v[i].raw.ptr, b->v[i].raw.len);
        assert_string_equal(back->v[i].at.origin, b->v[i].at.origin);
        assert_int_equal(back->v[i].at.partition, b->v[i].at.partition);
        assert_int_equal(back->v[i].at.offset, b->v[i].at.offset);
        assert_int_equal(back->v[i].at.line, b->v[i].at.line);
        assert_int_equal(back->v[i].state, SF_RECORD_NEW);
    }
    for (size_t i = b->n; i < b->n + 3; i++) {
        assert_int_equal(back->v[i].state, SF_RECORD_REJECTED);
        assert_int_equal(back->v[i].at.line, i + 1);
    }
    assert_int_equal(back->v[b->n + 3].raw.len, 1);
    sf_source_close(s);
    sf_records_free(back);
    sf_records_free(b);
    free(long_one);
}

/* A run that appends to the file it reads ends. */
static void a_file_is_read_as_it_was_when_opened(void **state)
{
    (void)state;
    write_file("grows", "1\n2\n", 4);
    sf_source *s = source_of(path_of("grows"));
    sf_records *b = records();
    assert_int_equal(s->ops->read(s, b, 1, 0, NULL), 1);
    FILE *f = fopen(path_of("grows"), "a");
    assert_non_null(f);
    fputs("3\n", f);
    fclose(f);
    assert_int_equal(s->ops->read(s, b, 10, 0, NULL), 1);
    assert_int_equal(s->ops->read(s, b, 10, 0, NULL), SF_EEND);
    sf_records_free(b);
    sf_source_close(s);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[80];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_become_records),
        cmocka_unit_test(batches_are_as_large_as_asked),
        cmocka_unit_test(long_lines_are_rejected_and_the_next_is_whole),
        cmocka_unit_test(a_batch_is_bounded_in_bytes),
        cmocka_unit_test(gzip_is_unpacked_whatever_its_name),
        cmocka_unit_test(tiny_files_are_fine),
        cmocka_unit_test(a_pipe_hands_on_what_is_there),
        cmocka_unit_test(accepted_signals_are_written),
        cmocka_unit_test(explain_becomes_a_member),
        cmocka_unit_test(pipes_may_be_slow_and_may_break),
        cmocka_unit_test(full_disks_and_wrong_paths_are_said),
        cmocka_unit_test(dead_letters_hold_all_that_is_needed),
        cmocka_unit_test(dead_letters_are_fed_back),
        cmocka_unit_test(a_file_is_read_as_it_was_when_opened),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
