/* SPDX-License-Identifier: MIT */
/* An archive in a bucket of S3, or of what speaks as S3 does. Large files go up in parts; a bucket shows a file only once all of it is
 * there. */
#include <stdlib.h>

#include "common/fail.h"
#include "place.h"
#include "s3_request.h"

enum { PART_LEAST = 5 * 1024 * 1024, PART_BYTES = 16 * 1024 * 1024, PARTS_MOST = 10000 };

typedef struct s3 {
    sf_place base;
    sf_s3_client *client;
    char *bucket; /* its URL */
    char *name;   /* its name */
    char *prefix; /* "" or "a/b/" */
    char region[64];
    size_t part;
} s3;

/* ---- asking ------------------------------------------------------------------------------------------------------- */

/* What an answer means that is not what was hoped for. */
static int refuse(const s3 *p, const char *what, const sf_s3_answer *a, sf_error *err)
{
    sf_buffer code = {0};
    size_t at = 0;
    long s = a->status;
    (void)sf_s3_element((sf_str){a->body.bytes, a->body.len}, "Code", &at, &code);
    const char *why = code.bytes != NULL ? code.bytes : "";
    int away = s == 429 || s == 408 || (s >= 500 && s != 501);
    int r = away ? SF_EAGAIN : SF_EIO;
    const char *hint = s == 404 && strcmp(why, "NoSuchBucket") == 0 ? "; sf-archive --setup-bucket makes it"
                       : s == 301 || s == 307 || s == 400           ? "; is the region right?"
                       : s == 403                                   ? "; are key and secret right?"
                                                                    : "";
    (void)sf_fail(err, r, "s3://%.30s: %s: %ld %.24s%s", p->name, what, s, why, hint);
    sf_buffer_free(&code);
    return r;
}

static int find_code(const sf_s3_answer *a, const char *code)
{
    sf_buffer is = {0};
    size_t at = 0;
    int yes = sf_s3_element((sf_str){a->body.bytes, a->body.len}, "Code", &at, &is) && strcmp(is.bytes, code) == 0;
    sf_buffer_free(&is);
    return yes;
}

/* Sends a request for a name (NULL: the bucket). SF_OK with an answer of any status, to be freed. */
static int ask(s3 *p, const char *name, sf_s3_request *r, sf_s3_answer *a, sf_error *err)
{
    sf_buffer url = {0};
    sf_buffer_text(&url, p->bucket);
    if (name != NULL) {
        sf_buffer_text(&url, "/");
        sf_s3_escape(&url, p->prefix, 1);
        sf_s3_escape(&url, name, 1);
    }
    *a = (sf_s3_answer){.status = 0};
    r->url = url.bytes;
    int status = url.lost ? SF_ENOMEM : sf_s3_send(p->client, r, a);
    sf_buffer_free(&url);
    if (status != SF_OK) {
        (void)sf_fail(err, status, "s3://%.30s: %.70s", p->name,
                      a->reason[0] != '\0' ? a->reason : sf_strerror(status));
        sf_buffer_free(&a->body);
    }
    return status;
}

/* The same where only success will do. */
static int ask_for(s3 *p, const char *name, const char *what, sf_s3_request *r, sf_s3_answer *a, sf_error *err)
{
    int status = ask(p, name, r, a, err);
    if (status == SF_OK && (a->status < 200 || a->status > 299)) {
        status = refuse(p, what, a, err);
        sf_buffer_free(&a->body);
    }
    return status;
}

/* ---- files -------------------------------------------------------------------------------------------------------- */

static int put_whole(s3 *p, const char *name, sf_str bytes, sf_error *err)
{
    sf_s3_answer a;
    sf_s3_request r = {.method = "PUT", .body = {bytes.ptr != NULL ? bytes.ptr : "", bytes.len}};
    int status = ask_for(p, name, "PUT", &r, &a, err);
    if (status == SF_OK) {
        sf_buffer_free(&a.body);
    }
    return status;
}

static int put_part(s3 *p, const char *name, const char *id, unsigned number, sf_str bytes, sf_buffer *list,
                    sf_error *err)
{
    sf_buffer query = {0};
    sf_s3_answer a;
    sf_buffer_format(&query, "partNumber=%u&uploadId=", number);
    sf_s3_escape(&query, id, 0);
    sf_s3_request r = {.method = "PUT", .query = query.bytes, .body = bytes};
    int status = query.lost ? SF_ENOMEM : ask_for(p, name, "PUT of a part", &r, &a, err);
    sf_buffer_free(&query);
    if (status == SF_OK) {
        sf_buffer_format(list, "<Part><PartNumber>%u</PartNumber><ETag>%s</ETag></Part>", number, a.etag);
        sf_buffer_free(&a.body);
    }
    return status;
}

/* Ends an upload: all parts become the file, or (list NULL) all of it goes away. */
static int end_upload(s3 *p, const char *name, const char *id, sf_buffer *list, sf_error *err)
{
    sf_buffer query = {0};
    sf_s3_answer a;
    sf_buffer_text(&query, "uploadId=");
    sf_s3_escape(&query, id, 0);
    sf_s3_request r = {.method = "DELETE", .query = query.bytes};
    if (list != NULL) {
        r = (sf_s3_request){
            .method = "POST", .query = query.bytes, .body = {list->bytes, list->len}, .type = "text/xml"};
    }
    int status = query.lost ? SF_ENOMEM : ask_for(p, name, list != NULL ? "end of upload" : "DELETE", &r, &a, err);
    if (status == SF_OK) {
        /* The answer may begin before it is known how it ends. */
        size_t at = 0;
        sf_buffer code = {0};
        if (list != NULL && sf_s3_element((sf_str){a.body.bytes, a.body.len}, "Code", &at, &code)) {
            status = sf_fail(err, SF_EAGAIN, "s3://%.30s: end of upload: %.40s", p->name, code.bytes);
        }
        sf_buffer_free(&code);
        sf_buffer_free(&a.body);
    }
    sf_buffer_free(&query);
    return status;
}

static int begin_upload(s3 *p, const char *name, sf_buffer *id, sf_error *err)
{
    sf_s3_answer a;
    size_t at = 0;
    sf_s3_request r = {.method = "POST", .query = "uploads=", .body = {"", 0}};
    int status = ask_for(p, name, "upload", &r, &a, err);
    if (status == SF_OK) {
        if (!sf_s3_element((sf_str){a.body.bytes, a.body.len}, "UploadId", &at, id)) {
            status = sf_fail(err, SF_EIO, "s3://%.30s: an upload without an id", p->name);
        }
        sf_buffer_free(&a.body);
    }
    return status;
}

static int put_in_parts(s3 *p, const char *name, sf_str bytes, sf_error *err)
{
    sf_buffer id = {0}, list = {0};
    size_t part = bytes.len / PARTS_MOST >= p->part ? bytes.len / PARTS_MOST + 1 : p->part;
    int status = begin_upload(p, name, &id, err);
    sf_buffer_text(&list, "<CompleteMultipartUpload>");
    for (unsigned number = 1; status == SF_OK && bytes.len > 0; number++) {
        size_t n = bytes.len < part ? bytes.len : part;
        status = put_part(p, name, id.bytes, number, (sf_str){bytes.ptr, n}, &list, err);
        bytes.ptr += n;
        bytes.len -= n;
    }
    sf_buffer_text(&list, "</CompleteMultipartUpload>");
    status = status == SF_OK && list.lost ? SF_ENOMEM : status;
    status = status == SF_OK ? end_upload(p, name, id.bytes, &list, err) : status;
    if (status != SF_OK && id.bytes != NULL) {
        (void)end_upload(p, name, id.bytes, NULL, NULL); /* the bucket's rules see to what stays */
    }
    sf_buffer_free(&id);
    sf_buffer_free(&list);
    return status;
}

static int s3_put(sf_place *base, const char *name, sf_str bytes, sf_error *err)
{
    s3 *p = (s3 *)base;
    return bytes.len > p->part ? put_in_parts(p, name, bytes, err) : put_whole(p, name, bytes, err);
}

static int s3_get(sf_place *base, const char *name, sf_mapped *out, sf_error *err)
{
    s3 *p = (s3 *)base;
    sf_s3_answer a;
    sf_s3_request r = {.method = "GET"};
    int status = sf_temporary_file(&r.to, err);
    if (status != SF_OK) {
        return status;
    }
    status = ask(p, name, &r, &a, err);
    if (status == SF_OK) {
        status = a.status == 200 ? sf_mapped_stream(out, r.to, err) : refuse(p, "GET", &a, err);
        if (a.status == 404 && find_code(&a, "NoSuchKey")) {
            status = SF_EEND;
        }
        sf_buffer_free(&a.body);
    }
    fclose(r.to);
    return status;
}

static int s3_remove(sf_place *base, const char *name, sf_error *err)
{
    s3 *p = (s3 *)base;
    sf_s3_answer a;
    sf_s3_request r = {.method = "DELETE"};
    int status = ask_for(p, name, "DELETE", &r, &a, err);
    if (status == SF_OK) {
        sf_buffer_free(&a.body);
    }
    return status;
}

/* ---- listing ------------------------------------------------------------------------------------------------------ */

/* Does any part of a name begin with "." or "_"? */
static int is_hidden(const char *name)
{
    for (const char *p = name; p != NULL; p = strchr(p, '/')) {
        p += *p == '/';
        if (*p == '.' || *p == '_') {
            return 1;
        }
    }
    return 0;
}

/* Tells of a page's names. */
static int tell_names(const s3 *p, sf_str xml, sf_place_each each, void *payload, sf_error *err)
{
    size_t at = 0, skip = strlen(p->prefix);
    int status = SF_OK;
    sf_buffer key = {0};
    while (status == SF_OK && sf_s3_element(xml, "Key", &at, &key)) {
        if (key.len > skip && memcmp(key.bytes, p->prefix, skip) == 0 && !is_hidden(key.bytes + skip)) {
            status = each(payload, key.bytes + skip, err);
        }
        sf_buffer_cut(&key, 0);
    }
    sf_buffer_free(&key);
    return status;
}

/* One page of names; `next` holds where it goes on, or becomes empty. */
static int list_page(s3 *p, const char *prefix, sf_buffer *next, sf_s3_answer *a, sf_error *err)
{
    sf_buffer query = {0}, more = {0};
    if (next->len > 0) {
        sf_buffer_text(&query, "continuation-token=");
        sf_s3_escape(&query, next->bytes, 0);
        sf_buffer_text(&query, "&");
    }
    sf_buffer_text(&query, "list-type=2&prefix=");
    sf_s3_escape(&query, p->prefix, 0);
    sf_s3_escape(&query, prefix, 0);
    sf_s3_request r = {.method = "GET", .query = query.bytes};
    int status = query.lost ? SF_ENOMEM : ask_for(p, NULL, "list", &r, a, err);
    sf_buffer_free(&query);
    sf_buffer_cut(next, 0);
    if (status == SF_OK) {
        sf_str xml = {a->body.bytes, a->body.len};
        size_t at = 0;
        if (sf_s3_element(xml, "IsTruncated", &at, &more) && strcmp(more.bytes, "true") == 0) {
            at = 0;
            (void)sf_s3_element(xml, "NextContinuationToken", &at, next);
        }
    }
    sf_buffer_free(&more);
    return status;
}

static int s3_list(sf_place *base, const char *prefix, sf_place_each each, void *payload, sf_error *err)
{
    s3 *p = (s3 *)base;
    sf_buffer next = {0};
    int status;
    do {
        sf_s3_answer a;
        status = list_page(p, prefix, &next, &a, err);
        if (status == SF_OK) {
            status = tell_names(p, (sf_str){a.body.bytes, a.body.len}, each, payload, err);
            sf_buffer_free(&a.body);
        }
    } while (status == SF_OK && next.len > 0);
    sf_buffer_free(&next);
    return status;
}

/* ---- the bucket --------------------------------------------------------------------------------------------------- */

static int s3_check(sf_place *base, sf_error *err)
{
    s3 *p = (s3 *)base;
    sf_s3_answer a;
    sf_s3_request r = {.method = "GET", .query = "list-type=2&max-keys=1&prefix=_"};
    int status = ask_for(p, NULL, "list", &r, &a, err);
    if (status == SF_OK) {
        sf_buffer_free(&a.body);
    }
    return status;
}

static int make_bucket(s3 *p, sf_error *err)
{
    sf_buffer body = {0};
    sf_s3_answer a;
    if (strcmp(p->region, "us-east-1") !=
        0) { /* which is what a bucket gets where nothing is said, and must not be said */
        sf_buffer_format(&body,
                         "<CreateBucketConfiguration><LocationConstraint>%s</LocationConstraint>"
                         "</CreateBucketConfiguration>",
                         p->region);
    }
    sf_s3_request r = {.method = "PUT", .body = {body.bytes != NULL ? body.bytes : "", body.len}, .type = "text/xml"};
    int status = ask(p, NULL, &r, &a, err);
    if (status == SF_OK) {
        int there = a.status == 409 && find_code(&a, "BucketAlreadyOwnedByYou");
        status = (a.status >= 200 && a.status <= 299) || there ? SF_OK : refuse(p, "making the bucket", &a, err);
        sf_buffer_free(&a.body);
    }
    sf_buffer_free(&body);
    return status;
}

#define RULE "signalflow-archive"

/* Putting a rule replaces all there are: those of others must not go. */
static int check_rules(s3 *p, sf_error *err)
{
    sf_s3_answer a;
    sf_s3_request r = {.method = "GET", .query = "lifecycle="};
    int status = ask(p, NULL, &r, &a, err);
    if (status != SF_OK) {
        return status;
    }
    sf_buffer rule = {0};
    sf_str xml = {a.body.bytes, a.body.len};
    size_t at = 0;
    while (status == SF_OK && a.status == 200 && sf_s3_element(xml, "Rule", &at, &rule)) {
        if (strstr(rule.bytes, "<ID>" RULE "</ID>") == NULL) {
            status = sf_fail(err, SF_EIO, "s3://%.30s has lifecycle rules of its own; add one for %.40s there", p->name,
                             p->prefix);
        }
        sf_buffer_cut(&rule, 0);
    }
    sf_buffer_free(&rule);
    sf_buffer_free(&a.body);
    return status;
}

static int s3_set_up(sf_place *base, int64_t keep_days, sf_error *err)
{
    s3 *p = (s3 *)base;
    sf_buffer body = {0};
    sf_s3_answer a;
    int status = make_bucket(p, err);
    status = status == SF_OK ? check_rules(p, err) : status;
    if (status != SF_OK) {
        return status;
    }
    sf_buffer_format(
        &body,
        "<LifecycleConfiguration><Rule><ID>" RULE "</ID><Filter><Prefix>%s</Prefix></Filter>"
        "<Status>Enabled</Status><Expiration><Days>%lld</Days></Expiration><AbortIncompleteMultipartUpload>"
        "<DaysAfterInitiation>1</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>"
        "</LifecycleConfiguration>",
        p->prefix, (long long)keep_days);
    sf_s3_request r = {
        .method = "PUT", .query = "lifecycle=", .body = {body.bytes, body.len}, .type = "text/xml", .md5 = 1};
    status = body.lost ? SF_ENOMEM : ask_for(p, NULL, "lifecycle", &r, &a, err);
    if (status == SF_OK) {
        sf_buffer_free(&a.body);
    }
    sf_buffer_free(&body);
    return status;
}

/* ---- opening ------------------------------------------------------------------------------------------------------ */

static void s3_close(sf_place *base)
{
    s3 *p = (s3 *)base;
    sf_s3_client_free(p->client);
    free(p->bucket);
    free(p->name);
    free(p->prefix);
    free(p);
}

static const sf_place_ops ops = {
    .put = s3_put,
    .get = s3_get,
    .remove = s3_remove,
    .list = s3_list,
    .set_up = s3_set_up,
    .check = s3_check,
    .close = s3_close,
};

/* A setting of ours, else the variable that every client of S3 reads. */
static const char *account(const sf_settings *s, const char *option, const char *variable)
{
    const char *v = option != NULL && sf_settings_knows(s, option) ? sf_settings_text(s, option) : NULL;
    v = v != NULL ? v : getenv(variable);
    return v != NULL && v[0] != '\0' ? v : NULL;
}

/* "s3://bucket/a/b" into its bucket's name, and "a/b/". */
static int read_names(s3 *p, const char *where, sf_error *err)
{
    const char *bucket = where + 5;
    size_t n = strcspn(bucket, "/");
    const char *prefix = bucket + n + (bucket[n] == '/');
    size_t len = strlen(prefix);
    while (len > 0 && prefix[len - 1] == '/') {
        len--;
    }
    if (n < 3 || n > 63 || strspn(bucket, "abcdefghijklmnopqrstuvwxyz0123456789.-") != n || len > 500 ||
        strcspn(prefix, "<>&\"'") != strlen(prefix)) {
        return sf_fail(err, SF_EINVAL, "%.60s: is not s3://BUCKET/PREFIX", where);
    }
    p->name = strndup(bucket, n);
    p->prefix = calloc(1, len + 2);
    if (p->name == NULL || p->prefix == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    memcpy(p->prefix, prefix, len);
    p->prefix[len] = len > 0 ? '/' : '\0';
    return SF_OK;
}

static int read_query(s3 *p, const sf_url *url, sf_error *err)
{
    char endpoint[512], part[24];
    sf_buffer b = {0};
    if (sf_url_query(url, "region", p->region, sizeof p->region) == NULL) {
        (void)strcpy(p->region, "us-east-1");
    }
    if (sf_url_query(url, "endpoint", endpoint, sizeof endpoint) == NULL) {
        (void)snprintf(endpoint, sizeof endpoint, "https://s3.%s.amazonaws.com", p->region);
    }
    p->part = PART_BYTES;
    if (sf_url_query(url, "part", part, sizeof part) != NULL) {
        char *end;
        p->part = (size_t)strtoull(part, &end, 10);
        if (*end != '\0' || p->part < PART_LEAST) {
            return sf_fail(err, SF_EINVAL, "%.60s: part is a number of bytes, at least %d", url->text, PART_LEAST);
        }
    }
    if (strspn(p->region, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(p->region) ||
        (strncmp(endpoint, "http://", 7) != 0 && strncmp(endpoint, "https://", 8) != 0)) {
        return sf_fail(err, SF_EINVAL, "%.60s: region=NAME, endpoint=http(s)://HOST", url->text);
    }
    sf_buffer_format(&b, "%s/%s", endpoint, p->name);
    p->bucket = b.bytes;
    return b.lost ? sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM)) : SF_OK;
}

int sf_s3_open(sf_place **out, const char *where, const sf_url *url, const sf_settings *settings, sf_error *err)
{
    const char *key = account(settings, "s3-key", "AWS_ACCESS_KEY_ID");
    const char *secret = account(settings, "s3-secret", "AWS_SECRET_ACCESS_KEY");
    if (key == NULL || secret == NULL) {
        return sf_fail(err, SF_EINVAL, "%.40s: needs SF_S3_KEY and SF_S3_SECRET (or AWS_ACCESS_KEY_ID, ...)", where);
    }
    s3 *p = calloc(1, sizeof *p);
    if (p == NULL) {
        return sf_fail(err, SF_ENOMEM, "%s", sf_strerror(SF_ENOMEM));
    }
    p->base.ops = &ops;
    int r = read_names(p, where, err);
    r = r == SF_OK ? read_query(p, url, err) : r;
    if (r == SF_OK) {
        const sf_s3_account a = {p->region, key, secret, account(settings, NULL, "AWS_SESSION_TOKEN")};
        r = sf_s3_client_new(&p->client, &a);
        r = r == SF_OK ? r : sf_fail(err, r, "%s", sf_strerror(r));
    }
    if (r != SF_OK) {
        s3_close(&p->base);
        return r;
    }
    *out = &p->base;
    return SF_OK;
}
