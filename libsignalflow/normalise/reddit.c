/* SPDX-License-Identifier: MIT */
/* Reddit: listings of posts (t3) and comments (t1), alone or in an array, with the replies inside comments; single things.
 * docs/normalise.md says which field comes from where. */
#include "normalise/answer.h"

#define SITE "https://www.reddit.com"

enum {
    ID,
    NAME,
    SUBREDDIT,
    TITLE,
    SELFTEXT,
    SELFTEXT_HTML,
    BODY,
    BODY_HTML,
    AUTHOR,
    URL,
    PERMALINK,
    PARENT_ID,
    SCORE,
    SCORE_HIDDEN,
    NUM_COMMENTS,
    CREATED_UTC,
    OVER_18,
    SPOILER,
    STICKIED,
    REMOVED_BY_CATEGORY,
    REPLIES,
    CROSSPOST_PARENT,
    MEMBERS
};

static const sf_name members[MEMBERS] = {SF_NAME("id"),           SF_NAME("name"),
                                         SF_NAME("subreddit"),    SF_NAME("title"),
                                         SF_NAME("selftext"),     SF_NAME("selftext_html"),
                                         SF_NAME("body"),         SF_NAME("body_html"),
                                         SF_NAME("author"),       SF_NAME("url"),
                                         SF_NAME("permalink"),    SF_NAME("parent_id"),
                                         SF_NAME("score"),        SF_NAME("score_hidden"),
                                         SF_NAME("num_comments"), SF_NAME("created_utc"),
                                         SF_NAME("over_18"),      SF_NAME("spoiler"),
                                         SF_NAME("stickied"),     SF_NAME("removed_by_category"),
                                         SF_NAME("replies"),      SF_NAME("crosspost_parent")};

static int read_thing(sf_answer *a, sf_str raw);

/* ---- escapes ---- */

/* Without raw_json=1 Reddit writes & < > as &amp; &lt; &gt;. A text that has one of the signs bare was not escaped; one that
 * has nothing but the references was. */
static int looks_escaped(sf_str text)
{
    int references = 0;
    for (size_t i = 0; i < text.len; i++) {
        sf_str rest = {text.ptr + i, text.len - i};
        if (*rest.ptr == '<' || *rest.ptr == '>') {
            return 0;
        }
        if (*rest.ptr == '&') {
            if (!sf_starts_with(rest, "&amp;") && !sf_starts_with(rest, "&lt;") && !sf_starts_with(rest, "&gt;")) {
                return 0;
            }
            references = 1;
        }
    }
    return references;
}

/* The body's HTML twin tells for sure: it starts with a bare '<', or with &lt;. */
static int is_escaped(sf_str html, sf_str text)
{
    if (sf_is_string(html) && html.len > 3) {
        return html.ptr[1] == '&';
    }
    return looks_escaped(text);
}

/* ---- fields ---- */

/* A text that Reddit put in the place of the author's: "[removed]", or "[ Removed by Reddit on account of ...]". */
static int is_notice(sf_str raw)
{
    return sf_is_text(raw, "[removed]") || sf_is_text(raw, "[deleted]") || sf_starts_with(raw, "\"[ Removed by Reddit");
}

static int is_gone(const sf_str *v)
{
    return (sf_is_string(v[REMOVED_BY_CATEGORY]) && !sf_is_text(v[REMOVED_BY_CATEGORY], "")) || is_notice(v[TITLE]) ||
           sf_is_text(v[TITLE], "[deleted by user]") || is_notice(v[SELFTEXT]) || is_notice(v[BODY]);
}

/* "t3_abc" as it stands, or made of the id. */
static int read_id(sf_answer *a, const sf_str *v, const char *prefix, sf_str *out)
{
    sf_str id = {"", 0};
    int status = sf_field_text(a, v[NAME], "name", SF_SLOT_ID, out);
    if (status == SF_OK && out->len == 0) {
        status = sf_field_text(a, v[ID], "id", SF_SLOT_ID, &id);
        if (status == SF_OK && id.len == 0) {
            return sf_answer_refuse(a, "name", "missing");
        }
        status = status == SF_OK ? sf_field_join(a, prefix, id, SF_SLOT_ID, out) : status;
    }
    return status;
}

static int read_title(sf_answer *a, const sf_str *v, sf_str *out)
{
    int status = sf_field_text(a, v[TITLE], "title", SF_SLOT_TITLE, out);
    uint32_t unescape = is_escaped(v[SELFTEXT_HTML], *out) ? SF_CLEAN_ENTITIES : 0;
    return status == SF_OK ? sf_field_clean(a, unescape | SF_CLEAN_PLAIN, SF_SLOT_TITLE, out) : status;
}

/* Markdown; the entities in it are the author's own and are decoded last. */
static int read_body(sf_answer *a, sf_str raw, sf_str html, const char *name, sf_str *out)
{
    int status = sf_field_text(a, raw, name, SF_SLOT_BODY, out);
    uint32_t unescape = is_escaped(html, *out) ? SF_CLEAN_ENTITIES : 0;
    if (status == SF_OK) {
        status = sf_field_clean(a, unescape | SF_CLEAN_MARKDOWN, SF_SLOT_BODY, out);
    }
    return status == SF_OK ? sf_field_clean(a, SF_CLEAN_ENTITIES | SF_CLEAN_PLAIN, SF_SLOT_BODY, out) : status;
}

/* What a post links to; where it links to nothing, or a comment stands, itself. */
static int read_url(sf_answer *a, const sf_str *v, sf_str *out)
{
    int status = sf_field_text(a, v[URL], "url", SF_SLOT_URL, out);
    if (status == SF_OK && out->len == 0) {
        status = sf_field_text(a, v[PERMALINK], "permalink", SF_SLOT_URL, out);
    }
    if (status == SF_OK && looks_escaped(*out)) {
        status = sf_field_clean(a, SF_CLEAN_ENTITIES, SF_SLOT_URL, out);
    }
    if (status == SF_OK && out->len > 0 && *out->ptr == '/') { /* from the site's root */
        status = sf_field_join(a, SITE, *out, SF_SLOT_URL, out);
    }
    return status;
}

static int read_author(sf_answer *a, const sf_str *v, sf_str *out)
{
    int status = sf_field_text(a, v[AUTHOR], "author", SF_SLOT_AUTHOR, out);
    if (status == SF_OK && out->len == 9 && memcmp(out->ptr, "[deleted]", 9) == 0) {
        *out = (sf_str){"", 0};
    }
    return status;
}

static void read_labels(sf_answer *a, const sf_str *v)
{
    if (sf_is_true(v[OVER_18])) {
        sf_answer_label(a, sf_cstr("nsfw"));
    }
    if (sf_is_true(v[SPOILER])) {
        sf_answer_label(a, sf_cstr("spoiler"));
    }
    if (v[CROSSPOST_PARENT].len > 0) {
        sf_answer_label(a, sf_cstr("crosspost"));
    }
    if (sf_is_true(v[STICKIED])) {
        sf_answer_label(a, sf_cstr("stickied"));
    }
}

/* A comment's hidden score is shown as 1, which is not it. A post's hide_score only tells browsers not to show what the
 * answer holds. */
static int read_score(sf_answer *a, const sf_str *v, double *out)
{
    if (sf_is_true(v[SCORE_HIDDEN])) {
        return SF_OK;
    }
    return sf_field_number(a, v[SCORE], "score", out);
}

/* What posts and comments have in common, and all that is left of one that is gone. */
static int read_common(sf_answer *a, const sf_str *v, const char *prefix, sf_signal *s)
{
    int status = read_id(a, v, prefix, &s->source_id);
    if (status == SF_OK) {
        status = sf_field_text(a, v[SUBREDDIT], "subreddit", SF_SLOT_CHANNEL, &s->channel);
    }
    if (status == SF_OK) {
        status = sf_field_seconds(a, v[CREATED_UTC], "created_utc", &s->ts_ms);
    }
    if (status == SF_OK) {
        sf_str parent = v[PARENT_ID].len > 0 ? v[PARENT_ID] : v[CROSSPOST_PARENT];
        status = sf_field_text(a, parent, "parent_id", SF_SLOT_PARENT, &s->parent_id);
    }
    if (status != SF_OK || s->kind == SF_DELETE) {
        return status;
    }
    read_labels(a, v);
    status = read_author(a, v, &s->author);
    if (status == SF_OK) {
        status = read_score(a, v, &s->raw_score);
    }
    return status == SF_OK ? read_url(a, v, &s->url) : status;
}

static int add_post(sf_answer *a, sf_str raw, const sf_str *v)
{
    sf_signal s;
    sf_answer_begin(a, &s, SF_REDDIT, is_gone(v) ? SF_DELETE : SF_POST);
    int status = read_common(a, v, "t3_", &s);
    if (status == SF_OK && s.kind != SF_DELETE) {
        status = read_title(a, v, &s.title);
        if (status == SF_OK) {
            status = read_body(a, v[SELFTEXT], v[SELFTEXT_HTML], "selftext", &s.body);
        }
        if (status == SF_OK) {
            status = sf_field_number(a, v[NUM_COMMENTS], "num_comments", &s.comments);
        }
    }
    return sf_answer_add(a, raw, &s, status);
}

static int add_comment(sf_answer *a, sf_str raw, const sf_str *v)
{
    sf_signal s;
    sf_answer_begin(a, &s, SF_REDDIT, is_gone(v) ? SF_DELETE : SF_COMMENT);
    int status = read_common(a, v, "t1_", &s);
    if (status == SF_OK && s.kind != SF_DELETE) {
        status = read_body(a, v[BODY], v[BODY_HTML], "body", &s.body);
    }
    status = sf_answer_add(a, raw, &s, status);
    return status == SF_OK && sf_is_object(v[REPLIES]) ? read_thing(a, v[REPLIES]) : status;
}

/* ---- things ---- */

static sf_str children_of(sf_str listing)
{
    return sf_answer_member(sf_answer_member(listing, "data"), "children");
}

static int read_children(sf_answer *a, sf_str listing)
{
    sf_str child, children = children_of(listing);
    int status = SF_OK;
    if (!sf_is_array(children)) {
        sf_answer_refuse(a, "data.children", "not an array");
        return sf_answer_error(a, listing);
    }
    for (sf_json j = sf_answer_array(children); status == SF_OK && sf_answer_next(&j, &child);) {
        status = read_thing(a, child);
    }
    return status;
}

/* A listing, a post, a comment, or what is none of these. */
static int read_thing(sf_answer *a, sf_str raw)
{
    static const sf_name names[2] = {SF_NAME("kind"), SF_NAME("data")};
    sf_str thing[2], v[MEMBERS];
    sf_answer_members(raw, names, 2, thing);
    if (sf_is_text(thing[0], "Listing")) {
        return read_children(a, raw);
    }
    if (!sf_is_string(thing[0])) {
        sf_answer_refuse(a, "kind", "missing");
        return sf_answer_error(a, raw);
    }
    if (!sf_is_text(thing[0], "t3") && !sf_is_text(thing[0], "t1")) {
        return sf_answer_skip(a, raw,
                              sf_is_text(thing[0], "more") ? "kind: more, not loaded" : "kind: neither t3 nor t1");
    }
    sf_answer_members(thing[1], members, MEMBERS, v);
    return sf_is_text(thing[0], "t3") ? add_post(a, raw, v) : add_comment(a, raw, v);
}

int sf_reddit_read(sf_answer *a, sf_str answer)
{
    sf_str element;
    int status = SF_OK;
    if (sf_is_array(answer)) { /* a post and its comments, a post and its duplicates */
        for (sf_json j = sf_answer_array(answer); status == SF_OK && sf_answer_next(&j, &element);) {
            status = read_thing(a, element);
        }
        return status;
    }
    sf_str kind = sf_answer_member(answer, "kind");
    if (!sf_is_string(kind)) {
        return sf_answer_unknown(a, answer, "Reddit listing or thing");
    }
    if (sf_is_text(kind, "Listing") && !sf_is_array(children_of(answer))) {
        return sf_answer_refuse(a, "data.children", "not an array");
    }
    return read_thing(a, answer);
}
