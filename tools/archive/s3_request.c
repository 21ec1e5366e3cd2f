/* SPDX-License-Identifier: MIT */
/* Signed requests by libcurl. Its signatures hold with strict servers if the hash of the body is told, the query is sorted and each of
 * its names has a value, everything but A-Z a-z 0-9 - . _ ~ is escaped in paths, and no header is suppressed. */
#include "s3_request.h"

#include <ctype.h>
#include <curl/curl.h>
#include <openssl/evp.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/loop.h"

enum { CONNECT_MS = 5000, SILENT_S = 15, STOPPED_MS = 8000, ANSWER_MOST = 16 * 1024 * 1024 };

struct sf_s3_client {
    CURL *easy;
    char *token;
    char sigv4[96];
    char user_agent[48];
    char error[CURL_ERROR_SIZE];
    int64_t stop_seen_ms;
    const sf_s3_request *request;
    sf_s3_answer *answer;
    int failed; /* what was to take the answer could not */
};

/* ---- texts -------------------------------------------------------------------------------------------------------- */

void sf_s3_escape(sf_buffer *to, const char *text, int in_path)
{
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if ((c < 0x80 && isalnum(c)) || strchr("-._~", c) != NULL || (in_path && c == '/')) {
            sf_buffer_put(to, text, 1);
        } else {
            sf_buffer_format(to, "%%%02X", (unsigned)c);
        }
    }
}

/* Where `what` begins in the rest of the text; its length where it does not. */
static size_t find(sf_str text, size_t at, const char *what)
{
    size_t n = strlen(what);
    for (; at + n <= text.len; at++) {
        if (memcmp(text.ptr + at, what, n) == 0) {
            return at;
        }
    }
    return text.len;
}

static void put_unescaped(sf_buffer *to, sf_str text)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"&amp;", '&'},   {"&lt;", '<'},  {"&gt;", '>'},  {"&quot;", '"'},
                 {"&apos;", '\''}, {"&#34;", '"'}, {"&#39;", '\''}};
    for (size_t i = 0; i < text.len;) {
        size_t taken = 1;
        char c = text.ptr[i];
        for (size_t k = 0; c == '&' && k < sizeof known / sizeof known[0]; k++) {
            size_t n = strlen(known[k].name);
            if (text.len - i >= n && memcmp(text.ptr + i, known[k].name, n) == 0) {
                c = known[k].c;
                taken = n;
                break;
            }
        }
        sf_buffer_put(to, &c, 1);
        i += taken;
    }
}

int sf_s3_element(sf_str xml, const char *name, size_t *at, sf_buffer *to)
{
    char open[72], close[72];
    (void)snprintf(open, sizeof open, "<%.64s>", name);
    (void)snprintf(close, sizeof close, "</%.64s>", name);
    size_t begin = find(xml, *at, open);
    if (begin == xml.len) {
        return 0;
    }
    begin += strlen(open);
    size_t end = find(xml, begin, close);
    if (end == xml.len) {
        return 0;
    }
    put_unescaped(to, (sf_str){xml.ptr + begin, end - begin});
    *at = end + strlen(close);
    return 1;
}

/* ---- what libcurl calls ------------------------------------------------------------------------------------------- */

static size_t take_body(char *bytes, size_t size, size_t n, void *payload)
{
    sf_s3_client *c = payload;
    long status = 0;
    n *= size;
    (void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
    if (c->request->to != NULL && status == 200) {
        c->failed |= fwrite(bytes, 1, n, c->request->to) != n;
    } else if (c->answer->body.len + n <= ANSWER_MOST) {
        sf_buffer_put(&c->answer->body, bytes, n);
    }
    return c->failed ? CURL_WRITEFUNC_ERROR : n;
}

static size_t take_header(char *bytes, size_t size, size_t n, void *payload)
{
    sf_s3_client *c = payload;
    n *= size;
    if (n > 5 && n < sizeof c->answer->etag && curl_strnequal(bytes, "etag:", 5)) {
        size_t from = 5, to = n;
        while (from < to && isspace((unsigned char)bytes[from])) {
            from++;
        }
        while (to > from && isspace((unsigned char)bytes[to - 1])) {
            to--;
        }
        memcpy(c->answer->etag, bytes + from, to - from);
        c->answer->etag[to - from] = '\0';
    }
    return n;
}

/* Once a stop was asked for, a request has some seconds. */
static int watch_stop(void *payload, curl_off_t a, curl_off_t b, curl_off_t d, curl_off_t e)
{
    sf_s3_client *c = payload;
    (void)a, (void)b, (void)d, (void)e;
    if (!sf_stop_asked()) {
        return 0;
    }
    int64_t now = sf_clock_steady_ms();
    c->stop_seen_ms = c->stop_seen_ms == 0 ? now : c->stop_seen_ms;
    return now - c->stop_seen_ms > STOPPED_MS;
}

/* ---- the client --------------------------------------------------------------------------------------------------- */

int sf_s3_client_new(sf_s3_client **out, const sf_s3_account *a)
{
    sf_s3_client *c = calloc(1, sizeof *c);
    if (c == NULL) {
        return SF_ENOMEM;
    }
    c->easy = curl_easy_init();
    c->token = a->token != NULL ? strdup(a->token) : NULL;
    if (c->easy == NULL || (a->token != NULL && c->token == NULL)) {
        sf_s3_client_free(c);
        return SF_ENOMEM;
    }
    CURL *e = c->easy;
    (void)snprintf(c->sigv4, sizeof c->sigv4, "aws:amz:%.60s:s3", a->region);
    (void)snprintf(c->user_agent, sizeof c->user_agent, "SignalFlow/%.30s", sf_version_string());
    unsigned bad =
        curl_easy_setopt(e, CURLOPT_AWS_SIGV4, c->sigv4) | curl_easy_setopt(e, CURLOPT_USERNAME, a->key) |
        curl_easy_setopt(e, CURLOPT_PASSWORD, a->secret) | curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) |
        curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) | curl_easy_setopt(e, CURLOPT_ERRORBUFFER, c->error) |
        curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https") |
        curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) |
        curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, 1L) | curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, (long)SILENT_S) |
        curl_easy_setopt(e, CURLOPT_USERAGENT, c->user_agent) | curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, take_body) |
        curl_easy_setopt(e, CURLOPT_WRITEDATA, c) | curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, take_header) |
        curl_easy_setopt(e, CURLOPT_HEADERDATA, c) | curl_easy_setopt(e, CURLOPT_XFERINFOFUNCTION, watch_stop) |
        curl_easy_setopt(e, CURLOPT_XFERINFODATA, c) | curl_easy_setopt(e, CURLOPT_NOPROGRESS, 0L);
    if (bad != 0) {
        sf_s3_client_free(c);
        return SF_ENOMEM;
    }
    *out = c;
    return SF_OK;
}

void sf_s3_client_free(sf_s3_client *c)
{
    if (c != NULL) {
        curl_easy_cleanup(c->easy);
        free(c->token);
        free(c);
    }
}

/* ---- a request ---------------------------------------------------------------------------------------------------- */

static int add_header(struct curl_slist **list, const char *name, const char *value)
{
    sf_buffer b = {0};
    sf_buffer_format(&b, "%s: %s", name, value);
    struct curl_slist *more = b.lost ? NULL : curl_slist_append(*list, b.bytes);
    sf_buffer_free(&b);
    *list = more != NULL ? more : *list;
    return more != NULL;
}

/* The body's SHA-256 in hexadecimal. */
static int hash_body(sf_str body, char hex[65])
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (EVP_Digest(body.len > 0 ? body.ptr : "", body.len, sum, &len, EVP_sha256(), NULL) != 1) {
        return 0;
    }
    for (unsigned i = 0; i < 32; i++) {
        (void)snprintf(hex + (size_t)i * 2, 3, "%02x", (unsigned)sum[i]);
    }
    return 1;
}

/* The body's MD5 in base 64: what a few requests want. */
static int md5_body(sf_str body, char text[32])
{
    unsigned char sum[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (EVP_Digest(body.ptr, body.len, sum, &len, EVP_md5(), NULL) != 1) {
        return 0;
    }
    (void)EVP_EncodeBlock((unsigned char *)text, sum, 16);
    return 1;
}

static struct curl_slist *make_headers(const sf_s3_client *c, const sf_s3_request *r)
{
    struct curl_slist *list = NULL;
    char hex[65], md5[32];
    int good = hash_body(r->body, hex) && add_header(&list, "x-amz-content-sha256", hex);
    if (c->token != NULL) {
        good = good && add_header(&list, "x-amz-security-token", c->token);
    }
    if (r->body.ptr != NULL) {
        good = good && add_header(&list, "Content-Type", r->type != NULL ? r->type : "application/octet-stream");
    }
    if (r->md5) {
        good = good && md5_body(r->body, md5) && add_header(&list, "Content-MD5", md5);
    }
    if (!good) {
        curl_slist_free_all(list);
        list = NULL;
    }
    return list;
}

static void set_method(CURL *e, const sf_s3_request *r)
{
    (void)curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
    if (r->body.ptr != NULL) {
        (void)curl_easy_setopt(e, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)r->body.len);
        (void)curl_easy_setopt(e, CURLOPT_POSTFIELDS, r->body.ptr);
    }
    (void)curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, r->method);
}

int sf_s3_send(sf_s3_client *c, const sf_s3_request *r, sf_s3_answer *a)
{
    sf_buffer url = {0};
    *a = (sf_s3_answer){.status = 0};
    sf_buffer_format(&url, "%s%s%s", r->url, r->query != NULL ? "?" : "", r->query != NULL ? r->query : "");
    struct curl_slist *headers = make_headers(c, r);
    if (url.lost || headers == NULL) {
        sf_buffer_free(&url);
        curl_slist_free_all(headers);
        return SF_ENOMEM;
    }
    c->request = r;
    c->answer = a;
    c->failed = 0;
    c->error[0] = '\0';
    set_method(c->easy, r);
    (void)curl_easy_setopt(c->easy, CURLOPT_URL, url.bytes);
    (void)curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, headers);
    CURLcode code = curl_easy_perform(c->easy);
    (void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &a->status);
    (void)curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, NULL);
    curl_slist_free_all(headers);
    sf_buffer_free(&url);
    if (code != CURLE_OK) {
        a->status = 0;
        (void)snprintf(a->reason, sizeof a->reason, "%.150s",
                       c->error[0] != '\0' ? c->error : curl_easy_strerror(code));
        return c->failed ? SF_EIO : code == CURLE_OUT_OF_MEMORY ? SF_ENOMEM : SF_EAGAIN;
    }
    return a->body.lost ? SF_ENOMEM : SF_OK;
}
