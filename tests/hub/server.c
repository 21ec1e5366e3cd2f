/* SPDX-License-Identifier: MIT */
/* A bare server around the hub, for tests and benchmarks: shakes hands, and hands each socket over.
 *
 *     hub_server PORT [redis://HOST:PORT | sqlite:FILE] [NAME=NUMBER]...   0: any port; the port is printed
 *
 * Who asks for a path with "sse" in it gets server-sent events. Of the query, expires=MS is when the token expires and user=ID is whose it is. Lines on
 * stdin: an object is published; "kick ID", "reset", "stop". Settings: ring_bytes, ring_messages, backlog_bytes, backlog_ms, tick_ms, ping_ms. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/log.h"
#include "common/websocket.h"
#include "sf-serve/live/feed.h"

enum { HEAD_MOST = 16384 };

static hub *the_hub;

/* A value of the query; "" where it is not there. */
static sf_str value_of(sf_str query, const char *name)
{
    const char *at = query.ptr, *end = query.ptr + query.len;
    size_t n = strlen(name);
    for (; at < end; at++) {
        size_t len = strcspn(at, "& ");
        if (strncmp(at, name, n) == 0 && at[n] == '=') {
            return (sf_str){at + n + 1, len - n - 1};
        }
        at += len;
    }
    return sf_cstr("");
}

static sf_str header_of(const char *head, const char *name)
{
    const char *at = strcasestr(head, name);
    if (at == NULL) {
        return sf_cstr("");
    }
    at += strlen(name);
    at += strspn(at, " ");
    return (sf_str){at, strcspn(at, "\r\n")};
}

static size_t read_head(int fd, char *head, size_t *len)
{
    const char *end = NULL;
    for (*len = 0; end == NULL;) {
        ssize_t n = recv(fd, head + *len, HEAD_MOST - 1 - *len, 0);
        if (n <= 0) {
            return 0;
        }
        *len += (size_t)n;
        head[*len] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    return (size_t)(end + 4 - head);
}

static void shake(int fd)
{
    static char head[HEAD_MOST], answer[512], accept[29];
    size_t len, whole = read_head(fd, head, &len);
    if (whole == 0) {
        (void)close(fd);
        return;
    }
    sf_str key = header_of(head, "sec-websocket-key:"), last = header_of(head, "last-event-id:");
    char key_text[64];
    (void)snprintf(key_text, sizeof key_text, "%.*s", (int)key.len, key.ptr);
    sf_websocket_accept(key_text, accept);
    const char *mark = strchr(head, '?'), *line_end = strstr(head, "\r\n");
    sf_str query = sf_cstr("");
    if (mark != NULL && mark < line_end) {
        query = (sf_str){mark + 1, strcspn(mark + 1, " ")};
    }
    int sse = strncmp(head, "GET /sse", 8) == 0;
    sf_str expires = value_of(query, "expires");
    hub_client c = {.user = value_of(query, "user"),
                    .expires_ms = expires.len > 0 ? strtoll(expires.ptr, NULL, 10) : SF_NO_TIME,
                    .query = query,
                    .cursor = last,
                    .rest = {head + whole, len - whole}};
    int n = sse ? snprintf(answer, sizeof answer, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
                : snprintf(answer, sizeof answer,
                           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
                           "Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
                           accept);
    if (send(fd, answer, (size_t)n, MSG_NOSIGNAL) != n) {
        (void)close(fd);
        return;
    }
    (void)fcntl(fd, F_SETFL, O_NONBLOCK);
    (void)(sse ? hub_adopt_sse(the_hub, fd, &c) : hub_adopt(the_hub, fd, &c));
}

static void *accept_all(void *payload)
{
    int one = 1;
    for (int fd; (fd = accept(*(int *)payload, NULL, NULL)) >= 0;) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        shake(fd);
    }
    return NULL;
}

static int listen_at(int port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) != 0) {
        perror("listen");
        exit(1);
    }
    printf("%d\n", ntohs(a.sin_port));
    (void)fflush(stdout);
    return fd;
}

static void take_setting(hub_options *o, const char *text)
{
    const char *sign = strchr(text, '=');
    int64_t v = sign != NULL ? strtoll(sign + 1, NULL, 10) : 0;
    size_t n = sign != NULL ? (size_t)(sign - text) : 0;
#define TAKE(field, type) o->field = n == strlen(#field) && strncmp(text, #field, n) == 0 ? (type)v : o->field
    TAKE(ring_bytes, size_t);
    TAKE(ring_messages, size_t);
    TAKE(backlog_bytes, size_t);
    TAKE(backlog_ms, int64_t);
    TAKE(tick_ms, int64_t);
    TAKE(ping_ms, int64_t);
#undef TAKE
}

static void obey(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    while ((n = getline(&line, &cap, stdin)) > 0) {
        line[n - 1] = '\0';
        if (strncmp(line, "kick ", 5) == 0) {
            hub_kick_user(the_hub, sf_cstr(line + 5));
        } else if (strcmp(line, "reset") == 0) {
            hub_reset(the_hub);
        } else if (strcmp(line, "stop") == 0) {
            break;
        } else {
            printf("%d\n", hub_publish(the_hub, (sf_str){line, (size_t)n - 1}));
            (void)fflush(stdout);
        }
    }
    free(line);
}

int main(int argc, char **argv)
{
    hub_options o = {0};
    feed *f = NULL;
    sf_error err = {.message = ""};
    struct rlimit most = {65536, 65536};
    pthread_t thread;
    (void)setrlimit(RLIMIT_NOFILE, &most);
    for (int i = 2; i < argc; i++) {
        take_setting(&o, argv[i]);
    }
    int fd = listen_at(argc > 1 ? atoi(argv[1]) : 0), r = hub_new(&the_hub, &o, &err);
    const char *url = argc > 2 && strchr(argv[2], ':') != NULL ? argv[2] : NULL;
    if (r == SF_OK && url != NULL) {
        r = strncmp(url, "redis:", 6) == 0 ? feed_redis(&f, the_hub, url, &err) : feed_sqlite(&f, the_hub, url, &err);
    }
    if (r != SF_OK || pthread_create(&thread, NULL, accept_all, &fd) != 0) {
        (void)fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    obey();
    (void)shutdown(fd, SHUT_RDWR);
    (void)pthread_join(thread, NULL);
    feed_close(f);
    hub_stop(the_hub, 3000);
    hub_free(the_hub);
    (void)close(fd);
    return 0;
}
