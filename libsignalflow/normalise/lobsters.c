/* SPDX-License-Identifier: MIT */
/* Lobsters: a story with its comments (/s/ID.json), or a page of stories (/newest.json). docs/normalise.md says which field comes from
 * where. This is also the worked example of CONTRIBUTING.md: all that a platform is to the library. */
#include "normalise/answer.h"

#define TEXT (SF_CLEAN_HTML | SF_CLEAN_ENTITIES | SF_CLEAN_PLAIN)

/* Of stories and comments; an object has those that it needs. */
enum {
    SHORT_ID,
    CREATED_AT,
    TITLE,
    URL,
    SCORE,
    COMMENT_COUNT,
    DESCRIPTION,
    SUBMITTER,
    TAGS,
    COMMENT,
    COMMENTING_USER,
    PARENT_COMMENT,
    IS_DELETED,
    IS_MODERATED,
    MEMBERS
};

static const sf_name members[MEMBERS] = {SF_NAME("short_id"),    SF_NAME("created_at"),      SF_NAME("title"),
                                         SF_NAME("url"),         SF_NAME("score"),           SF_NAME("comment_count"),
                                         SF_NAME("description"), SF_NAME("submitter_user"),  SF_NAME("tags"),
                                         SF_NAME("comment"),     SF_NAME("commenting_user"), SF_NAME("parent_comment"),
                                         SF_NAME("is_deleted"),  SF_NAME("is_moderated")};

/* A user is a name, in older answers an object that has one. */
static sf_str name_of(sf_str user)
{
    return sf_is_object(user) ? sf_answer_member(user, "username") : user;
}

/* What stories and comments have alike. */
static int read_common(sf_answer *a, const sf_str *v, sf_str user, sf_signal *s)
{
    int status = sf_field_text(a, v[SHORT_ID], "short_id", SF_SLOT_ID, &s->source_id);
    if (status == SF_OK && s->source_id.len == 0) {
        return sf_answer_refuse(a, "short_id", "missing");
    }
    if (status == SF_OK) {
        status = sf_field_time(a, v[CREATED_AT], "created_at", &s->ts_ms);
    }
    if (status != SF_OK || s->kind == SF_DELETE) {
        return status;
    }
    status = sf_field_text(a, name_of(user), "user", SF_SLOT_AUTHOR, &s->author);
    return status == SF_OK ? sf_field_number(a, v[SCORE], "score", &s->raw_score) : status;
}

static int read_body(sf_answer *a, sf_str raw, const char *name, sf_signal *s)
{
    int status = sf_field_text(a, raw, name, SF_SLOT_BODY, &s->body);
    return status == SF_OK ? sf_field_clean(a, TEXT, SF_SLOT_BODY, &s->body) : status;
}

/* The first tag is the channel: stories are listed by tag. */
static int read_channel(sf_answer *a, sf_str tags, sf_signal *s)
{
    sf_str tag;
    sf_json j = sf_answer_array(tags);
    return sf_is_array(tags) && sf_answer_next(&j, &tag) ? sf_field_text(a, tag, "tags", SF_SLOT_CHANNEL, &s->channel)
                                                         : SF_OK;
}

static int read_story(sf_answer *a, const sf_str *v, sf_signal *s)
{
    int status = read_common(a, v, v[SUBMITTER], s);
    if (status == SF_OK) {
        status = sf_field_number(a, v[COMMENT_COUNT], "comment_count", &s->comments);
    }
    if (status == SF_OK) {
        status = sf_field_text(a, v[TITLE], "title", SF_SLOT_TITLE, &s->title);
    }
    if (status == SF_OK) {
        status = sf_field_clean(a, SF_CLEAN_PLAIN, SF_SLOT_TITLE, &s->title);
    }
    if (status == SF_OK) {
        status = sf_field_text(a, v[URL], "url", SF_SLOT_URL, &s->url);
    }
    if (status == SF_OK) {
        status = read_channel(a, v[TAGS], s);
    }
    return status == SF_OK ? read_body(a, v[DESCRIPTION], "description", s) : status;
}

/* `story` is the id of the one it is below, raw. */
static int read_comment(sf_answer *a, const sf_str *v, sf_str story, sf_signal *s)
{
    int status = read_common(a, v, v[COMMENTING_USER], s);
    if (status == SF_OK) {
        status =
            sf_field_text(a, sf_first_of(v[PARENT_COMMENT], story), "parent_comment", SF_SLOT_PARENT, &s->parent_id);
    }
    return status == SF_OK && s->kind != SF_DELETE ? read_body(a, v[COMMENT], "comment", s) : status;
}

/* A comment, or a story; `story` is the id of the one that the answer is about, raw. */
static int add_one(sf_answer *a, sf_str raw, sf_str story)
{
    sf_str v[MEMBERS];
    sf_signal s;
    sf_answer_members(raw, members, MEMBERS, v);
    if (v[COMMENTING_USER].len > 0) {
        int gone = sf_is_true(v[IS_DELETED]) || sf_is_true(v[IS_MODERATED]);
        sf_answer_begin(a, &s, SF_LOBSTERS, gone ? SF_DELETE : SF_COMMENT);
        return sf_answer_add(a, raw, &s, read_comment(a, v, story, &s));
    }
    sf_answer_begin(a, &s, SF_LOBSTERS, SF_POST);
    return sf_answer_add(a, raw, &s, read_story(a, v, &s));
}

static int add_all(sf_answer *a, sf_str list, sf_str story)
{
    sf_str raw;
    int status = SF_OK;
    for (sf_json j = sf_answer_array(list); status == SF_OK && sf_answer_next(&j, &raw);) {
        status = sf_is_object(raw) ? add_one(a, raw, story) : sf_answer_skip(a, raw, "neither a story nor a comment");
    }
    return status;
}

int sf_lobsters_read(sf_answer *a, sf_str answer)
{
    static const sf_name names[] = {SF_NAME("short_id"), SF_NAME("comments")};
    sf_str v[2], none = {"", 0};
    if (sf_is_array(answer)) {
        return add_all(a, answer, none);
    }
    sf_answer_members(answer, names, 2, v);
    if (v[0].len == 0) {
        return sf_answer_unknown(a, answer, "Lobsters story or list of them");
    }
    int status = add_one(a, answer, none);
    return status == SF_OK && sf_is_array(v[1]) ? add_all(a, v[1], v[0]) : status;
}
