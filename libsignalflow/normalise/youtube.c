/* SPDX-License-Identifier: MIT */
/* YouTube: lists of videos, of search results, of comment threads with the replies they hold, of comments; single ones.
 * docs/normalise.md says which field comes from where. */
#include "normalise/answer.h"

enum { KIND, ID, SNIPPET, STATISTICS, CONTENT_DETAILS, REPLIES, ITEMS, MEMBERS };

static const sf_name members[MEMBERS] = {
    SF_NAME("kind"),           SF_NAME("id"),      SF_NAME("snippet"), SF_NAME("statistics"),
    SF_NAME("contentDetails"), SF_NAME("replies"), SF_NAME("items")};

/* Of snippets of all kinds. */
enum {
    TITLE,
    DESCRIPTION,
    CHANNEL_ID,
    CHANNEL_TITLE,
    PUBLISHED_AT,
    LANGUAGE,
    AUDIO_LANGUAGE,
    VIDEO_ID,
    PARENT_ID,
    AUTHOR,
    TEXT_ORIGINAL,
    TEXT_DISPLAY,
    LIKE_COUNT,
    TOP_COMMENT,
    TOTAL_REPLIES,
    SNIPPET_MEMBERS
};

static const sf_name snippet_members[SNIPPET_MEMBERS] = {SF_NAME("title"),
                                                         SF_NAME("description"),
                                                         SF_NAME("channelId"),
                                                         SF_NAME("channelTitle"),
                                                         SF_NAME("publishedAt"),
                                                         SF_NAME("defaultLanguage"),
                                                         SF_NAME("defaultAudioLanguage"),
                                                         SF_NAME("videoId"),
                                                         SF_NAME("parentId"),
                                                         SF_NAME("authorDisplayName"),
                                                         SF_NAME("textOriginal"),
                                                         SF_NAME("textDisplay"),
                                                         SF_NAME("likeCount"),
                                                         SF_NAME("topLevelComment"),
                                                         SF_NAME("totalReplyCount")};

static int read_id(sf_answer *a, sf_str raw, sf_str *out)
{
    int status = sf_field_text(a, raw, "id", SF_SLOT_ID, out);
    return status == SF_OK && out->len == 0 ? sf_answer_refuse(a, "id", "missing") : status;
}

/* ---- videos ---- */

static int read_statistics(sf_answer *a, sf_str statistics, sf_signal *s)
{
    static const sf_name names[2] = {SF_NAME("likeCount"), SF_NAME("commentCount")};
    sf_str v[2];
    sf_answer_members(statistics, names, 2, v);
    int status = sf_field_number(a, v[0], "likeCount", &s->raw_score);
    return status == SF_OK ? sf_field_number(a, v[1], "commentCount", &s->comments) : status;
}

/* Title and description; `what` because search answers are escaped where video lists are not. */
static int read_texts(sf_answer *a, const sf_str *v, uint32_t what, sf_signal *s)
{
    int status = sf_field_text(a, v[TITLE], "title", SF_SLOT_TITLE, &s->title);
    if (status == SF_OK) {
        status = sf_field_clean(a, what | SF_CLEAN_PLAIN, SF_SLOT_TITLE, &s->title);
    }
    if (status == SF_OK) {
        status = sf_field_text(a, v[DESCRIPTION], "description", SF_SLOT_BODY, &s->body);
    }
    return status == SF_OK ? sf_field_clean(a, what | SF_CLEAN_PLAIN, SF_SLOT_BODY, &s->body) : status;
}

static int read_video(sf_answer *a, const sf_str *v, uint32_t what, sf_signal *s)
{
    sf_str rating = sf_answer_member(v[CONTENT_DETAILS], "contentRating");
    sf_str snippet[SNIPPET_MEMBERS];
    sf_answer_members(v[SNIPPET], snippet_members, SNIPPET_MEMBERS, snippet);
    sf_str language = sf_first_of(snippet[LANGUAGE], snippet[AUDIO_LANGUAGE]);
    int status = sf_field_text(a, snippet[CHANNEL_ID], "channelId", SF_SLOT_CHANNEL, &s->channel);
    if (status == SF_OK) {
        status = sf_field_text(a, snippet[CHANNEL_TITLE], "channelTitle", SF_SLOT_AUTHOR, &s->author);
    }
    if (status == SF_OK) {
        status = sf_field_text(a, language, "defaultLanguage", SF_SLOT_LANG, &s->lang);
    }
    if (status == SF_OK) {
        status = sf_field_time(a, snippet[PUBLISHED_AT], "publishedAt", &s->ts_ms);
    }
    if (status == SF_OK) {
        status = read_statistics(a, v[STATISTICS], s);
    }
    if (sf_is_text(sf_answer_member(rating, "ytRating"), "ytAgeRestricted")) {
        sf_answer_label(a, sf_cstr("nsfw"));
    }
    return status == SF_OK ? read_texts(a, snippet, what, s) : status;
}

/* A video, or a search result that is one: its id is an object with the kind in it. */
static int add_video(sf_answer *a, sf_str raw, const sf_str *v)
{
    int found = sf_is_object(v[ID]);
    sf_str id = found ? sf_answer_member(v[ID], "videoId") : v[ID];
    sf_signal s;
    if (found && id.len == 0) {
        return sf_answer_skip(a, raw, "id: a channel or playlist");
    }
    sf_answer_begin(a, &s, SF_YOUTUBE, SF_POST);
    int status = read_id(a, id, &s.source_id);
    if (status == SF_OK) {
        status = read_video(a, v, found ? SF_CLEAN_ENTITIES : 0, &s);
    }
    return sf_answer_add(a, raw, &s, status);
}

/* ---- comments ---- */

/* As the author wrote it where that is given, else what is shown: HTML. */
static int read_comment_text(sf_answer *a, const sf_str *v, sf_str *out)
{
    int original = v[TEXT_ORIGINAL].len > 0 && !sf_is_text(v[TEXT_ORIGINAL], "");
    uint32_t what = original ? 0 : SF_CLEAN_HTML | SF_CLEAN_ENTITIES;
    int status = sf_field_text(a, v[original ? TEXT_ORIGINAL : TEXT_DISPLAY], "textDisplay", SF_SLOT_BODY, out);
    return status == SF_OK ? sf_field_clean(a, what | SF_CLEAN_PLAIN, SF_SLOT_BODY, out) : status;
}

/* `thread` are the members of the thread's own snippet, of whose answer the comment is the head; else all are missing. */
static int read_comment(sf_answer *a, const sf_str *v, const sf_str *thread, sf_signal *s)
{
    sf_str video = sf_first_of(v[VIDEO_ID], thread[VIDEO_ID]);
    sf_str channel = sf_first_of(video, sf_first_of(v[CHANNEL_ID], thread[CHANNEL_ID]));
    int status = sf_field_text(a, channel, "videoId", SF_SLOT_CHANNEL, &s->channel);
    if (status == SF_OK) {
        status = sf_field_text(a, sf_first_of(v[PARENT_ID], video), "parentId", SF_SLOT_PARENT, &s->parent_id);
    }
    if (status == SF_OK) {
        status = sf_field_text(a, v[AUTHOR], "authorDisplayName", SF_SLOT_AUTHOR, &s->author);
    }
    if (status == SF_OK) {
        status = sf_field_time(a, v[PUBLISHED_AT], "publishedAt", &s->ts_ms);
    }
    if (status == SF_OK) {
        status = sf_field_number(a, v[LIKE_COUNT], "likeCount", &s->raw_score);
    }
    if (status == SF_OK) {
        status = sf_field_number(a, thread[TOTAL_REPLIES], "totalReplyCount", &s->comments);
    }
    return status == SF_OK ? read_comment_text(a, v, &s->body) : status;
}

/* Adds the comment `comment` for the child `raw`. */
static int add_comment(sf_answer *a, sf_str raw, sf_str comment, const sf_str *thread)
{
    static const sf_name names[2] = {SF_NAME("id"), SF_NAME("snippet")};
    sf_str v[2], snippet[SNIPPET_MEMBERS];
    sf_signal s;
    sf_answer_begin(a, &s, SF_YOUTUBE, SF_COMMENT);
    sf_answer_members(comment, names, 2, v);
    sf_answer_members(v[1], snippet_members, SNIPPET_MEMBERS, snippet);
    int status = read_id(a, v[0], &s.source_id);
    return sf_answer_add(a, raw, &s, status == SF_OK ? read_comment(a, snippet, thread, &s) : status);
}

static int add_thread(sf_answer *a, sf_str raw, const sf_str *v)
{
    sf_str snippet[SNIPPET_MEMBERS], none[SNIPPET_MEMBERS] = {{NULL, 0}}, reply;
    sf_answer_members(v[SNIPPET], snippet_members, SNIPPET_MEMBERS, snippet);
    int status = add_comment(a, raw, snippet[TOP_COMMENT], snippet);
    sf_str replies = sf_answer_member(v[REPLIES], "comments");
    if (status == SF_OK && sf_is_array(replies)) {
        for (sf_json j = sf_answer_array(replies); status == SF_OK && sf_answer_next(&j, &reply);) {
            status = add_comment(a, reply, reply, none);
        }
    }
    return status;
}

/* ---- answers ---- */

static int add_item(sf_answer *a, sf_str raw)
{
    sf_str v[MEMBERS], none[SNIPPET_MEMBERS] = {{NULL, 0}};
    sf_answer_members(raw, members, MEMBERS, v);
    if (sf_is_text(v[KIND], "youtube#video") || sf_is_text(v[KIND], "youtube#searchResult")) {
        return add_video(a, raw, v);
    }
    if (sf_is_text(v[KIND], "youtube#commentThread")) {
        return add_thread(a, raw, v);
    }
    if (sf_is_text(v[KIND], "youtube#comment")) {
        return add_comment(a, raw, raw, none);
    }
    if (!sf_is_string(v[KIND])) {
        sf_answer_refuse(a, "kind", "missing");
        return sf_answer_error(a, raw);
    }
    return sf_answer_skip(a, raw, "kind: neither video nor comment");
}

int sf_youtube_read(sf_answer *a, sf_str answer)
{
    sf_str v[MEMBERS], item;
    int status = SF_OK;
    sf_answer_members(answer, members, MEMBERS, v);
    if (sf_is_array(v[ITEMS])) {
        for (sf_json j = sf_answer_array(v[ITEMS]); status == SF_OK && sf_answer_next(&j, &item);) {
            status = add_item(a, item);
        }
        return status;
    }
    static const char *const lists = "ListResponse\"";
    size_t n = strlen(lists);
    if (v[KIND].len > n && memcmp(v[KIND].ptr + v[KIND].len - n, lists, n) == 0) {
        return sf_answer_skip(a, answer, "an empty list"); /* items are left out where there are none */
    }
    return sf_is_string(v[KIND]) ? add_item(a, answer) : sf_answer_unknown(a, answer, "YouTube list or item");
}
