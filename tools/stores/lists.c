/* SPDX-License-Identifier: MIT */
/* JSON arrays of strings and of entities, written and read. The members of an entity are those of docs/signal.schema.json. */
#include "lists.h"

#include <inttypes.h>
#include <stdio.h>

/* Quoted, a byte is at most six (\u0000), three if it is not UTF-8. */
static size_t quoted_room(sf_str text)
{
    return 6 * text.len + 2;
}

static char *put(char *at, const char *text)
{
    size_t n = strlen(text);
    memcpy(at, text, n);
    return at + n;
}

static char *put_quoted(char *at, sf_str text)
{
    return at + sf_json_quote(text, at, quoted_room(text) + 1);
}

int sf_list_strings(sf_batch *memory, const sf_str *v, size_t n, sf_str *out)
{
    size_t room = 3;
    for (size_t i = 0; i < n; i++) {
        room += quoted_room(v[i]) + 1;
    }
    char *text = sf_batch_alloc(memory, room), *at = text;
    if (text == NULL) {
        return SF_ENOMEM;
    }
    at = put(at, "[");
    for (size_t i = 0; i < n; i++) {
        at = put_quoted(put(at, i > 0 ? "," : ""), v[i]);
    }
    at = put(at, "]");
    *out = (sf_str){text, (size_t)(at - text)};
    return SF_OK;
}

int sf_list_read(sf_batch *memory, sf_str json, sf_str *v, size_t most, size_t *n)
{
    sf_json j;
    *n = 0;
    sf_json_init(&j, json);
    for (int r = sf_json_enter(&j, '['); r > 0 && *n < most && (r = sf_json_element(&j)) > 0;) {
        r = sf_json_string_in(&j, memory, &v[*n]);
        if (r == SF_ENOMEM) {
            return r;
        }
        *n += r == SF_OK;
        r = r == SF_OK;
    }
    return SF_OK;
}

int sf_list_entities(sf_batch *memory, const sf_entity *v, size_t n, sf_str *out)
{
    size_t room = 3;
    for (size_t i = 0; i < n; i++) {
        room += quoted_room(v[i].text) + quoted_room(v[i].label) + quoted_room(v[i].id) + 96;
    }
    char *text = sf_batch_alloc(memory, room), *at = text;
    if (text == NULL) {
        return SF_ENOMEM;
    }
    at = put(at, "[");
    for (size_t i = 0; i < n; i++) {
        at = put_quoted(put(at, i > 0 ? ",{\"text\":" : "{\"text\":"), v[i].text);
        at = put_quoted(put(at, ",\"label\":"), v[i].label);
        at += sprintf(at, ",\"start\":%" PRIu32 ",\"end\":%" PRIu32, v[i].start, v[i].end);
        at = put(put_quoted(put(at, ",\"id\":"), v[i].id), "}");
    }
    at = put(at, "]");
    *out = (sf_str){text, (size_t)(at - text)};
    return SF_OK;
}
