/* SPDX-License-Identifier: MIT */
/* URLs taken apart. */
#include "url.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "fail.h"

/* The length of "scheme" in "scheme:...", 0 where the text is a plain path. */
static size_t scheme_length(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789+.-");
    return islower((unsigned char)text[0]) && text[n] == ':' ? n : 0;
}

/* ---- passwords ---------------------------------------------------------------------------------------------------- */

/* Is "host:port[,host:port]..." without a port that is no number? Else it is the start of user:password. */
static int all_ports(const char *hosts, size_t len)
{
    for (size_t i = 0; i < len && hosts[0] != '['; i++) {
        if (hosts[i] == ':') {
            size_t digits = strspn(hosts + i + 1, "0123456789");
            if (digits == 0 || (i + 1 + digits < len && hosts[i + 1 + digits] != ',')) {
                return 0;
            }
        }
    }
    return 1;
}

/* Finds the password of //user:password@host. Returns its length, 0 where there is none. */
static size_t password_in_authority(const char *text, size_t *begin)
{
    const char *start = strstr(text, "//");
    if (start == NULL || scheme_length(text) == 0) {
        return 0;
    }
    start += 2;
    size_t len = strcspn(start, "/?#");
    size_t at = len;
    while (at > 0 && start[at] != '@') {
        at--;
    }
    if (start[at] != '@' && !all_ports(start, len)) { /* the password itself may hold "/", "?" or "#" */
        const char *last = strrchr(start + len, '@');
        at = last != NULL ? (size_t)(last - start) : 0;
    }
    const char *colon = memchr(start, ':', at);
    if (start[at] != '@' || colon == NULL) {
        return 0;
    }
    *begin = (size_t)(colon + 1 - text);
    return (size_t)(start + at - colon - 1);
}

/* Finds the value of ?password=... and the like. */
static size_t password_in_query(const char *text, size_t *begin)
{
    static const char *const names[] = {"password", "passwd", "secret", "token", "sasl.password"};
    const char *p = scheme_length(text) > 0 ? strchr(text, '?') : NULL;
    while (p != NULL) {
        p++;
        size_t n = strcspn(p, "=&");
        for (size_t i = 0; p[n] == '=' && i < sizeof names / sizeof names[0]; i++) {
            if (strlen(names[i]) == n && memcmp(p, names[i], n) == 0) {
                *begin = (size_t)(p + n + 1 - text);
                return strcspn(p + n + 1, "&");
            }
        }
        p = strchr(p, '&');
    }
    return 0;
}

int sf_url_has_password(const char *text)
{
    size_t begin;
    return password_in_authority(text, &begin) > 0 || password_in_query(text, &begin) > 0;
}

/* Puts "***" where a password stands. */
static void mask(char *text, size_t (*find)(const char *text, size_t *begin))
{
    size_t begin;
    size_t len = find(text, &begin);
    if (len > 0) {
        size_t stars = len < 3 ? len : 3;
        memset(text + begin, '*', stars);
        memmove(text + begin + stars, text + begin + len, strlen(text + begin + len) + 1);
    }
}

/* ---- parts -------------------------------------------------------------------------------------------------------- */

int sf_url_parse(const char *text, sf_url *out, sf_error *err)
{
    sf_url u = {0};
    size_t scheme = scheme_length(text);
    if (text[0] == '\0') {
        return sf_fail(err, SF_EINVAL, "an empty URL");
    }
    u.text = strdup(text);
    u.memory = strdup(text);
    if (u.text == NULL || u.memory == NULL) {
        sf_url_free(&u);
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    mask(u.text, password_in_authority);
    mask(u.text, password_in_query);
    u.scheme = "ndjson";
    u.rest = u.memory;
    u.query = "";
    if (scheme > 0) {
        char *query = strchr(u.memory, '?');
        if (query != NULL) {
            *query = '\0';
            u.query = query + 1;
        }
        u.memory[scheme] = '\0';
        u.rest = u.memory + scheme + 1;
        if (strcmp(u.memory, "file") != 0) {
            u.scheme = u.memory;
        }
    }
    *out = u;
    return SF_OK;
}

void sf_url_free(sf_url *u)
{
    free(u->text);
    free(u->memory);
    *u = (sf_url){0};
}

const char *sf_url_path(const sf_url *u)
{
    const char *path = u->rest;
    if (path[0] == '/' && path[1] == '/') {
        path = strncmp(path, "//localhost/", 12) == 0 ? path + 11 : path + 2;
        if (path[0] != '/') {
            return NULL;
        }
    }
    return path[0] != '\0' ? path : NULL;
}

/* ---- query -------------------------------------------------------------------------------------------------------- */

int sf_hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

int64_t sf_url_decode(sf_str text, char *out, size_t cap)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++, n++) {
        if (n + 1 >= cap) {
            return -1;
        }
        int high = text.ptr[i] == '%' && i + 2 < text.len ? sf_hex_value(text.ptr[i + 1]) : -1;
        int low = high >= 0 ? sf_hex_value(text.ptr[i + 2]) : -1;
        out[n] = text.ptr[i] == '+' ? ' ' : text.ptr[i];
        if (low >= 0) {
            out[n] = (char)(high << 4 | low);
            i += 2;
        }
    }
    if (cap == 0) {
        return -1;
    }
    out[n] = '\0';
    return (int64_t)n;
}

const char *sf_url_query(const sf_url *u, const char *key, char *buf, size_t cap)
{
    size_t len = strlen(key);
    for (const char *p = u->query; *p != '\0';) {
        const char *end = p + strcspn(p, "&");
        if (strncmp(p, key, len) == 0 && (p[len] == '=' || p + len == end)) {
            const char *value = p[len] == '=' ? p + len + 1 : end;
            int64_t n = sf_url_decode((sf_str){value, (size_t)(end - value)}, buf, cap);
            return n >= 0 && memchr(buf, '\0', (size_t)n) == NULL ? buf : NULL;
        }
        p = *end == '&' ? end + 1 : end;
    }
    return NULL;
}

int sf_url_check_query(const sf_url *u, const char *const *known, sf_error *err)
{
    for (const char *p = u->query; *p != '\0';) {
        size_t key = strcspn(p, "=&");
        size_t all = strcspn(p, "&");
        const char *const *k = known;
        while (*k != NULL && (strlen(*k) != key || memcmp(*k, p, key) != 0)) {
            k++;
        }
        if (*k == NULL && key > 0) {
            return sf_fail(err, SF_EINVAL, "%.60s: \"%.*s\" is nothing it knows", u->text, (int)(key < 30 ? key : 30),
                           p);
        }
        if (all - key > SF_URL_VALUE) {
            return sf_fail(err, SF_EINVAL, "%.60s: the value of %s is too long", u->text, *k);
        }
        p += all + (p[all] == '&');
    }
    return SF_OK;
}

int sf_url_file(const sf_url *u, const char *const *known, const char **path, sf_error *err)
{
    *path = sf_url_path(u);
    return *path != NULL ? sf_url_check_query(u, known, err) : sf_fail(err, SF_EINVAL, "%.80s: names no file", u->text);
}

size_t sf_url_code(unsigned char c, char out[3])
{
    static const char hex[] = "0123456789ABCDEF";
    int plain = isalnum(c) || (c != '\0' && strchr("-._~", c) != NULL);
    out[0] = plain ? (char)c : '%';
    out[1] = hex[c >> 4];
    out[2] = hex[c & 15];
    return plain ? 1 : 3;
}

size_t sf_url_encode(const char *text, char *buf, size_t cap)
{
    size_t n = 0;
    for (; *text != '\0'; text++) {
        char code[3];
        size_t len = sf_url_code((unsigned char)*text, code);
        if (n + len >= cap) {
            return 0;
        }
        memcpy(buf + n, code, len);
        n += len;
    }
    buf[n] = '\0';
    return n;
}
