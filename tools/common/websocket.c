/* SPDX-License-Identifier: MIT */
/* WebSocket streams: libcurl makes the connection, wslay reads and writes frames on it. */
#include "websocket.h"

#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <wslay/wslay.h>

#include "base64.h"
#include "clock.h"
#include "fail.h"

enum {
    GULP = 256 * 1024, /* bytes that are read at once */
    URL_MOST = 4096
};

typedef enum stage { CONNECTING, ASKING, ANSWERED, OPEN, ENDED } stage;

struct sf_websocket {
    sf_websocket_options o;
    CURLM *multi;
    CURL *easy;
    wslay_event_context_ptr frames;
    stage stage;
    int64_t deadline_ms, heard_ms; /* steady clock */
    int64_t waited_ms;             /* in vain, until it is open */
    char accept[29];
    char *request; /* the handshake's; then what has come of its answer, and of frames behind it */
    size_t len, sent;
    char *queue; /* messages that were read: a size_t and as many bytes, again and again */
    size_t queued, taken, cap;
    size_t gulped; /* in this turn */
    int no_memory;
    char reason[CURL_ERROR_SIZE];
};

/* ---- what wslay calls --------------------------------------------------------------------------------------------- */

static ssize_t take_bytes(wslay_event_context_ptr c, uint8_t *buf, size_t len, int flags, void *payload)
{
    sf_websocket *w = payload;
    size_t n = 0;
    (void)flags;
    if (w->len > 0) { /* they came with the answer */
        n = w->len < len ? w->len : len;
        memcpy(buf, w->request, n);
        memmove(w->request, w->request + n, w->len - n);
        w->len -= n;
        return (ssize_t)n;
    }
    CURLcode r = w->gulped < GULP ? curl_easy_recv(w->easy, buf, len, &n) : CURLE_AGAIN;
    if (r == CURLE_OK && n > 0) {
        w->gulped += n;
        w->heard_ms = sf_clock_steady_ms();
        return (ssize_t)n;
    }
    if (r == CURLE_OK || r != CURLE_AGAIN) {
        (void)snprintf(w->reason, sizeof w->reason, "%s",
                       r == CURLE_OK ? "the server has hung up" : curl_easy_strerror(r));
    }
    wslay_event_set_error(c, r == CURLE_AGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static ssize_t send_bytes(wslay_event_context_ptr c, const uint8_t *data, size_t len, int flags, void *payload)
{
    sf_websocket *w = payload;
    size_t n = 0;
    (void)flags;
    CURLcode r = curl_easy_send(w->easy, data, len, &n);
    if (r == CURLE_OK) {
        return (ssize_t)n;
    }
    wslay_event_set_error(c, r == CURLE_AGAIN ? WSLAY_ERR_WOULDBLOCK : WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
}

static int make_mask(wslay_event_context_ptr c, uint8_t *buf, size_t len, void *payload)
{
    (void)c;
    (void)payload;
    return getrandom(buf, len, 0) == (ssize_t)len ? 0 : -1;
}

static void take_message(wslay_event_context_ptr c, const struct wslay_event_on_msg_recv_arg *m, void *payload)
{
    sf_websocket *w = payload;
    size_t need = w->queued + sizeof(size_t) + m->msg_length;
    (void)c;
    if (wslay_is_ctrl_frame(m->opcode)) {
        return;
    }
    if (need > w->cap) {
        size_t cap = need * 2;
        char *queue = realloc(w->queue, cap);
        if (queue == NULL) {
            w->no_memory = 1;
            return;
        }
        w->queue = queue;
        w->cap = cap;
    }
    memcpy(w->queue + w->queued, &m->msg_length, sizeof(size_t));
    memcpy(w->queue + w->queued + sizeof(size_t), m->msg, m->msg_length);
    w->queued = need;
}

/* ---- opening and closing ------------------------------------------------------------------------------------------ */

static int make_key(char key[25])
{
    char random[16];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random) {
        return SF_EIO;
    }
    key[sf_base64_write((sf_str){random, sizeof random}, SF_BASE64, key)] = '\0';
    return SF_OK;
}

/* Writes the handshake for ws://HOST/PATH; tells where libcurl has to connect to. */
static int write_request(sf_websocket *w, const char *url, char where[URL_MOST])
{
    char key[25];
    int secure = strncmp(url, "wss://", 6) == 0;
    if ((!secure && strncmp(url, "ws://", 5) != 0) || strpbrk(url, " \r\n@") != NULL || make_key(key) != SF_OK) {
        return SF_EINVAL;
    }
    const char *host = strstr(url, "//") + 2;
    size_t len = strcspn(host, "/?");
    const char *path = host + len;
    if (len == 0) {
        return SF_EINVAL;
    }
    sf_websocket_accept(key, w->accept);
    (void)snprintf(where, URL_MOST, "http%s://%.*s/", secure ? "s" : "", (int)len, host);
    int n = snprintf(w->request, URL_MOST,
                     "GET %s%s HTTP/1.1\r\nHost: %.*s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\nUser-Agent: SignalFlow/%s\r\n\r\n",
                     *path == '/' ? "" : "/", path, (int)len, host, key, sf_version_string());
    w->len = n > 0 && n < URL_MOST ? (size_t)n : 0;
    return w->len > 0 ? SF_OK : SF_EINVAL;
}

static int set_up(sf_websocket *w, const char *where)
{
    static const struct wslay_event_callbacks calls = {.recv_callback = take_bytes,
                                                       .send_callback = send_bytes,
                                                       .genmask_callback = make_mask,
                                                       .on_msg_recv_callback = take_message};
    CURL *e = w->easy = curl_easy_init();
    w->multi = curl_multi_init();
    if (e == NULL || w->multi == NULL || wslay_event_context_client_init(&w->frames, &calls, w) != 0) {
        return SF_ENOMEM;
    }
    wslay_event_config_set_max_recv_msg_length(w->frames, w->o.most_bytes);
    unsigned bad = curl_easy_setopt(e, CURLOPT_URL, where) | curl_easy_setopt(e, CURLOPT_CONNECT_ONLY, 1L) |
                   curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) |
                   curl_easy_setopt(e, CURLOPT_HTTPPROXYTUNNEL, 1L) | curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) |
                   curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") |
                   curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)w->o.timeout_ms) |
                   curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L) | curl_easy_setopt(e, CURLOPT_ERRORBUFFER, w->reason);
    return bad == 0 && curl_multi_add_handle(w->multi, e) == CURLM_OK ? SF_OK : SF_ENOMEM;
}

int sf_websocket_open(sf_websocket **out, const char *url, const sf_websocket_options *o, sf_error *err)
{
    char where[URL_MOST];
    sf_websocket *w = calloc(1, sizeof *w);
    if (w == NULL || (w->request = malloc(GULP)) == NULL) {
        free(w);
        return sf_fail(err, SF_ENOMEM, "%s: %s", o->name, sf_strerror(SF_ENOMEM));
    }
    w->o = *o;
    w->o.timeout_ms = o->timeout_ms > 0 ? o->timeout_ms : 16000;
    w->o.most_bytes = o->most_bytes > 0 ? o->most_bytes : 1024 * 1024;
    w->heard_ms = sf_clock_steady_ms();
    w->deadline_ms = w->heard_ms + w->o.timeout_ms;
    int r = write_request(w, url, where);
    r = r == SF_OK ? set_up(w, where) : r;
    if (r != SF_OK) {
        sf_websocket_close(w);
        return sf_fail(err, r, "%s: %.80s: %s", o->name, url,
                       r == SF_EINVAL ? "is no ws:// or wss:// URL" : sf_strerror(r));
    }
    *out = w;
    return SF_OK;
}

void sf_websocket_close(sf_websocket *w)
{
    if (w != NULL) {
        if (w->stage == OPEN) {
            (void)wslay_event_queue_close(w->frames, WSLAY_CODE_NORMAL_CLOSURE, NULL, 0);
            (void)wslay_event_send(w->frames);
        }
        if (w->frames != NULL) {
            wslay_event_context_free(w->frames);
        }
        (void)curl_multi_remove_handle(w->multi, w->easy);
        curl_easy_cleanup(w->easy);
        (void)curl_multi_cleanup(w->multi);
        free(w->request);
        free(w->queue);
        free(w);
    }
}

/* ---- stages ------------------------------------------------------------------------------------------------------- */

static int end(sf_websocket *w, sf_error *err)
{
    w->stage = ENDED;
    return sf_fail(err, SF_EIO, "%s: %s", w->o.name, w->reason[0] != '\0' ? w->reason : "the stream has ended");
}

static int connect_on(sf_websocket *w, sf_error *err)
{
    int running, left;
    (void)curl_multi_perform(w->multi, &running);
    const CURLMsg *m = curl_multi_info_read(w->multi, &left);
    if (m != NULL && m->data.result != CURLE_OK) {
        if (w->reason[0] == '\0') {
            (void)snprintf(w->reason, sizeof w->reason, "%s", curl_easy_strerror(m->data.result));
        }
        return end(w, err);
    }
    w->stage = m != NULL ? ASKING : CONNECTING;
    return SF_OK;
}

static int ask_on(sf_websocket *w, sf_error *err)
{
    size_t n = 0;
    CURLcode r = curl_easy_send(w->easy, w->request + w->sent, w->len - w->sent, &n);
    if (r != CURLE_OK && r != CURLE_AGAIN) {
        return end(w, err);
    }
    w->sent += n;
    if (w->sent == w->len) {
        w->stage = ANSWERED;
        w->len = 0;
    }
    return SF_OK;
}

/* Reads the answer to the handshake. */
static int answer_on(sf_websocket *w, sf_error *err)
{
    size_t n = 0;
    CURLcode r = curl_easy_recv(w->easy, w->request + w->len, GULP - w->len, &n);
    if (r == CURLE_AGAIN) {
        return SF_OK;
    }
    if (r != CURLE_OK || n == 0) {
        (void)snprintf(w->reason, sizeof w->reason, "the server has hung up");
        return end(w, err);
    }
    sf_error why = {.message = ""};
    w->len += n;
    int64_t head = sf_websocket_read_handshake((sf_str){w->request, w->len}, w->accept, &why);
    if (head < 0) {
        (void)snprintf(w->reason, sizeof w->reason, "%s", why.message);
        return end(w, err);
    }
    if (head > 0) {
        w->len -= (size_t)head;
        memmove(w->request, w->request + head, w->len);
        w->stage = OPEN;
        w->heard_ms = sf_clock_steady_ms();
    }
    return SF_OK;
}

static int read_frames(sf_websocket *w, sf_error *err)
{
    w->queued = w->taken = w->gulped = 0;
    int bad =
        wslay_event_recv(w->frames) != 0 || (wslay_event_want_write(w->frames) && wslay_event_send(w->frames) != 0);
    if (w->no_memory) {
        return sf_fail(err, SF_ENOMEM, "%s: %s", w->o.name, sf_strerror(SF_ENOMEM));
    }
    if (bad || wslay_event_get_close_received(w->frames) || !wslay_event_get_read_enabled(w->frames)) {
        w->stage = ENDED; /* what came before is still given */
        if (w->reason[0] == '\0') {
            (void)snprintf(w->reason, sizeof w->reason, "the server has ended the stream (%u)",
                           (unsigned)wslay_event_get_status_code_received(w->frames));
        }
    }
    return SF_OK;
}

/* Goes on as far as that goes without waiting. */
static int go_on(sf_websocket *w, sf_error *err)
{
    int r = SF_OK;
    if (w->stage < OPEN && (sf_clock_steady_ms() > w->deadline_ms || w->waited_ms > w->o.timeout_ms)) {
        (void)snprintf(w->reason, sizeof w->reason, "no stream after %lld ms", (long long)w->o.timeout_ms);
        return end(w, err);
    }
    if (w->stage == CONNECTING) {
        r = connect_on(w, err);
    }
    if (r == SF_OK && w->stage == ASKING) {
        r = ask_on(w, err);
    }
    if (r == SF_OK && w->stage == ANSWERED) {
        r = answer_on(w, err);
    }
    return r == SF_OK && w->stage == OPEN ? read_frames(w, err) : r;
}

int sf_websocket_next(sf_websocket *w, sf_str *message, sf_error *err)
{
    if (w->taken == w->queued && w->stage != ENDED) {
        int r = go_on(w, err);
        if (r != SF_OK) {
            return r;
        }
    }
    if (w->taken == w->queued) {
        return w->stage == ENDED ? end(w, err) : 0;
    }
    memcpy(&message->len, w->queue + w->taken, sizeof(size_t));
    message->ptr = w->queue + w->taken + sizeof(size_t);
    w->taken += sizeof(size_t) + message->len;
    return 1;
}

int sf_websocket_wait_open(sf_websocket *w, int64_t ms)
{
    struct pollfd p = {.fd = sf_websocket_fd(w), .events = w->stage == ASKING ? POLLOUT : POLLIN};
    int happened = 0;
    if (w->stage >= OPEN) {
        return 0;
    }
    if (w->stage == CONNECTING) {
        (void)curl_multi_poll(w->multi, NULL, 0, (int)ms, &happened);
    } else {
        happened = poll(&p, 1, (int)ms);
    }
    w->waited_ms += happened > 0 ? 0 : ms;
    return 1;
}

int sf_websocket_fd(const sf_websocket *w)
{
    curl_socket_t fd = CURL_SOCKET_BAD;
    (void)curl_easy_getinfo(w->easy, CURLINFO_ACTIVESOCKET, &fd);
    return w->stage > CONNECTING && w->stage < ENDED ? fd : -1;
}

int64_t sf_websocket_heard_ms(const sf_websocket *w)
{
    return w->heard_ms;
}
