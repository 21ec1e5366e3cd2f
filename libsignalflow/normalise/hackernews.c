/* SPDX-License-Identifier: MIT */
/* Hacker News: items of the Firebase API, one or an array of them; hits of Algolia's search and its item trees.
 * docs/normalise.md says which field comes from where. */
#include "normalise/answer.h"

#define TEXT (SF_CLEAN_HTML | SF_CLEAN_ENTITIES | SF_CLEAN_PLAIN)

/* The two interfaces call the same things by different names; an object has those of one of them. */
enum {
    ID,
    OBJECT_ID,
    TYPE,
    TAGS,
    BY,
    AUTHOR,
    TITLE,
    TEXT_,
    STORY_TEXT,
    COMMENT_TEXT,
    URL,
    SCORE,
    POINTS,
    DESCENDANTS,
    NUM_COMMENTS,
    TIME,
    CREATED_AT_I,
    CREATED_AT,
    PARENT,
    PARENT_ID,
    POLL,
    DELETED,
    DEAD,
    CHILDREN,
    HITS,
    MEMBERS
};

static const sf_name members[MEMBERS] = {
    SF_NAME("id"),     SF_NAME("objectID"),     SF_NAME("type"),       SF_NAME("_tags"),       SF_NAME("by"),
    SF_NAME("author"), SF_NAME("title"),        SF_NAME("text"),       SF_NAME("story_text"),  SF_NAME("comment_text"),
    SF_NAME("url"),    SF_NAME("score"),        SF_NAME("points"),     SF_NAME("descendants"), SF_NAME("num_comments"),
    SF_NAME("time"),   SF_NAME("created_at_i"), SF_NAME("created_at"), SF_NAME("parent"),      SF_NAME("parent_id"),
    SF_NAME("poll"),   SF_NAME("deleted"),      SF_NAME("dead"),       SF_NAME("children"),    SF_NAME("hits")};

/* ---- kinds ---- */

/* What an item says that it is: its type, or the first of Algolia's tags that is one. */
static const char *type_of(const sf_str *v)
{
    static const char *const types[] = {"story", "comment", "job", "poll", "pollopt"};
    sf_str tag = v[TYPE];
    sf_json j = sf_answer_array(v[TAGS]);
    do {
        for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
            if (sf_is_text(tag, types[i])) {
                return types[i];
            }
        }
    } while (v[TYPE].len == 0 && sf_is_array(v[TAGS]) && sf_answer_next(&j, &tag));
    return NULL;
}

static int kind_of(const sf_str *v, const char *type)
{
    if (sf_is_true(v[DELETED]) || sf_is_true(v[DEAD])) {
        return SF_DELETE;
    }
    if (type == NULL) {
        return v[COMMENT_TEXT].len > 0 ? SF_COMMENT : SF_POST;
    }
    return strcmp(type, "comment") == 0 || strcmp(type, "pollopt") == 0 ? SF_COMMENT : SF_POST;
}

/* ---- fields ---- */

static int read_texts(sf_answer *a, const sf_str *v, sf_signal *s)
{
    sf_str body = sf_first_of(v[TEXT_], sf_first_of(v[STORY_TEXT], v[COMMENT_TEXT]));
    int status = SF_OK;
    if (s->kind == SF_POST) {
        status = sf_field_text(a, v[TITLE], "title", SF_SLOT_TITLE, &s->title);
        if (status == SF_OK) {
            status = sf_field_clean(a, SF_CLEAN_ENTITIES | SF_CLEAN_PLAIN, SF_SLOT_TITLE, &s->title);
        }
    }
    if (status == SF_OK) {
        status = sf_field_text(a, body, "text", SF_SLOT_BODY, &s->body);
    }
    return status == SF_OK ? sf_field_clean(a, TEXT, SF_SLOT_BODY, &s->body) : status;
}

static int read_numbers(sf_answer *a, const sf_str *v, sf_signal *s)
{
    int status = sf_field_number(a, sf_first_of(v[SCORE], v[POINTS]), "score", &s->raw_score);
    if (status == SF_OK && s->kind == SF_POST) {
        status = sf_field_number(a, sf_first_of(v[DESCENDANTS], v[NUM_COMMENTS]), "descendants", &s->comments);
    }
    return status;
}

static int read_time(sf_answer *a, const sf_str *v, int64_t *out)
{
    int status = sf_field_seconds(a, sf_first_of(v[TIME], v[CREATED_AT_I]), "time", out);
    return status == SF_OK && *out == SF_NO_TIME ? sf_field_time(a, v[CREATED_AT], "created_at", out) : status;
}

static int read_item(sf_answer *a, const sf_str *v, sf_signal *s)
{
    sf_str parent = sf_first_of(v[PARENT], sf_first_of(v[PARENT_ID], v[POLL]));
    int status = sf_field_id(a, sf_first_of(v[ID], v[OBJECT_ID]), "id", SF_SLOT_ID, &s->source_id);
    if (status == SF_OK) {
        status = sf_field_id(a, parent, "parent", SF_SLOT_PARENT, &s->parent_id);
    }
    if (status == SF_OK) {
        status = read_time(a, v, &s->ts_ms);
    }
    if (status != SF_OK || s->kind == SF_DELETE) {
        return status;
    }
    status = sf_field_text(a, sf_first_of(v[BY], v[AUTHOR]), "by", SF_SLOT_AUTHOR, &s->author);
    if (status == SF_OK && s->kind == SF_POST) {
        status = sf_field_text(a, v[URL], "url", SF_SLOT_URL, &s->url);
    }
    if (status == SF_OK) {
        status = read_numbers(a, v, s);
    }
    return status == SF_OK ? read_texts(a, v, s) : status;
}

static void read_labels(sf_answer *a, const char *type)
{
    if (type != NULL && strcmp(type, "story") != 0 && strcmp(type, "comment") != 0) {
        sf_answer_label(a, sf_cstr(type)); /* job, poll, pollopt */
    }
}

/* ---- answers ---- */

static int add_item(sf_answer *a, sf_str raw);

/* Every entry of a list. */
static int add_entries(sf_answer *a, sf_str list)
{
    sf_str entry;
    int status = SF_OK;
    for (sf_json j = sf_answer_array(list); status == SF_OK && sf_answer_next(&j, &entry);) {
        status = add_item(a, entry);
    }
    return status;
}

/* The replies of an item tree. Hits of a search list but the ids of theirs, which are no entries of the answer. */
static int add_children(sf_answer *a, sf_str children)
{
    sf_str child;
    int status = SF_OK;
    if (sf_is_array(children)) {
        for (sf_json j = sf_answer_array(children); status == SF_OK && sf_answer_next(&j, &child);) {
            status = sf_is_object(child) ? add_item(a, child) : SF_OK;
        }
    }
    return status;
}

/* An item, a hit, or what stands in their place. */
static int add_item(sf_answer *a, sf_str raw)
{
    sf_str v[MEMBERS];
    sf_signal s;
    if (!sf_is_object(raw)) {
        return sf_answer_skip(a, raw, *raw.ptr == 'n' ? "null: no such item yet" : "an id, not an item");
    }
    sf_answer_members(raw, members, MEMBERS, v);
    const char *type = type_of(v);
    if (v[ID].len == 0 && v[OBJECT_ID].len == 0) {
        sf_answer_refuse(a, "id", "missing");
        return sf_answer_error(a, raw);
    }
    int status = SF_OK;
    if (v[CHILDREN].len > 0 && v[AUTHOR].len == 0 && v[TEXT_].len == 0 && v[TITLE].len == 0) {
        status = sf_answer_skip(a, raw, "neither author nor text"); /* a hole in the tree */
    } else {
        sf_answer_begin(a, &s, SF_HACKERNEWS, kind_of(v, type));
        read_labels(a, type);
        status = sf_answer_add(a, raw, &s, read_item(a, v, &s));
    }
    return status == SF_OK ? add_children(a, v[CHILDREN]) : status;
}

/* Lists of ids, numbers and profiles are answers of the interface that hold no item. */
static int read_other(sf_answer *a, sf_str answer)
{
    if (sf_answer_member(answer, "items").len > 0 || sf_answer_member(answer, "karma").len > 0) {
        return sf_answer_skip(a, answer, "updates or a user, not an item");
    }
    return sf_answer_unknown(a, answer, "Hacker News item or search answer");
}

int sf_hackernews_read(sf_answer *a, sf_str answer)
{
    sf_str v[MEMBERS];
    if (sf_is_array(answer)) {
        return add_entries(a, answer);
    }
    if (!sf_is_object(answer)) {
        return sf_is_number(answer) || *answer.ptr == 'n' ? add_item(a, answer)
                                                          : sf_answer_unknown(a, answer, "Hacker News item");
    }
    sf_answer_members(answer, members, MEMBERS, v);
    if (sf_is_array(v[HITS])) {
        return add_entries(a, v[HITS]);
    }
    int item = type_of(v) != NULL || v[OBJECT_ID].len > 0 || sf_is_true(v[DELETED]) || sf_is_true(v[DEAD]);
    return item ? add_item(a, answer) : read_other(a, answer);
}
