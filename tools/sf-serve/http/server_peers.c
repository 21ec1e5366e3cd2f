/* SPDX-License-Identifier: MIT */
/* What peers are called, and how many connections each has. This machine's own are not counted: a proxy may stand there. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"
#include "server_internal.h"

struct peer {
    struct peer *next;
    size_t n;
    char name[48];
};

void http_name_peer(const struct sockaddr_storage *a, char peer[48])
{
    if (a->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const void *)a;
        if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
            (void)inet_ntop(AF_INET, six->sin6_addr.s6_addr + 12, peer, 48);
            return;
        }
        (void)inet_ntop(AF_INET6, &six->sin6_addr, peer, 48);
    } else {
        (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)a)->sin_addr, peer, 48);
    }
}

static struct peer **find(http_server *s, const char *name)
{
    sf_str text = sf_cstr(name);
    struct peer **at = &s->peers[sf_hash_parts(&text, 1).low % PEER_BUCKETS];
    while (*at != NULL && strcmp((*at)->name, name) != 0) {
        at = &(*at)->next;
    }
    return at;
}

static int is_counted(const http_server *s, const char *name)
{
    return s->o.most_of_peer > 0 && strncmp(name, "127.", 4) != 0 && strcmp(name, "::1") != 0;
}

int http_peer_add(http_server *s, const char *name)
{
    if (!is_counted(s, name)) {
        return 1;
    }
    struct peer **at = find(s, name);
    if (*at == NULL) {
        *at = calloc(1, sizeof **at);
        if (*at == NULL) {
            return 0;
        }
        memcpy((*at)->name, name, strnlen(name, sizeof(*at)->name - 1));
    }
    if ((*at)->n >= s->o.most_of_peer) {
        return 0;
    }
    (*at)->n++;
    return 1;
}

void http_peer_remove(http_server *s, const char *name)
{
    struct peer **at = find(s, name), *p = *at;
    if (is_counted(s, name) && p != NULL && --p->n == 0) {
        *at = p->next;
        free(p);
    }
}
