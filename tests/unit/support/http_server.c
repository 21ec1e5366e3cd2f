/* SPDX-License-Identifier: MIT */
/* A small HTTP server: a thread a connection. */
#include "http_server.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct {
    pthread_mutex_t lock;
    http_handler handler;
    void *payload;
    int listener, at_once;
    http_counts counts;
} server = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Reads a request with its body. Returns 0 at the end of the connection. */
static int read_request(int fd, char *text, size_t cap)
{
    size_t len = 0, need = 0;
    while (need == 0 || len < need) {
        ssize_t n = recv(fd, text + len, cap - 1 - len, 0);
        if (n <= 0) {
            return 0;
        }
        len += (size_t)n;
        text[len] = '\0';
        const char *end = strstr(text, "\r\n\r\n");
        if (end != NULL) {
            const char *length = strstr(text, "Content-Length: ");
            need = (size_t)(end + 4 - text) + (length != NULL ? strtoul(length + 16, NULL, 10) : 0);
        }
    }
    return 1;
}

static void send_reply(int fd, const http_reply *r)
{
    const char *body = r->body != NULL ? r->body : "{}";
    char head[1024];
    int n = snprintf(head, sizeof head, "HTTP/1.1 %s\r\nContent-Length: %ld\r\n%s\r\n", r->status,
                     r->length != 0 ? r->length : (long)strlen(body), r->headers != NULL ? r->headers : "");
    (void)!send(fd, head, (size_t)n, MSG_NOSIGNAL);
    (void)!send(fd, body, strlen(body), MSG_NOSIGNAL);
}

static void pause_ms(int ms)
{
    struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000L};
    (void)nanosleep(&t, NULL);
}

static void *serve(void *payload)
{
    int fd = *(int *)payload, go_on = 1;
    static const size_t cap = 1 << 16;
    char *text = malloc(cap);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &go_on, sizeof go_on);
    free(payload);
    while (go_on && text != NULL && read_request(fd, text, cap)) {
        pthread_mutex_lock(&server.lock);
        server.counts.requests++;
        server.at_once++;
        server.counts.most_at_once =
            server.at_once > server.counts.most_at_once ? server.at_once : server.counts.most_at_once;
        http_reply r = server.handler(server.payload, text);
        pthread_mutex_unlock(&server.lock);
        pause_ms(r.delay_ms);
        if (r.hang) {
            (void)read_request(fd, text, cap); /* until the client has had enough */
        } else if (!r.reset) {
            send_reply(fd, &r);
        }
        go_on = !r.reset && !r.hang && r.length == 0;
        if (r.reset) {
            struct linger hard = {.l_onoff = 1, .l_linger = 0};
            (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        }
        pthread_mutex_lock(&server.lock);
        server.at_once--;
        pthread_mutex_unlock(&server.lock);
    }
    (void)close(fd);
    free(text);
    return NULL;
}

static void *take_connections(void *payload)
{
    (void)payload;
    for (;;) {
        int *fd = malloc(sizeof *fd);
        pthread_t thread;
        if (fd == NULL || (*fd = accept(server.listener, NULL, NULL)) < 0) {
            free(fd);
            return NULL;
        }
        pthread_mutex_lock(&server.lock);
        server.counts.connections++;
        pthread_mutex_unlock(&server.lock);
        if (pthread_create(&thread, NULL, serve, fd) == 0) {
            (void)pthread_detach(thread);
        }
    }
}

int http_server_start(http_handler handler, void *payload)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    pthread_t thread;
    server.handler = handler;
    server.payload = payload;
    server.listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(server.listener, (struct sockaddr *)&at, len) != 0 || listen(server.listener, 16) != 0 ||
        getsockname(server.listener, (struct sockaddr *)&at, &len) != 0 ||
        pthread_create(&thread, NULL, take_connections, NULL) != 0) {
        perror("server");
        exit(1);
    }
    (void)pthread_detach(thread);
    return ntohs(at.sin_port);
}

http_counts http_server_counts(void)
{
    pthread_mutex_lock(&server.lock);
    http_counts c = server.counts;
    pthread_mutex_unlock(&server.lock);
    return c;
}
