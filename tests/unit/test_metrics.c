/* SPDX-License-Identifier: MIT */
/* Figures as they are counted and told, and the listener. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/metrics.h"

static const char *ask(const char *path)
{
    static char text[65536];
    char request[100];
    size_t len = 0;
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\n\r\n", path);
    char *answer = sf_metrics_answer(sf_cstr(request), &len);
    assert_non_null(answer);
    assert_true(len < sizeof text);
    memcpy(text, answer, len + 1);
    free(answer);
    return text;
}

static void assert_told(const char *line)
{
    const char *text = ask("/metrics");
    if (strstr(text, line) == NULL) {
        fail_msg("not told: %s", line);
    }
}

static int port;

/* Listens on any port that is free. */
static int listen_somewhere(void **state)
{
    sf_error err;
    (void)state;
    for (port = 21000 + (int)(getpid() % 5000); port < 32000; port++) {
        char address[32];
        snprintf(address, sizeof address, ":%d", port);
        if (sf_metrics_listen(address, &err) == SF_OK) {
            return 0;
        }
    }
    return -1;
}

static int stop_listening(void **state)
{
    (void)state;
    sf_metrics_close();
    return 0;
}

static void what_is_counted_is_told(void **state)
{
    (void)state;
    sf_metric_add(SF_METRIC_READ, 3);
    sf_metric_add(SF_METRIC_READ, 2);
    sf_metric_set(SF_METRIC_WRITTEN, 7);
    sf_metric_add(SF_METRIC_DEAD_LETTERS, 1);
    assert_told("# TYPE signalflow_records_read_total counter\nsignalflow_records_read_total 5\n");
    assert_told("\nsignalflow_records_written_total 7\n");
    assert_told("\nreddit_processor_dlq_messages_total 1\n");
    assert_told("\nsignalflow_build_info{version=\"");
    assert_told("\nprocess_resident_memory_bytes ");
}

static void histograms_add_up(void **state)
{
    (void)state;
    sf_metric_observe(SF_METRIC_BATCH_SIZE, 1);
    sf_metric_observe(SF_METRIC_BATCH_SIZE, 2);
    sf_metric_observe(SF_METRIC_BATCH_SIZE, 500);
    sf_metric_observe(SF_METRIC_BATCH_SIZE, 1000000);
    assert_told("signalflow_batch_records_bucket{le=\"1\"} 1\nsignalflow_batch_records_bucket{le=\"3\"} 2\n");
    assert_told("{le=\"300\"} 2\nsignalflow_batch_records_bucket{le=\"1000\"} 3\n");
    assert_told("{le=\"10000\"} 3\nsignalflow_batch_records_bucket{le=\"+Inf\"} 4\nsignalflow_batch_records_count 4\n"
                "signalflow_batch_records_sum 1000503\n");
}

static void partitions_that_go_are_forgotten(void **state)
{
    (void)state;
    sf_metric_set_of(SF_METRIC_LAG, "signals.normalised", 2, 10);
    sf_metric_set_of(SF_METRIC_LAG, "signals.normalised", 2, 4);
    sf_metric_set_of(SF_METRIC_LAG, "signals.normalised", 5, 1);
    sf_metric_add_of(SF_METRIC_REJECTED, "odd \"name\"\n\\", -1, 1);
    assert_told("signalflow_lag_records{topic=\"signals.normalised\",partition=\"2\"} 4\n"
                "signalflow_lag_records{topic=\"signals.normalised\",partition=\"5\"} 1\n");
    sf_metric_forget(SF_METRIC_LAG, "signals.normalised");
    assert_null(strstr(ask("/metrics"), "signalflow_lag_records{"));
    assert_told("signalflow_dead_letters_total{topic=\"odd \\\"name\\\"\\n\\\\\"} 1\n");
}

static void it_says_whether_it_is_ready(void **state)
{
    static const char store, source;
    (void)state;
    assert_non_null(strstr(ask("/ready"), "200 OK"));
    sf_metrics_not_ready(&store, "the store is away");
    assert_non_null(strstr(ask("/ready"), "503 Service Unavailable"));
    assert_non_null(strstr(ask("/ready"), "\r\n\r\nthe store is away\n"));
    assert_told("\nsignalflow_ready 0\n");
    assert_non_null(strstr(ask("/health"), "200 OK")); /* it lives all the same */
    sf_metrics_not_ready(&source, "the brokers are away");
    sf_metrics_not_ready(&store, NULL); /* who is well again takes nobody else's reason back */
    assert_non_null(strstr(ask("/ready"), "\r\n\r\nthe brokers are away\n"));
    sf_metrics_not_ready(&source, NULL);
    assert_non_null(strstr(ask("/ready"), "200 OK"));
    assert_told("\nsignalflow_ready 1\n");
}

/* One partition stands still while another gets on. */
static void a_partition_that_does_not_get_on_is_found_out(void **state)
{
    (void)state;
    for (int minute = 0; minute < 3; minute++) {
        assert_non_null(strstr(ask("/ready"), minute < 2 ? "200 OK" : "503"));
        sf_metric_set_of(SF_METRIC_LAG, "one", 0, minute < 1 ? 0 : 9);
        sf_metric_set_of(SF_METRIC_LAG, "two", 0, 9);
        sf_sleep_ms(61000);
        sf_metrics_got_on("two", 0);
    }
    sf_metrics_got_on("one", 0);
    assert_non_null(strstr(ask("/ready"), "200 OK"));
    sf_metric_forget(SF_METRIC_LAG, "one");
    assert_null(strstr(ask("/metrics"), "topic=\"one\""));
    assert_non_null(strstr(ask("/metrics"), "topic=\"two\""));
    sf_metric_forget(SF_METRIC_LAG, "two");
}

static void other_requests_are_refused(void **state)
{
    (void)state;
    size_t len;
    assert_non_null(strstr(ask("/"), "404 Not Found"));
    assert_non_null(strstr(ask("/metricsx"), "404 Not Found"));
    assert_non_null(strstr(ask("/metrics?a=b"), "200 OK"));
    char *answer = sf_metrics_answer(sf_cstr("POST /metrics HTTP/1.1\r\n\r\n"), &len);
    assert_non_null(strstr(answer, "405 Method Not Allowed"));
    free(answer);
}

static int connect_to_it(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* One that says nothing and one that goes away are no hindrance to the next. */
static void it_answers_on_its_port(void **state)
{
    static const char request[] = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char text[1000];
    size_t n = 0;
    ssize_t got;
    (void)state;
    int silent = connect_to_it();
    close(connect_to_it());
    int fd = connect_to_it();
    assert_int_equal(write(fd, request, 10), 10); /* in two parts */
    assert_int_equal(write(fd, request + 10, sizeof request - 11), (ssize_t)sizeof request - 11);
    while (n < sizeof text - 1 && (got = read(fd, text + n, sizeof text - 1 - n)) > 0) {
        n += (size_t)got;
    }
    text[n] = '\0';
    assert_non_null(strstr(text, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(text, "\r\n\r\nalive\n"));
    close(fd);
    close(silent);
}

static void wrong_addresses_are_told(void **state)
{
    sf_error err;
    (void)state;
    sf_metrics_close();
    assert_int_equal(sf_metrics_listen("8000", &err), SF_EINVAL);
    assert_int_equal(sf_metrics_listen("127.0.0.1:", &err), SF_EINVAL);
    assert_int_equal(sf_metrics_listen("127.0.0.1:nothing", &err), SF_EINVAL);
    assert_int_equal(sf_metrics_listen("192.0.2.1:21999", &err), SF_EIO); /* no address of this machine */
}

/* Time passes by sleeping alone. */
static void take_own_clock(void)
{
    static char path[] = "/tmp/sf-clock-XXXXXX";
    const int64_t now_and_limit[2] = {INT64_C(1767323700000), INT64_MAX};
    int fd = mkstemp(path);
    if (fd >= 0 && write(fd, now_and_limit, sizeof now_and_limit) == (ssize_t)sizeof now_and_limit) {
        (void)setenv("SF_TEST_CLOCK", path, 1);
        (void)sf_clock_ms();
    }
    (void)close(fd);
    (void)unlink(path);
}

int main(void)
{
    take_own_clock();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_counted_is_told),
        cmocka_unit_test(histograms_add_up),
        cmocka_unit_test(partitions_that_go_are_forgotten),
        cmocka_unit_test(it_says_whether_it_is_ready),
        cmocka_unit_test(other_requests_are_refused),
        cmocka_unit_test(it_answers_on_its_port),
        cmocka_unit_test(wrong_addresses_are_told),
        cmocka_unit_test(a_partition_that_does_not_get_on_is_found_out),
    };
    return cmocka_run_group_tests(tests, listen_somewhere, stop_listening);
}
