/* SPDX-License-Identifier: MIT */
/* The URL, librdkafka's configuration and its errors, see kafka_conf.h. */
#include "kafka_conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/fail.h"
#include "common/log.h"

/* ---- URL ---------------------------------------------------------------------------------------------------------- */

static int is_topic_name(const char *name)
{
    size_t n = strlen(name);
    return n > 0 && n <= 249 && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == n;
}

static int add_topic(sf_kafka_place *p, const char *name, size_t len)
{
    size_t before = strlen(p->prefix);
    char *topic = malloc(before + len + 1);
    if (topic == NULL) {
        return SF_ENOMEM;
    }
    memcpy(topic, p->prefix, before);
    memcpy(topic + before, name, len);
    topic[before + len] = '\0';
    p->topics[p->n_topics++] = topic;
    return len > 0 && is_topic_name(topic) ? SF_OK : SF_EINVAL;
}

/* "a,b,c" */
static int read_topics(sf_kafka_place *p, const char *text)
{
    size_t most = 1;
    for (const char *c = text; *c != '\0'; c++) {
        most += *c == ',';
    }
    p->topics = calloc(most, sizeof *p->topics);
    int r = p->topics != NULL ? SF_OK : SF_ENOMEM;
    while (r == SF_OK && *text != '\0') {
        size_t n = strcspn(text, ",");
        r = add_topic(p, text, n);
        text += n + (text[n] == ',');
    }
    return r;
}

int sf_kafka_place_read(sf_kafka_place *out, const sf_url *url, const char *const *known, sf_error *err)
{
    sf_kafka_place p = {.n_topics = 0};
    char prefix[128] = "";
    int r = sf_url_check_query(url, known, err);
    if (r != SF_OK) {
        return r;
    }
    size_t brokers = strncmp(url->rest, "//", 2) == 0 ? strcspn(url->rest + 2, "/") : 0;
    if (brokers == 0 || memchr(url->rest + 2, '@', brokers) != NULL) {
        return sf_fail(err, SF_EINVAL, "%.60s: not kafka://HOST:PORT[,HOST:PORT...]/TOPIC", url->text);
    }
    (void)sf_url_query(url, "prefix", prefix, sizeof prefix);
    p.brokers = strndup(url->rest + 2, brokers);
    p.prefix = strdup(prefix);
    const char *topics = url->rest + 2 + brokers;
    r = p.brokers != NULL && p.prefix != NULL ? read_topics(&p, topics + (*topics == '/')) : SF_ENOMEM;
    if (r != SF_OK) {
        sf_kafka_place_free(&p);
        return sf_fail(err, r, "%.60s: %s", url->text, r == SF_EINVAL ? "no name of a topic" : sf_strerror(r));
    }
    *out = p;
    return SF_OK;
}

void sf_kafka_place_free(sf_kafka_place *p)
{
    for (size_t i = 0; i < p->n_topics; i++) {
        free(p->topics[i]);
    }
    free((void *)p->topics);
    free(p->brokers);
    free(p->prefix);
    *p = (sf_kafka_place){.n_topics = 0};
}

/* ---- errors ------------------------------------------------------------------------------------------------------- */

int sf_kafka_is_final(rd_kafka_resp_err_t code)
{
    switch (code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
    case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION: return 1;
    default: return 0;
    }
}

int sf_kafka_fail(sf_error *err, const char *name, const char *what, rd_kafka_resp_err_t code,
                  const sf_kafka_trouble *trouble)
{
    int refused = trouble != NULL && trouble->refused;
    int local = code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
                code == RD_KAFKA_RESP_ERR__WAIT_COORD || code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT;
    /* That it took too long is no reason; what the connection said may be. */
    const char *why =
        trouble != NULL && trouble->text[0] != '\0' && (local || refused) ? trouble->text : rd_kafka_err2str(code);
    return sf_fail(err, refused || sf_kafka_is_final(code) ? SF_EIO : SF_EAGAIN, "%.50s: %s: %.100s", name, what, why);
}

/* A message is short: without the address in its long form, and of what OpenSSL says the part behind its numbers. */
static const char *short_reason(const char *reason)
{
    static const char module[] = "routines::", scheme[] = "://";
    const char *tls = strstr(reason, module), *address = strstr(reason, scheme), *rest = strstr(reason, ": ");
    return tls != NULL                                         ? tls + sizeof module - 1
           : address != NULL && rest != NULL && address < rest ? rest + 2
                                                               : reason;
}

static void on_error(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    sf_kafka_trouble *t = opaque;
    (void)rk;
    t->code = (rd_kafka_resp_err_t)code;
    t->refused |= code == RD_KAFKA_RESP_ERR__AUTHENTICATION;
    (void)snprintf(t->text, sizeof t->text, "%s", short_reason(reason));
    sf_log(SF_LOG_DEBUG, "kafka: %s: %s", rd_kafka_err2name(t->code), reason);
}

/* Brokers that come and go are told of once, by the loop; the library says the same of each broker every second. */
static void on_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk;
    sf_log(level <= 2 ? SF_LOG_ERROR : SF_LOG_DEBUG, "kafka: %s: %s", facility, text);
}

/* ---- configuration ------------------------------------------------------------------------------------------------ */

int sf_kafka_set(rd_kafka_conf_t *conf, const char *const pairs[][2], sf_error *err)
{
    char why[200];
    for (size_t i = 0; pairs[i][0] != NULL; i++) {
        if (rd_kafka_conf_set(conf, pairs[i][0], pairs[i][1], why, sizeof why) != RD_KAFKA_CONF_OK) {
            return sf_fail(err, SF_EINVAL, "kafka: %s=%s: %s", pairs[i][0], pairs[i][1], why);
        }
    }
    return SF_OK;
}

/* What the guarantees rest on, or what the URL says. */
static int is_ours(const char *key)
{
    static const char *const ours[] = {"bootstrap.servers",
                                       "metadata.broker.list",
                                       "group.id",
                                       "enable.auto.commit",
                                       "auto.commit.enable",
                                       "enable.auto.offset.store",
                                       "enable.idempotence",
                                       "enable.gapless.guarantee",
                                       "acks",
                                       "request.required.acks",
                                       "partition.assignment.strategy",
                                       "partitioner",
                                       "isolation.level",
                                       "transactional.id",
                                       "message.timeout.ms",
                                       "delivery.timeout.ms",
                                       "message.max.bytes",
                                       "enable.partition.eof",
                                       NULL};
    size_t i = 0;
    while (ours[i] != NULL && strcmp(ours[i], key) != 0) {
        i++;
    }
    return ours[i] != NULL;
}

/* Whoever may see a command line must not see these. */
static int is_secret(const char *key)
{
    return strstr(key, "password") != NULL || strstr(key, "secret") != NULL || strcmp(key, "ssl.key.pem") == 0 ||
           strcmp(key, "sasl.oauthbearer.config") == 0;
}

/* A file's text without the line end at its end. */
static int read_secret(const char *path, char *text, size_t cap, sf_error *err)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        (void)sf_fail_errno(err, path);
        return SF_EINVAL;
    }
    size_t n = fread(text, 1, cap - 1, f);
    int whole = feof(f) && !ferror(f);
    (void)fclose(f);
    while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r')) {
        n--;
    }
    text[n] = '\0';
    return whole ? SF_OK : sf_fail(err, SF_EINVAL, "%.60s: cannot be read, or is too long", path);
}

/* "key=value" or "key=@file". */
static int set_option(rd_kafka_conf_t *conf, const char *text, sf_error *err)
{
    char key[80], value[16384], why[200];
    const char *equals = strchr(text, '=');
    size_t n = equals != NULL ? (size_t)(equals - text) : 0;
    if (n == 0 || n >= sizeof key) {
        return sf_fail(err, SF_EINVAL, "--kafka-opt %.40s: not KEY=VALUE", text);
    }
    memcpy(key, text, n);
    key[n] = '\0';
    if (is_ours(key)) {
        return sf_fail(err, SF_EINVAL, "--kafka-opt %s: not to be changed: delivery depends on it, or the URL says it",
                       key);
    }
    const char *v = equals + 1;
    if (is_secret(key) && *v != '@') {
        return sf_fail(err, SF_EINVAL, "--kafka-opt %s: a secret: put it into a file and say %s=@FILE", key, key);
    }
    if (*v == '@') {
        int r = read_secret(v + 1, value, sizeof value, err);
        if (r != SF_OK) {
            return r;
        }
        v = value;
    }
    rd_kafka_conf_res_t res = rd_kafka_conf_set(conf, key, v, why, sizeof why);
    if (res != RD_KAFKA_CONF_OK) {
        return sf_fail(err, SF_EINVAL, "--kafka-opt %s: %s", key, is_secret(key) ? "refused" : why);
    }
    return SF_OK;
}

int sf_kafka_conf(rd_kafka_conf_t **out, const sf_kafka_place *place, const sf_settings *settings,
                  sf_kafka_trouble *trouble, const char *const defaults[][2], sf_error *err)
{
    char client[64] = "signalflow";
    if (settings != NULL) {
        (void)snprintf(client, sizeof client, "signalflow-%s", sf_settings_tool(settings));
    }
    const char *const base[][2] = {{"bootstrap.servers", place->brokers},
                                   {"client.id", client},
                                   {"reconnect.backoff.max.ms", "2000"},
                                   {"log.connection.close", "false"},
                                   {NULL, NULL}};
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int r = sf_kafka_set(conf, base, err);
    r = r == SF_OK ? sf_kafka_set(conf, defaults, err) : r;
    const char *const *options = NULL;
    size_t n = 0;
    if (settings != NULL && sf_settings_knows(settings, "kafka-opt")) {
        n = sf_settings_list(settings, "kafka-opt", &options);
    }
    for (size_t i = 0; i < n && r == SF_OK; i++) {
        r = set_option(conf, options[i], err);
    }
    if (r != SF_OK) {
        rd_kafka_conf_destroy(conf);
        return r;
    }
    *trouble = (sf_kafka_trouble){.refused = 0};
    rd_kafka_conf_set_opaque(conf, trouble);
    rd_kafka_conf_set_error_cb(conf, on_error);
    rd_kafka_conf_set_log_cb(conf, on_log);
    *out = conf;
    return SF_OK;
}
