/* SPDX-License-Identifier: MIT */
/* The handshake of streams, by the example of RFC 6455 and by what servers answer instead; and a stream to nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include "common/websocket.h"

static const char proof[] = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

static void keys_are_answered(void **state)
{
    char accept[29];
    (void)state;
    sf_websocket_accept("dGhlIHNhbXBsZSBub25jZQ==", accept);
    assert_string_equal(accept, proof);
}

static void answers_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t length;
        const char *why;
    } cases[] = {
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: "
         "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
         108, ""},
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n", 0, ""},
        {"", 0, ""},
        {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n", SF_EIO,
         "no stream: the server does not speak WebSocket"},
        {"HTTP/1.1 101 Switching Protocols\r\n\r\n", SF_EIO, "no stream: the server does not speak WebSocket"},
        {"HTTP/1.1 503 Service Unavailable\r\n", SF_EIO, "no stream: \"HTTP/1.1 503 Service Unavailable\""},
        {"<!DOCTYPE html><html>", SF_EIO, "no stream: \"<!DOCTYPE html><html>\""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_error err = {.message = ""};
        assert_int_equal(sf_websocket_read_handshake(sf_cstr(cases[i].text), proof, &err), cases[i].length);
        assert_string_equal(err.message, cases[i].why);
    }
    char endless[20000];
    memset(endless, 'x', sizeof endless);
    memcpy(endless, "HTTP/1.1 101 ", 13);
    assert_int_equal(sf_websocket_read_handshake((sf_str){endless, sizeof endless}, proof, NULL), SF_EIO);
}

static void urls_are_checked(void **state)
{
    static const char *const bad[] = {"http://x/",       "ws://",         "wss:///path",
                                      "ws://user@host/", "ws://host/a b", "ws://host/\r\n"};
    sf_websocket_options o = {.name = "test"};
    sf_websocket *w;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(sf_websocket_open(&w, bad[i], &o, NULL), SF_EINVAL);
    }
}

static void nobody_there_ends_the_stream(void **state)
{
    sf_websocket_options o = {.name = "test", .timeout_ms = 5000};
    sf_error err = {.message = ""};
    sf_websocket *w;
    sf_str message;
    int r;
    (void)state;
    assert_int_equal(sf_websocket_open(&w, "ws://127.0.0.1:1/x", &o, &err), SF_OK);
    while ((r = sf_websocket_next(w, &message, &err)) == 0) {
        (void)sf_websocket_wait_open(w, 100);
    }
    assert_int_equal(r, SF_EIO);
    assert_int_equal(strncmp(err.message, "test: ", 6), 0);
    assert_int_equal(sf_websocket_next(w, &message, &err), SF_EIO);
    sf_websocket_close(w);
    sf_websocket_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_answered),
        cmocka_unit_test(answers_are_read),
        cmocka_unit_test(urls_are_checked),
        cmocka_unit_test(nobody_there_ends_the_stream),
    };
    (void)setenv("no_proxy", "127.0.0.1", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
