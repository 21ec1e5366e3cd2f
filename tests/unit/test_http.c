/* SPDX-License-Identifier: MIT */
/* The client for the platforms' APIs against a server that does all that servers do. Pauses pass on a clock of the test's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <string.h>

#include "common/clock.h"
#include "common/http.h"
#include "support/http_server.h"
#include "support/test_clock.h"

static int port;

/* What the server answers: first, second, ... the last one for ever after. A path that ends with "/other" gets "{}"; "/counted/other" is counted
 * by itself, since a request that an earlier test has given up may still come in. */
static http_reply replies[8];
static int at, asked, counted;
static char last_request[4096];

static http_reply reply(void *payload, const char *request)
{
    (void)payload;
    counted += strstr(request, "/counted/") != NULL;
    if (strstr(request, "/other ") != NULL) {
        return (http_reply){.status = "200"};
    }
    asked++;
    snprintf(last_request, sizeof last_request, "%s", request);
    http_reply r = replies[at];
    at += at + 1 < 8 && replies[at + 1].status != NULL;
    return r;
}

static void answers(const http_reply *list, size_t n)
{
    memset(replies, 0, sizeof replies);
    memcpy(replies, list, n * sizeof *list);
    at = asked = 0;
}

static const char *url_of(const char *path)
{
    static char url[64];
    snprintf(url, sizeof url, "http://127.0.0.1:%d/%s", port, path);
    return url;
}

static sf_http *client(sf_http_options o)
{
    sf_http *h = NULL;
    o.name = "test";
    assert_int_equal(sf_http_new(&h, &o), SF_OK);
    return h;
}

static void add(sf_http *h, const char *path, uint64_t tag)
{
    sf_error err = {.message = ""};
    sf_http_request r = {.url = url_of(path), .tag = tag};
    assert_int_equal(sf_http_add(h, &r, &err), SF_OK);
}

/* Waits for an answer, for up to two simulated hours. */
static sf_http_answer await(sf_http *h)
{
    sf_http_answer a = {0};
    int64_t end = sf_clock_steady_ms() + 2 * 3600000;
    while (sf_http_wait(h, 200) == 0 && sf_clock_steady_ms() < end) {
    }
    assert_int_equal(sf_http_next(h, &a), 1);
    return a;
}

/* Asks once and takes the answer. */
static sf_http_answer ask(sf_http *h)
{
    add(h, "x", 7);
    sf_http_answer a = await(h);
    assert_int_equal(a.tag, 7);
    return a;
}

static void answers_come_whole(void **state)
{
    sf_http *h = client((sf_http_options){0});
    http_counts before = http_server_counts();
    (void)state;
    answers(&(http_reply){.status = "200 OK", .headers = "X-Left: 12.5\r\n", .body = "[1, 2]"}, 1);
    for (int i = 0; i < 5; i++) {
        sf_http_answer a = ask(h);
        assert_int_equal(a.verdict, SF_HTTP_GOOD);
        assert_int_equal(a.status, 200);
        assert_int_equal(a.body.len, 6);
        assert_memory_equal(a.body.ptr, "[1, 2]", 6);
        assert_string_equal(sf_http_header(&a, "x-left"), "12.5");
        assert_null(sf_http_header(&a, "x-right"));
        assert_int_equal(a.answered_ms, sf_clock_ms());
    }
    assert_int_equal(http_server_counts().connections - before.connections, 1); /* kept alive */
    sf_http_answer none;
    assert_int_equal(sf_http_next(h, &none), 0);
    assert_non_null(strstr(last_request, "User-Agent: SignalFlow/"));
    sf_http_free(h);
}

static void requests_say_what_they_must(void **state)
{
    static const char *const headers[] = {"Authorization: bearer abc", "X-Y: z", NULL};
    sf_http *h = client((sf_http_options){.user_agent = "linux:sf:1 (by /u/me)"});
    sf_http_request r = {.url = url_of("token"), .headers = headers, .login = "me:secret", .body = sf_cstr("a=1&b=2")};
    (void)state;
    answers(&(http_reply){.status = "200"}, 1);
    r.headers = headers + 1; /* basic authentication and a bearer exclude each other */
    assert_int_equal(sf_http_add(h, &r, NULL), SF_OK);
    assert_int_equal(await(h).verdict, SF_HTTP_GOOD);
    assert_memory_equal(last_request, "POST /token ", 12);
    assert_non_null(strstr(last_request, "Authorization: Basic bWU6c2VjcmV0\r\n"));
    assert_non_null(strstr(last_request, "User-Agent: linux:sf:1 (by /u/me)\r\n"));
    assert_non_null(strstr(last_request, "\r\n\r\na=1&b=2"));
    r = (sf_http_request){.url = url_of("me"), .headers = headers}; /* the same line: nothing is left over */
    assert_int_equal(sf_http_add(h, &r, NULL), SF_OK);
    assert_int_equal(await(h).verdict, SF_HTTP_GOOD);
    assert_memory_equal(last_request, "GET /me ", 8);
    assert_non_null(strstr(last_request, "Authorization: bearer abc\r\n"));
    assert_non_null(strstr(last_request, "X-Y: z\r\n"));
    assert_null(strstr(last_request, "Basic"));
    assert_null(strstr(last_request, "a=1"));
    sf_http_free(h);
}

static void what_passes_is_asked_again(void **state)
{
    static const http_reply bad[] = {
        {.status = "500"},
        {.status = "503", .body = "<html>"},
        {.status = "522", .body = ""},
        {.status = "408"},
        {.status = "200", .body = "<html>no</html>"},
        {.status = "200", .body = "{\"a\":[1,2"},
        {.status = "200", .body = ""},
        {.status = "200", .body = "{\"a\":1}", .length = 4000}, /* closed before its end */
        {.status = "200", .reset = 1},
        {.status = "200", .hang = 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        sf_http *h = client((sf_http_options){.timeout_ms = 200});
        http_reply list[] = {bad[i], bad[i], {.status = "200", .body = "{\"right\":1}"}};
        int64_t start = sf_clock_steady_ms();
        answers(list, 3);
        sf_http_answer a = ask(h);
        assert_int_equal(a.verdict, SF_HTTP_GOOD);
        assert_int_equal(a.body.len, 11);
        assert_int_equal(asked, 3);
        assert_int_equal(sf_http_count(h).again, 2);
        assert_true(sf_clock_steady_ms() - start <= 2000 + 4000 + 400);
        sf_http_free(h);
    }
}

static void what_does_not_pass_is_said_at_once(void **state)
{
    static const struct {
        const char *status;
        sf_http_verdict verdict;
    } cases[] = {{"401", SF_HTTP_LOG_IN}, {"403", SF_HTTP_FORBIDDEN}, {"404", SF_HTTP_GONE},   {"410", SF_HTTP_GONE},
                 {"451", SF_HTTP_GONE},   {"400", SF_HTTP_REFUSED},   {"414", SF_HTTP_REFUSED}};
    sf_http *h = client((sf_http_options){0});
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        http_reply r = {.status = cases[i].status, .headers = "Location: /other\r\n", .body = "{\"error\":1}"};
        answers(&r, 1);
        sf_http_answer a = ask(h);
        assert_int_equal(a.verdict, cases[i].verdict);
        assert_string_equal(a.reason, cases[i].status);
        assert_memory_equal(a.body.ptr, "{\"error\":1}", a.body.len); /* says more, on some platforms */
        assert_int_equal(asked, 1);
    }
    assert_int_equal(sf_http_count(h).again, 0);
    sf_http_free(h);
}

/* A redirect passes, unless it leads to where nothing is. */
static void redirects_are_not_followed(void **state)
{
    http_reply list[] = {{.status = "302", .headers = "Location: /maintenance\r\n", .body = "{\"error\":1}"},
                         {.status = "200", .body = "{\"right\":1}"},
                         {.status = "302", .headers = "Location: /search?q=x\r\n", .body = "{\"error\":1}"}};
    sf_http *h = client((sf_http_options){.nowhere = "/search"});
    (void)state;
    answers(list, 3);
    assert_int_equal(ask(h).verdict, SF_HTTP_GOOD);
    assert_int_equal(asked, 2);
    sf_http_answer a = ask(h);
    assert_int_equal(a.verdict, SF_HTTP_GONE);
    assert_string_equal(a.reason, "302, a redirect");
    assert_int_equal(asked, 3);
    sf_http_free(h);
}

static void a_server_that_says_slow_down_is_obeyed(void **state)
{
    http_reply list[] = {{.status = "429", .headers = "Retry-After: 30\r\n"},
                         {.status = "429", .headers = "X-Reset: 100\r\nRetry-After: 6\r\n"},
                         {.status = "429"},
                         {.status = "200"}};
    sf_http *h = client((sf_http_options){.limit = {.reset = "x-reset"}});
    sf_error err = {.message = ""};
    (void)state;
    answers(list, 4);
    int64_t start = sf_clock_steady_ms();
    add(h, "x", 1);
    while (sf_http_count(h).slowed == 0) {
        (void)sf_http_wait(h, 50);
    }
    assert_int_equal(sf_http_away(h, &err), 1);
    assert_non_null(strstr(err.message, "test: 429"));
    add(h, "other", 2); /* must wait as well */
    assert_int_equal(sf_http_wait(h, 20000), 0);
    sf_http_answer a = await(h);
    a = a.tag == 1 ? a : await(h);
    assert_int_equal(a.verdict, SF_HTTP_GOOD);
    assert_true(sf_clock_steady_ms() - start >= 30000 + 100000 + 5000);
    assert_int_equal(sf_http_count(h).slowed, 3);
    assert_int_equal(sf_http_away(h, &err), 0);
    sf_http_free(h);
}

static void limits_are_read_as_their_platform_writes_them(void **state)
{
    static const struct {
        const char *after, *reset;
        int is_date;
        int64_t wait_ms;
    } cases[] = {
        {NULL, NULL, 0, 5000},      {"7", NULL, 0, 7000},   {"2", NULL, 0, 5000},
        {"0.5", "61.5", 0, 61500},  {"90", "61", 0, 90000}, {"soon", "never", 0, 5000},
        {NULL, "1100", 1, 100000},  {NULL, "900", 1, 5000}, {NULL, "-5", 0, 5000},
        {"1e9", NULL, 0, 86400000}, {"", "", 0, 5000},      {"Thu, 01 Jan 1970 00:20:00 GMT", NULL, 0, 200000},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        sf_http_limit limit = {.reset = "x", .is_date = cases[i].is_date};
        assert_int_equal(sf_http_limit_wait(&limit, cases[i].after, cases[i].reset, 1000000), cases[i].wait_ms);
    }
}

static void when_the_server_is_away_everything_waits_and_nothing_is_lost(void **state)
{
    http_reply list[] = {{.status = "502"}, {.status = "502"}, {.status = "502"}, {.status = "502"},
                         {.status = "502"}, {.status = "502"}, {.status = "502"}, {.status = "200"}};
    sf_http *h = client((sf_http_options){.parallel = 2});
    sf_error err = {.message = ""};
    (void)state;
    answers(list, 8);
    add(h, "x", 1);
    while (!sf_http_away(h, &err)) {
        (void)sf_http_wait(h, 200);
    }
    assert_non_null(strstr(err.message, "502"));
    assert_int_equal(asked, 3);
    add(h, "x", 2);
    sf_http_answer a = await(h), b = await(h);
    assert_int_equal(a.verdict, SF_HTTP_GOOD);
    assert_int_equal(b.verdict, SF_HTTP_GOOD);
    assert_int_equal(a.tag + b.tag, 3);
    assert_int_equal(sf_http_count(h).pauses, 5);
    assert_int_equal(asked, 9); /* 3 tries, then one each pause, then the other */
    sf_http_free(h);
}

static void nobody_there_is_a_server_that_is_away(void **state)
{
    sf_http *h = client((sf_http_options){.timeout_ms = 300});
    sf_http_request r = {.url = "http://127.0.0.1:1/x"};
    sf_error err = {.message = ""};
    (void)state;
    assert_int_equal(sf_http_add(h, &r, NULL), SF_OK);
    while (!sf_http_away(h, &err)) {
        (void)sf_http_wait(h, 200);
    }
    assert_non_null(strstr(err.message, "onnect")); /* in curl's words */
    assert_int_equal(sf_http_count(h).requests, 3);
    sf_http_free(h);
}

static void one_that_fails_while_others_work_is_given_back(void **state)
{
    sf_http *h = client((sf_http_options){.parallel = 2});
    sf_http_answer a;
    (void)state;
    answers(&(http_reply){.status = "500"}, 1);
    add(h, "x", 1);
    for (int others = 0;;) {
        if (sf_http_room(h) > 0) {
            add(h, "other", 2);
            others++;
        }
        a = await(h);
        if (a.tag == 1) {
            break;
        }
        assert_true(others < 10000);
        sf_sleep_ms(200);
    }
    assert_int_equal(a.verdict, SF_HTTP_AGAIN);
    assert_string_equal(a.reason, "500");
    assert_int_equal(asked, SF_HTTP_TRIES);
    assert_int_equal(sf_http_count(h).pauses, 0);
    sf_http_free(h);
}

static void long_answers_are_cut_short(void **state)
{
    static char body[5000];
    sf_http *h = client((sf_http_options){.parallel = 2, .most_bytes = 1000});
    sf_error err = {.message = ""};
    (void)state;
    memset(body, ' ', sizeof body - 1);
    answers(&(http_reply){.status = "200", .body = body}, 1);
    add(h, "x", 1);
    while (!sf_http_away(h, &err)) {
        assert_int_equal(sf_http_wait(h, 200), 0);
    }
    assert_non_null(strstr(err.message, "longer than 1000 bytes"));
    sf_http_free(h);
}

static void it_keeps_to_its_budget(void **state)
{
    /* However slow the machine is, none times out: a second try would take a pause of the clock's. */
    sf_http *h = client((sf_http_options){.parallel = 4, .per_second = 10, .timeout_ms = 600000});
    int64_t start = sf_clock_steady_ms();
    (void)state;
    for (int sent = 0, got = 0; got < 50;) {
        for (; sent < 50 && sf_http_room(h) > 0; sent++) {
            add(h, "counted/other", 1);
        }
        (void)await(h);
        got++;
    }
    assert_in_range(sf_clock_steady_ms() - start, 4800, 5500);
    assert_int_equal(sf_http_count(h).again, 0);
    assert_int_equal(counted, 50);
    sf_http_free(h);
}

static void several_go_at_once_and_no_more(void **state)
{
    sf_http *h = client((sf_http_options){.parallel = 3});
    http_counts before = http_server_counts();
    (void)state;
    answers(&(http_reply){.status = "200", .delay_ms = 20}, 1);
    for (int sent = 0, got = 0; got < 12;) {
        for (; sent < 12 && sf_http_room(h) > 0; sent++) {
            add(h, "x", 1);
        }
        (void)await(h);
        got++;
    }
    assert_int_equal(http_server_counts().most_at_once, 3);
    assert_true(http_server_counts().connections - before.connections <= 3);
    sf_http_request r = {.url = url_of("x")};
    sf_error err = {.message = ""};
    for (int i = 0; i < 3; i++) {
        add(h, "x", 1);
    }
    assert_int_equal(sf_http_add(h, &r, &err), SF_EINVAL);
    sf_http_free(h); /* with requests on their way */
}

static void other_protocols_are_not_spoken(void **state)
{
    sf_http *h = client((sf_http_options){0});
    sf_http_request r = {.url = "file:///etc/passwd"};
    sf_error err = {.message = ""};
    (void)state;
    assert_int_equal(sf_http_add(h, &r, &err), SF_EINVAL);
    assert_non_null(strstr(err.message, "neither http:// nor https://"));
    sf_http_free(h);
    sf_http_free(NULL);
}

static void holds_are_kept(void **state)
{
    sf_http *h = client((sf_http_options){0});
    sf_error err = {.message = ""};
    (void)state;
    int64_t start = sf_clock_steady_ms();
    sf_http_hold(h, 60000, "the day's units are used up");
    add(h, "other", 1);
    assert_int_equal(sf_http_away(h, &err), 1);
    assert_string_equal(err.message, "test: the day's units are used up; paused for 61 s");
    assert_int_equal(await(h).verdict, SF_HTTP_GOOD);
    assert_true(sf_clock_steady_ms() - start >= 60000);
    sf_http_free(h);
}

/* Headers of any answer: what remains is spread over the time that is left; where none does, nothing goes out. */
static void headers_set_the_pace(void **state)
{
    const http_reply list[] = {
        {.status = "200", .headers = "x-remaining: 4.0\r\nx-reset: 40\r\n"},
        {.status = "200", .headers = "x-remaining: 0.0\r\nx-reset: 30\r\n"},
        {.status = "200", .headers = "x-remaining: many\r\nx-reset: 30\r\n"},
    };
    sf_http *h = client((sf_http_options){.limit = {.reset = "x-reset", .remaining = "x-remaining"}});
    (void)state;
    answers(list, 3);
    ask(h);
    int64_t start = sf_clock_steady_ms();
    ask(h); /* one is saved up */
    assert_true(sf_clock_steady_ms() - start <= 11000);
    start = sf_clock_steady_ms();
    ask(h);
    assert_true(sf_clock_steady_ms() - start >= 30000);
    sf_http_free(h);
    int64_t wait;
    const sf_http_limit date = {.is_date = 1};
    assert_true(sf_http_limit_pace(&date, "300", "1767225660", 1767225600000, &wait) == 5 && wait == 0);
    assert_true(sf_http_limit_pace(&date, "0", "1767225660", 1767225600000, &wait) == 0 && wait == 60000);
    assert_true(sf_http_limit_pace(&date, "0", "1767225000", 1767225600000, &wait) == 0 && wait == 1000);
    assert_true(sf_http_limit_pace(&date, "0", NULL, 1767225600000, &wait) < 0 && wait == 0);
    assert_true(sf_http_limit_pace(&date, "0", "9e99", 1767225600000, &wait) < 0 && wait == 0);
}

/* Two tries are paid for; then a budget comes anew after an hour. */
static int64_t pay(void *payload, uint64_t tag)
{
    int *left = payload;
    assert_int_equal(tag, 7);
    return (*left)-- > 0 ? 0 : 3600000;
}

static void each_try_is_paid_for(void **state)
{
    const http_reply list[] = {{.status = "503"}, {.status = "503"}, {.status = "200"}};
    int left = 2;
    sf_http *h = client((sf_http_options){.pay = pay, .payload = &left});
    (void)state;
    answers(list, 3);
    add(h, "x", 7);
    int64_t start = sf_clock_steady_ms();
    while (sf_clock_steady_ms() - start < 1800000) {
        assert_int_equal(sf_http_wait(h, 60000), 0);
    }
    assert_int_equal(asked, 2);
    left = 1;
    assert_int_equal(await(h).verdict, SF_HTTP_GOOD);
    assert_true(sf_clock_steady_ms() - start >= 3600000);
    sf_http_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_come_whole),
        cmocka_unit_test(requests_say_what_they_must),
        cmocka_unit_test(what_passes_is_asked_again),
        cmocka_unit_test(what_does_not_pass_is_said_at_once),
        cmocka_unit_test(redirects_are_not_followed),
        cmocka_unit_test(a_server_that_says_slow_down_is_obeyed),
        cmocka_unit_test(limits_are_read_as_their_platform_writes_them),
        cmocka_unit_test(when_the_server_is_away_everything_waits_and_nothing_is_lost),
        cmocka_unit_test(nobody_there_is_a_server_that_is_away),
        cmocka_unit_test(one_that_fails_while_others_work_is_given_back),
        cmocka_unit_test(long_answers_are_cut_short),
        cmocka_unit_test(it_keeps_to_its_budget),
        cmocka_unit_test(several_go_at_once_and_no_more),
        cmocka_unit_test(other_protocols_are_not_spoken),
        cmocka_unit_test(holds_are_kept),
        cmocka_unit_test(headers_set_the_pace),
        cmocka_unit_test(each_try_is_paid_for),
    };
    (void)setenv("no_proxy", "127.0.0.1", 1);
    start_test_clock(1767225600000);
    port = http_server_start(reply, NULL);
    (void)sf_clock_ms();
    forget_test_clock();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
