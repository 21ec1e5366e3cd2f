/* SPDX-License-Identifier: MIT */
/* The server: from options to a loop that runs until it is told to stop. */
#include "serve.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "api/api.h"
#include "api/shared.h"
#include "auth/accounts.h"
#include "common/fail.h"
#include "common/log.h"
#include "common/metrics.h"
#include "plugs.h"
#include "run.h"
#include "secret.h"
#include "watch/watch.h"

const sf_option sf_serve_options[] = {
    {"store", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "The store to serve: sqlite:FILE, whose users are kept beside it; or postgresql://HOST/DATABASE."},
    {"read-store", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL, "Where questions go instead: a replica of the store."},
    {"cache", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL, "Where instances share their answers: redis://HOST:PORT/1."},
    {"live", "URL", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "Where sf-process --publish sends signals: redis://HOST:PORT/2. Without it a store in a file is followed itself; "
     "one in PostgreSQL then has no live feed."},
    {"listen", "HOST:PORT", SF_OPTION_TEXT, "127.0.0.1:8000", 0, 0, NULL, "Where to listen; :PORT is on loopback."},
    {"tls-cert", "FILE", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "Speak HTTPS, with the certificate in this file and those that vouch for it, in PEM. SIGHUP reads it again."},
    {"tls-key", "FILE", SF_OPTION_TEXT, NULL, 0, 0, NULL, "The certificate's key, in PEM, without a passphrase."},
    {"allowed-host", "NAME", SF_OPTION_LIST, NULL, 0, 0, NULL,
     "A name that clients call the server by, beside localhost, 127.0.0.1 and [::1]; requests for others are refused. "
     "* takes any."},
    {"allowed-origin", "ORIGIN", SF_OPTION_LIST, NULL, 0, 0, NULL,
     "Pages from there may ask: https://example.org; scheme, host and port must be the same."},
    {"trusted-proxy", "ADDRESS", SF_OPTION_LIST, NULL, 0, 0, NULL,
     "A proxy whose X-Forwarded-For and X-Forwarded-Proto are believed."},
    {"jwt-secret", "SECRET", SF_OPTION_SECRET, NULL, 0, 0, NULL,
     "What tokens are signed with, 32 bytes or more. With a store in a file, one is made and kept in the state folder "
     "if none is given."},
    {"jwt-former-secret", "SECRET", SF_OPTION_SECRET, NULL, 0, 0, NULL,
     "Tokens signed with this are good still: for a change of secrets."},
    {"access-lifetime", "TIME", SF_OPTION_DURATION, "60m", 1000, 604800000.0, NULL,
     "How long an access token is good."},
    {"refresh-lifetime", "TIME", SF_OPTION_DURATION, "1d", 1000, 31536000000.0, NULL,
     "How long a refresh token is good."},
    {"combine-except", "NAME", SF_OPTION_LIST, NULL, 0, 0, NULL,
     "A platform that is told of only where it alone is asked for: no part of rankings, sums and events of several."},
    {"login-rate", "N/min", SF_OPTION_TEXT, "5/min", 0, 0, NULL,
     "Failed tries to log in, for each name; for each address twice that. off: any number."},
    {"cache-ttl", "TIME", SF_OPTION_DURATION, "30s", 0, 3600000, NULL, "How long an answer is given again; 0s: never."},
    {"cache-size", "SIZE", SF_OPTION_SIZE, "64M", 0, 1e12, NULL, "Memory for answers that are kept."},
    {"reach", "N", SF_OPTION_INTEGER, "100000", 0, 1e9, NULL,
     "Posts that an answer may look at in an index, a tenth of that one by one; what lies behind them is "
     "for the next page. 0: any."},
    {"workers", "N", SF_OPTION_INTEGER, "2", 1, 64, NULL, "Threads that ask the store."},
    {"most-connections", "N", SF_OPTION_INTEGER, "20000", 1, 1000000, NULL, "Connections at once."},
    {"connections-per-address", "N", SF_OPTION_INTEGER, "1000", 0, 1000000, NULL,
     "Connections at once from one address but this machine's own; 0: any."},
    {"sockets-per-user", "N", SF_OPTION_INTEGER, "20000", 0, 1000000, NULL,
     "Open sockets and streams of one user at once; 0: any."},
    {"watch", "HOST:PORT", SF_OPTION_LIST, NULL, 0, 0, NULL,
     "The figures of an sf-process, as its --metrics has it, for what the page tells of the pipeline; again for each."},
    {"demo", NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL,
     "Who brings no token may read. On loopback only: nobody else's machine may ask."},
    {"metrics", "HOST:PORT", SF_OPTION_TEXT, NULL, 0, 0, NULL,
     "Answers there /metrics (for Prometheus), /ready and /health; :PORT is on loopback."},
    {NULL, NULL, SF_OPTION_FLAG, NULL, 0, 0, NULL, NULL},
};

/* ---- options ------------------------------------------------------------------------------------------------------- */

/* "5/min", "5", "off". */
static int read_rate(const char *text, double *out, sf_error *err)
{
    char *end;
    if (strcmp(text, "off") == 0) {
        *out = 0;
        return SF_OK;
    }
    *out = strtod(text, &end);
    int minute = *end == '\0' || strcmp(end, "/min") == 0;
    return minute && *out >= 1 && *out <= 1e6 ? SF_OK : sf_fail(err, SF_EINVAL, "--login-rate: N/min, or off");
}

static int read_keys(const sf_settings *s, jwt_keys **out, sf_error *err)
{
    char own[SECRET_BYTES];
    const char *secret = sf_settings_text(s, "jwt-secret"), *store = sf_settings_text(s, "store");
    if (secret == NULL) {
        if (strncmp(store, "sqlite:", 7) != 0) {
            return sf_fail(err, SF_EINVAL, "SF_JWT_SECRET_FILE or SF_JWT_SECRET: what are tokens to be signed with?");
        }
        int r = sf_secret_keep(own, err);
        if (r != SF_OK) {
            return r;
        }
        secret = own;
    }
    return jwt_keys_new(out, secret, sf_settings_text(s, "jwt-former-secret"), err);
}

/* Is HOST:PORT an address of this machine alone, written as one? Names are not looked up. */
static int is_loopback(const char *address)
{
    char host[64];
    struct in_addr v4;
    const char *colon = strrchr(address, ':');
    size_t n = colon != NULL ? (size_t)(colon - address) : strlen(address);
    if (n >= sizeof host) {
        return 0;
    }
    memcpy(host, address, n);
    host[n] = '\0';
    return n == 0 || strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

/* Nobody but who is at this machine, and no page but our own. */
static int check_demo(const char *address, const api_options *o, sf_error *err)
{
    if (!is_loopback(address)) {
        return sf_fail(err, SF_EINVAL,
                       "--demo: only on 127.0.0.1 or [::1], not on %.80s; others need users: sf-serve user add",
                       address);
    }
    if (o->n_hosts + o->n_origins + o->n_proxies > 0) {
        return sf_fail(err, SF_EINVAL,
                       "--demo does not go with --allowed-host, --allowed-origin, --trusted-proxy: they let others in");
    }
    return SF_OK;
}

/* Keeps users in the store itself, so that a replica has them too. */
static int is_server(const char *store)
{
    return strncmp(store, "postgresql:", 11) == 0;
}

static int read_options(const sf_settings *s, api_options *o, sf_error *err)
{
    *o = (api_options){
        .store = sf_settings_text(s, "store"),
        .read_store = sf_settings_text(s, "read-store"),
        .cache = sf_settings_text(s, "cache"),
        .live = sf_settings_text(s, "live"),
        .access_ms = sf_settings_integer(s, "access-lifetime"),
        .refresh_ms = sf_settings_integer(s, "refresh-lifetime"),
        .cache_ms = sf_settings_integer(s, "cache-ttl"),
        .cache_bytes = sf_settings_integer(s, "cache-size"),
        .reach = (uint32_t)sf_settings_integer(s, "reach"),
        .workers = (size_t)sf_settings_integer(s, "workers"),
        .sockets_of_user = (size_t)sf_settings_integer(s, "sockets-per-user"),
    };
    if (o->read_store != NULL && is_server(o->read_store) && o->store != NULL && is_server(o->store)) {
        o->read_users = o->read_store;
    }
    o->n_hosts = sf_settings_list(s, "allowed-host", &o->hosts);
    o->n_origins = sf_settings_list(s, "allowed-origin", &o->origins);
    o->n_apart = sf_settings_list(s, "combine-except", &o->apart);
    o->n_proxies = sf_settings_list(s, "trusted-proxy", &o->proxies);
    o->n_watched = sf_settings_list(s, "watch", &o->watched);
    o->demo = sf_settings_flag(s, "demo");
    if (o->store == NULL) {
        return sf_fail(err, SF_EINVAL, "--store: which? sqlite:FILE, postgresql://...");
    }
    if ((sf_settings_text(s, "tls-cert") == NULL) != (sf_settings_text(s, "tls-key") == NULL)) {
        return sf_fail(err, SF_EINVAL, "--tls-cert and --tls-key: one needs the other");
    }
    for (size_t i = 0; i < o->n_apart; i++) {
        if (sf_platform_from_name(sf_cstr(o->apart[i])) == SF_PLATFORM_UNKNOWN) {
            return sf_fail(err, SF_EINVAL, "--combine-except: no platform is called \"%.60s\"", o->apart[i]);
        }
    }
    int r = sf_store_check(sf_stores, o->store, err);
    r = r == SF_OK && o->read_store != NULL ? sf_store_check(sf_stores, o->read_store, err) : r;
    r = r == SF_OK && o->cache != NULL ? shared_check(o->cache, err) : r;
    for (size_t i = 0; r == SF_OK && i < o->n_watched; i++) {
        r = watch_check(o->watched[i], err);
    }
    r = r == SF_OK && o->demo ? check_demo(sf_settings_text(s, "listen"), o, err) : r;
    r = r == SF_OK ? read_rate(sf_settings_text(s, "login-rate"), &o->logins, err) : r;
    return r;
}

/* ---- signals ------------------------------------------------------------------------------------------------------- */

static http_server *running;

static void stop(int number)
{
    (void)number;
    http_server_stop(running);
}

static void reload(int number)
{
    (void)number;
    http_server_reload(running);
}

static void catch_signals(http_server *server, int tls)
{
    struct sigaction a = {.sa_handler = stop}, b = {.sa_handler = reload, .sa_flags = SA_RESTART};
    running = server;
    if (tls) {
        (void)sigaction(SIGHUP, &b, NULL);
    }
    (void)sigaction(SIGTERM, &a, NULL);
    (void)sigaction(SIGINT, &a, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

/* A connection is a descriptor. */
static void allow_descriptors(void)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) == 0) {
        l.rlim_cur = l.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &l);
    }
}

/* ---- running ------------------------------------------------------------------------------------------------------- */

static int serve(const sf_settings *s, api *a, sf_error *err)
{
    http_server *server;
    http_options o = {
        .request = api_request,
        .tick = api_tick,
        .refusal = api_refusal,
        .payload = a,
        .most_connections = (size_t)sf_settings_integer(s, "most-connections"),
        .most_of_peer = (size_t)sf_settings_integer(s, "connections-per-address"),
        .tls_cert = sf_settings_text(s, "tls-cert"),
        .tls_key = sf_settings_text(s, "tls-key"),
        .head_ms = 10000,
        .body_ms = 30000,
        .idle_ms = 75000,
        .write_ms = 30000,
        .drain_ms = 7000,
    };
    int r = http_server_new(&server, sf_settings_text(s, "listen"), &o, err);
    if (r != SF_OK) {
        return r;
    }
    r = api_start(a, server, err);
    if (r == SF_OK) {
        catch_signals(server, o.tls_cert != NULL);
        sf_log(SF_LOG_INFO, "listening on port %d", http_server_port(server));
        r = http_server_run(server, err);
        api_stop(a, 2000);
        sf_log(SF_LOG_INFO, "stopped");
    }
    http_server_free(server);
    return r;
}

/* Can the store be asked? What is wrong for good is said now; what can pass is tried again later. */
static int try_store(const api_options *o, sf_error *err)
{
    sf_store *store = NULL;
    accounts *users = NULL;
    int r =
        sf_store_open(&store, sf_stores, o->read_store != NULL ? o->read_store : o->store, SF_STORE_READ, NULL, err);
    r = r == SF_OK ? accounts_open(&users, o->store, SF_STORE_WRITE, err) : r;
    sf_store_close(store);
    accounts_close(users);
    if (r != SF_OK && r != SF_EINVAL) {
        sf_log(SF_LOG_WARN, "%s; trying again", err->message);
        return SF_OK;
    }
    return r;
}

int sf_serve_run(const sf_settings *s)
{
    sf_error err = {0};
    api_options o;
    api *a = NULL;
    const char *metrics = sf_settings_text(s, "metrics");
    err.status = read_options(s, &o, &err);
    if (err.status == SF_OK && sf_settings_flag(s, "check-config")) {
        return 0;
    }
    allow_descriptors();
    err.status = err.status == SF_OK ? try_store(&o, &err) : err.status;
    err.status = err.status == SF_OK ? read_keys(s, &o.keys, &err) : err.status;
    err.status = err.status == SF_OK ? api_new(&a, &o, &err) : err.status;
    err.status = err.status == SF_OK && metrics != NULL ? sf_metrics_listen(metrics, &err) : err.status;
    err.status = err.status == SF_OK ? serve(s, a, &err) : err.status;
    sf_metrics_close();
    api_free(a);
    return err.status == SF_OK ? 0 : sf_run_failed(&err);
}
