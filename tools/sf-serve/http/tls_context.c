/* SPDX-License-Identifier: MIT */
/* What is spoken, and with which certificate. */
#include <openssl/err.h>

#include "common/fail.h"
#include "tls_internal.h"

static int fail(const char *option, const char *file, sf_error *err)
{
    unsigned long code = ERR_peek_last_error();
    const char *why = ERR_reason_error_string(code);
    int r = sf_fail(err, SF_EINVAL, "%s %.80s: %s", option, file, why != NULL ? why : "cannot be used");
    ERR_clear_error();
    return r;
}

/* Nobody is there to type one in. */
static int no_passphrase(char *buf, int size, int writing, void *payload)
{
    (void)buf;
    (void)size;
    (void)writing;
    (void)payload;
    return 0;
}

/* HTTP/1.1 is what we have; who offers other things only, is told so. */
static int choose(SSL *ssl, const unsigned char **out, unsigned char *len, const unsigned char *in, unsigned n,
                  void *payload)
{
    static const unsigned char ours[] = "\x08http/1.1";
    unsigned char *found;
    (void)ssl;
    (void)payload;
    int r = SSL_select_next_proto(&found, len, ours, sizeof ours - 1, in, n);
    *out = found;
    return r == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int load(SSL_CTX *c, const char *cert, const char *key, sf_error *err)
{
    if (SSL_CTX_use_certificate_chain_file(c, cert) != 1) {
        return fail("--tls-cert", cert, err);
    }
    if (SSL_CTX_use_PrivateKey_file(c, key, SSL_FILETYPE_PEM) != 1 || SSL_CTX_check_private_key(c) != 1) {
        return fail("--tls-key", key, err);
    }
    return SF_OK;
}

int tls_context_new(SSL_CTX **out, const char *cert, const char *key, sf_error *err)
{
    SSL_CTX *c = SSL_CTX_new(TLS_server_method());
    if (c == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    (void)SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION);
    /* Where a message ends HTTP says itself, so an end without farewell cuts nothing off unseen. */
    (void)SSL_CTX_set_options(c, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    (void)SSL_CTX_set_mode(c, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    (void)SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_default_passwd_cb(c, no_passphrase);
    SSL_CTX_set_alpn_select_cb(c, choose, NULL);
    int r = load(c, cert, key, err);
    if (r != SF_OK) {
        SSL_CTX_free(c);
        return r;
    }
    *out = c;
    return SF_OK;
}
