/* SPDX-License-Identifier: MIT */
/* URLs, e-mail addresses, @mentions and #hashtags: where they are, and what cleaning makes of them. */
#include "text/links.h"

#include <utf8proc.h>

#include "text/clean.h"

#define LONGEST_HOST 256 /* bytes that are looked at before what could be a host or a mail address is none */

/* ---- characters ---- */

static int is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int is_category(uint32_t cp, unsigned categories)
{
    return (categories >> utf8proc_category((utf8proc_int32_t)cp) & 1U) != 0;
}

int sf_is_word(uint32_t cp)
{
    enum {
        LETTERS = 1 << UTF8PROC_CATEGORY_LU | 1 << UTF8PROC_CATEGORY_LL | 1 << UTF8PROC_CATEGORY_LT |
                  1 << UTF8PROC_CATEGORY_LM | 1 << UTF8PROC_CATEGORY_LO,
        MARKS = 1 << UTF8PROC_CATEGORY_MN | 1 << UTF8PROC_CATEGORY_MC,
        NUMBERS = 1 << UTF8PROC_CATEGORY_ND
    };
    if (cp < 0x80) {
        return is_letter((char)cp) || is_digit((char)cp) || cp == '_';
    }
    return is_category(cp, LETTERS | MARKS | NUMBERS);
}

int sf_starts_word(sf_str text, size_t at)
{
    uint32_t before = sf_character_before(text, at);
    return before == 0 || (!sf_is_word(before) && before != '@' && before != '.' && before != '/' && before != '-');
}

/* ---- addresses ---- */

/* What a URL may hold: no white space, no brackets but round ones, no signs that text puts around it. */
static int is_url_character(uint32_t cp)
{
    if (cp < 0x80) {
        return cp > ' ' && cp != 0x7F && strchr("<>\"`{}|\\^[]", (int)cp) == NULL;
    }
    return sf_is_word(cp);
}

/* Takes off what closes the sentence around a URL: "(see https://example.com/a_(b))." */
static size_t without_closing(const char *url, size_t len)
{
    size_t open = 0, close = 0;
    for (size_t i = 0; i < len; i++) {
        open += url[i] == '(';
        close += url[i] == ')';
    }
    while (len > 0) {
        char last = url[len - 1];
        if (last == ')' && close > open) {
            close--;
        } else if (strchr(".,:;!?'*_~", last) == NULL || last == '\0') {
            break;
        }
        len--;
    }
    return len;
}

/* The URL whose host starts at `from`; `at` is where it starts itself. */
static size_t rest_of_url(sf_str text, size_t at, size_t from)
{
    size_t n, end = from;
    for (uint32_t cp = sf_character(text, end, &n); n > 0 && is_url_character(cp); cp = sf_character(text, end, &n)) {
        end += n;
    }
    size_t len = without_closing(text.ptr + at, end - at);
    return at + len > from ? len : 0;
}

/* Does the last label of a host name a domain that text without "https://" is likely to mean? */
static int is_top_domain(const char *label, size_t len)
{
    static const char *const known[] = {"ai",  "app", "au",   "be",  "ca", "co",  "com",  "de", "dev",
                                        "edu", "eu",  "fr",   "gg",  "gl", "gov", "info", "io", "ly",
                                        "me",  "net", "news", "org", "tv", "uk",  "us",   "xyz"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strlen(known[i]) == len && memcmp(known[i], label, len) == 0) {
            return 1;
        }
    }
    return 0;
}

/* A host: labels of letters, digits and hyphens with dots between. Returns its length; *last is where its last label
 * starts, 0 if it has only one. */
static size_t host_length(const char *p, size_t len, size_t *last)
{
    size_t i = 0, label = 0;
    *last = 0;
    len = len < LONGEST_HOST ? len : LONGEST_HOST;
    for (; i < len; i++) {
        if (p[i] == '.' && i > label && i + 1 < len && (is_letter(p[i + 1]) || is_digit(p[i + 1]))) {
            *last = label = i + 1;
        } else if (!is_letter(p[i]) && !is_digit(p[i]) && p[i] != '-') {
            break;
        }
    }
    return i;
}

/* name@example.com */
static size_t mail_length(const char *p, size_t len)
{
    size_t i = 0, last = 0;
    size_t most = len < LONGEST_HOST ? len : LONGEST_HOST;
    while (i < most && (is_letter(p[i]) || is_digit(p[i]) || (p[i] != '\0' && strchr("._%+-", p[i]) != NULL))) {
        i++;
    }
    if (i == 0 || i >= most || p[i] != '@') {
        return 0;
    }
    size_t host = host_length(p + i + 1, len - i - 1, &last);
    int ends_in_letters = last > 0 && host >= last + 2 && is_letter(p[i + 1 + last]);
    return ends_in_letters ? i + 1 + host : 0;
}

static int has_prefix(const char *p, size_t len, const char *prefix)
{
    size_t n = strlen(prefix);
    for (size_t i = 0; i < n; i++) {
        if (i >= len || (p[i] != prefix[i] && !(is_letter(p[i]) && (p[i] | 0x20) == prefix[i]))) {
            return 0;
        }
    }
    return n != 0;
}

size_t sf_url_length(sf_str text, size_t at)
{
    const char *p = text.ptr + at;
    size_t len = text.len - at, last = 0, scheme = 0;
    if (len < 4 || !(is_letter(*p) || is_digit(*p))) {
        return 0;
    }
    while (scheme < len && scheme < 16 && is_letter(p[scheme])) {
        scheme++;
    }
    if (scheme > 1 && has_prefix(p + scheme, len - scheme, "://")) {
        return rest_of_url(text, at, at + scheme + 3);
    }
    if (has_prefix(p, len, "mailto:")) {
        size_t mail = mail_length(p + 7, len - 7);
        return mail > 0 ? mail + 7 : 0;
    }
    if (has_prefix(p, len, "www.")) {
        return rest_of_url(text, at, at + 4);
    }
    size_t host = host_length(p, len, &last);
    if (last > 0 && host < len && p[host] == '/' && is_top_domain(p + last, host - last)) {
        return rest_of_url(text, at, at + host);
    }
    return mail_length(p, len);
}

/* ---- cleaning ---- */

/* Where a step takes something out, the space behind it goes too if there is one before it. */
static size_t space_behind(sf_str in, size_t at, const sf_text *out)
{
    int free_before = out->len == 0 || strchr(" \n\t", out->ptr[out->len - 1]) != NULL;
    return free_before && at < in.len && in.ptr[at] == ' ';
}

/* What stands where it stood. A mail address has an '@' inside, and no slash, unlike a URL with a name in it. */
static const char *marker_of(sf_str found)
{
    const char *at = memchr(found.ptr, '@', found.len);
    int user = at == found.ptr || found.ptr[0] == '\xEF'; /* U+FF20, the wide '@' */
    int mail = at != NULL && memchr(found.ptr, '/', found.len) == NULL;
    return user ? "<user>" : mail ? "<email>" : "<url>";
}

/* Copies the text but for what `length_at` finds at the start of a word. */
static int take_out(sf_str in, uint32_t what, sf_text *out, size_t (*length_at)(sf_str, size_t))
{
    if (sf_text_room(out, what & SF_CLEAN_MARKERS ? 4 * in.len : in.len) != SF_OK) { /* "@a" becomes "<user>" */
        return SF_ENOMEM;
    }
    int starts = 1; /* a word may start here */
    for (size_t at = 0, n; at < in.len;) {
        uint32_t cp = sf_character(in, at, &n);
        size_t taken = starts || cp == '@' ? length_at(in, at) : 0;
        if (taken > 0 && (what & SF_CLEAN_MARKERS) != 0) {
            const char *marker = marker_of((sf_str){in.ptr + at, taken});
            sf_text_bytes(out, marker, strlen(marker));
            sf_text_edit(out, in, at, at + taken, strlen(marker));
            at += taken;
            starts = 1;
        } else if (taken > 0) {
            size_t behind = at + taken + space_behind(in, at + taken, out);
            sf_text_edit(out, in, at, behind, 0);
            at = behind;
            starts = 1;
        } else {
            sf_text_bytes(out, in.ptr + at, n);
            at += n;
            starts = !sf_is_word(cp);
        }
    }
    return SF_OK;
}

static size_t url_at(sf_str text, size_t at)
{
    return sf_starts_word(text, at) ? sf_url_length(text, at) : 0;
}

int sf_clean_urls(sf_str in, uint32_t what, sf_text *out)
{
    return take_out(in, what, out, url_at);
}

/* Words with '.', '-' and '@' between them: @name, @name.bsky.social, @name@example.social. */
static size_t mention_at(sf_str text, size_t at)
{
    size_t n, end = at;
    uint32_t cp = sf_character(text, at, &n);
    if ((cp != '@' && cp != 0xFF20) || !sf_starts_word(text, at)) {
        return 0;
    }
    for (end += n; sf_is_word(sf_character(text, end, &n)) && n > 0;) {
        end += n;
        size_t behind, joint = end + 1;
        if (end < text.len && strchr(".-@", text.ptr[end]) != NULL && text.ptr[end] != '\0' &&
            sf_is_word(sf_character(text, joint, &behind)) && behind > 0) {
            end = joint;
        }
    }
    return sf_is_word(sf_character_before(text, end)) ? end - at : 0;
}

int sf_clean_mentions(sf_str in, uint32_t what, sf_text *out)
{
    return take_out(in, what, out, mention_at);
}

/* ---- hashtags ---- */

static int is_upper(uint32_t cp)
{
    return cp < 0x80 ? cp >= 'A' && cp <= 'Z' : is_category(cp, 1 << UTF8PROC_CATEGORY_LU);
}

static int is_lower(uint32_t cp)
{
    return cp < 0x80 ? cp >= 'a' && cp <= 'z' : is_category(cp, 1 << UTF8PROC_CATEGORY_LL);
}

/* The word behind '#'; 0 if it is none or has no letter: "#1", "C#". */
static size_t hashtag_length(sf_str text, size_t at)
{
    size_t n, end = at;
    int letters = 0;
    for (uint32_t cp = sf_character(text, end, &n); n > 0 && sf_is_word(cp); cp = sf_character(text, end, &n)) {
        letters |= cp != '_' && !is_category(cp, 1 << UTF8PROC_CATEGORY_ND);
        end += n;
    }
    return letters ? end - at : 0;
}

/* Does a word of a hashtag start at cp? At a capital behind two small letters or a digit ("ClimateAction", but not
 * "iPhone"), and at the last of several capitals ("NASALaunch"). */
static int starts_part(uint32_t two_before, uint32_t before, uint32_t cp, uint32_t after)
{
    if (!is_upper(cp)) {
        return 0;
    }
    if (is_lower(before)) {
        return is_lower(two_before) || is_upper(two_before);
    }
    return (is_upper(before) && is_lower(after)) || is_category(before, 1 << UTF8PROC_CATEGORY_ND);
}

/* Writes the hashtag whose word is in[at, end). */
static void write_hashtag(sf_str in, size_t at, size_t end, sf_text *out)
{
    uint32_t two_before = 0, before = 0;
    for (size_t n, behind; at < end; at += n) {
        uint32_t cp = sf_character(in, at, &n);
        uint32_t after = at + n < end ? sf_character(in, at + n, &behind) : 0;
        if (cp == '_') {
            sf_text_byte(out, ' ');
            sf_text_edit(out, in, at, at + n, 1);
        } else if (starts_part(two_before, before, cp, after)) {
            sf_text_byte(out, ' ');
            sf_text_bytes(out, in.ptr + at, n);
            sf_text_edit(out, in, at, at + n, n + 1);
        } else {
            sf_text_bytes(out, in.ptr + at, n);
        }
        two_before = before;
        before = cp;
    }
}

int sf_clean_hashtags(sf_str in, uint32_t what, sf_text *out)
{
    (void)what;
    if (sf_text_room(out, 2 * in.len) != SF_OK) {
        return SF_ENOMEM;
    }
    for (size_t at = 0, n; at < in.len;) {
        uint32_t cp = sf_character(in, at, &n);
        size_t length = cp == '#' || cp == 0xFF03 ? hashtag_length(in, at + n) : 0;
        if (length > 0 && !sf_is_word(sf_character_before(in, at)) && sf_character_before(in, at) != '&') {
            sf_text_edit(out, in, at, at + n, 0);
            write_hashtag(in, at + n, at + n + length, out);
            at += n + length;
        } else {
            sf_text_bytes(out, in.ptr + at, n);
            at += n;
        }
    }
    return SF_OK;
}
