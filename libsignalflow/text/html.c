/* SPDX-License-Identifier: MIT */
/* HTML to text: tags out, paragraphs and breaks to line ends, script and style with their content. A link whose text is
 * its shortened address ("https://example.com/a-long...") becomes the whole address. What looks like a tag and has no end
 * stays as it is: "1 < 2", "<3". */
#include "text/clean.h"
#include "text/html_entities.h"

typedef struct html {
    sf_str in;
    size_t at;
    sf_text *out;
    size_t done;     /* where what was written last ends */
    int breaks;      /* line ends owed before the next text */
    size_t asked;    /* where the tag starts that asked for the first of them */
    int no_quotes;   /* quotes mean nothing any more, see tag_end() */
    int no_comments; /* no comment ends behind here */
} html;

/* What a tag does to the text around it. */
enum {
    INLINE,    /* nothing */
    CELL,      /* a space */
    LINE,      /* begins a line */
    LINE_END,  /* ends one, each time */
    PARAGRAPH, /* an empty line around it */
    DROP       /* takes its content with it */
};

static const struct {
    const char *name;
    int effect;
} tags[] = {
    {"address", PARAGRAPH}, {"article", PARAGRAPH}, {"aside", PARAGRAPH}, {"blockquote", PARAGRAPH},
    {"br", LINE_END},       {"caption", LINE},      {"dd", LINE},         {"details", PARAGRAPH},
    {"div", PARAGRAPH},     {"dl", PARAGRAPH},      {"dt", LINE},         {"fieldset", PARAGRAPH},
    {"figure", PARAGRAPH},  {"footer", PARAGRAPH},  {"form", PARAGRAPH},  {"h1", PARAGRAPH},
    {"h2", PARAGRAPH},      {"h3", PARAGRAPH},      {"h4", PARAGRAPH},    {"h5", PARAGRAPH},
    {"h6", PARAGRAPH},      {"header", PARAGRAPH},  {"hr", PARAGRAPH},    {"li", LINE},
    {"main", PARAGRAPH},    {"nav", PARAGRAPH},     {"ol", PARAGRAPH},    {"option", LINE},
    {"p", PARAGRAPH},       {"pre", PARAGRAPH},     {"script", DROP},     {"section", PARAGRAPH},
    {"style", DROP},        {"summary", LINE},      {"table", PARAGRAPH}, {"td", CELL},
    {"th", CELL},           {"tr", LINE},           {"ul", PARAGRAPH},
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

static int is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}

static int same_name(sf_str a, const char *b)
{
    size_t i = 0;
    while (i < a.len && b[i] != '\0' && lower(a.ptr[i]) == b[i]) {
        i++;
    }
    return i == a.len && b[i] == '\0';
}

static int same_letters(sf_str a, sf_str b)
{
    size_t i = 0;
    while (i < a.len && i < b.len && lower(a.ptr[i]) == lower(b.ptr[i])) {
        i++;
    }
    return i == a.len && i == b.len;
}

static sf_str part(sf_str text, size_t from, size_t to)
{
    sf_str s = {text.ptr + from, to - from};
    return s;
}

static size_t find(sf_str text, size_t from, char c)
{
    const char *hit = from < text.len ? memchr(text.ptr + from, c, text.len - from) : NULL;
    return hit != NULL ? (size_t)(hit - text.ptr) : text.len;
}

/* ---- writing ---- */

static int line_ends_written(const html *h)
{
    size_t n = 0;
    while (n < h->out->len && h->out->ptr[h->out->len - 1 - n] == '\n') {
        n++;
    }
    return n > 2 ? 2 : (int)n;
}

/* Notes that `n` bytes were written for the tags in [from, to), and nothing for what stands between the last text and them. */
static void note_tags(html *h, size_t from, size_t to, size_t n)
{
    sf_text_edit(h->out, h->in, h->done, n > 0 ? from : to, 0);
    if (n > 0) {
        sf_text_edit(h->out, h->in, from, to, n);
    }
    h->done = to;
}

/* Writes a part of the input behind the line ends that tags asked for; none at the start, none doubled with those of the text. */
static void write_text(html *h, sf_str text)
{
    while (h->breaks > 0 && text.len > 0 && (*text.ptr == '\n' || *text.ptr == '\r')) {
        text.ptr++;
        text.len--;
    }
    if (text.len == 0) {
        return;
    }
    size_t before = h->out->len, from = (size_t)(text.ptr - h->in.ptr);
    for (int owed = h->out->len > 0 ? h->breaks - line_ends_written(h) : 0; owed > 0; owed--) {
        sf_text_byte(h->out, '\n');
    }
    note_tags(h, h->asked, from, h->out->len - before);
    h->breaks = 0;
    sf_text_bytes(h->out, text.ptr, text.len);
    h->done = from + text.len;
}

/* Does what the tag in[start, h->at) says. */
static void apply(html *h, int effect, size_t start)
{
    h->asked = h->breaks == 0 ? start : h->asked;
    if (effect == LINE_END) {
        h->breaks++;
    } else if (effect == PARAGRAPH && h->breaks < 2) {
        h->breaks = 2;
    } else if (effect == LINE && h->breaks < 1) {
        h->breaks = 1;
    } else if (effect == CELL && h->breaks == 0 && h->out->len > 0 && !is_space(h->out->ptr[h->out->len - 1])) {
        sf_text_byte(h->out, ' ');
        note_tags(h, start, h->at, 1);
    }
}

/* ---- reading ---- */

/* Where the tag that starts at `start` ends: the index behind its '>', 0 if it is none. A '>' in a quoted value does not
 * count. Once a value held a '<' and its tag had no end after all, quotes are given up, so that no text is read over
 * and over again. */
static size_t tag_end(html *h, size_t start)
{
    int held_less = 0;
    char before = 0;
    for (size_t i = start + 1; i < h->in.len; i++) {
        char c = h->in.ptr[i];
        if (c == '>') {
            return i + 1;
        }
        if (c == '<') {
            break;
        }
        if ((c == '"' || c == '\'') && before == '=' && !h->no_quotes) {
            size_t close = find(h->in, i + 1, c);
            if (close < h->in.len) {
                held_less |= memchr(h->in.ptr + i, '<', close - i) != NULL;
                i = close;
            } else {
                h->no_quotes = 1;
            }
        }
        before = is_space(c) && before == '=' ? before : c;
    }
    h->no_quotes |= held_less;
    return 0;
}

/* The name of the tag at '<'; a letter first, then what may follow a name. Empty if it is none. */
static sf_str tag_name(const html *h, size_t start)
{
    size_t from = start + 1;
    from += from < h->in.len && h->in.ptr[from] == '/';
    size_t to = from;
    while (to < h->in.len &&
           (is_letter(h->in.ptr[to]) ||
            (to > from && ((h->in.ptr[to] >= '0' && h->in.ptr[to] <= '9') || h->in.ptr[to] == '-')))) {
        to++;
    }
    if (to < h->in.len && (is_space(h->in.ptr[to]) || h->in.ptr[to] == '/' || h->in.ptr[to] == '>')) {
        return part(h->in, from, to);
    }
    return part(h->in, from, from);
}

/* Passes <!-- ... -->, <!doctype ...>, <?xml ...>. Returns 0 if none of them starts here. */
static int pass_declaration(html *h)
{
    sf_str rest = part(h->in, h->at, h->in.len);
    if (rest.len < 3 || (rest.ptr[1] != '!' && rest.ptr[1] != '?')) {
        return 0;
    }
    if (rest.len >= 4 && memcmp(rest.ptr, "<!--", 4) == 0) {
        for (size_t i = 2; !h->no_comments && i + 3 <= rest.len; i++) {
            if (memcmp(rest.ptr + i, "-->", 3) == 0) {
                h->at += i + 3;
                return 1;
            }
        }
        h->no_comments = 1;
        return 0;
    }
    size_t end = is_letter(rest.ptr[2]) || rest.ptr[2] == '[' ? tag_end(h, h->at) : 0;
    h->at = end > 0 ? end : h->at;
    return end > 0;
}

/* Passes all up to and with </script>; the rest of the text where there is none, as browsers do. */
static void drop_content(html *h, sf_str name)
{
    for (size_t at = h->at; (at = find(h->in, at, '<')) < h->in.len; at++) {
        if (at + 1 < h->in.len && h->in.ptr[at + 1] == '/') {
            sf_str closing = tag_name(h, at);
            if (same_letters(closing, name)) {
                h->at = find(h->in, at, '>');
                h->at += h->at < h->in.len;
                return;
            }
        }
    }
    h->at = h->in.len;
}

/* ---- links ---- */

/* The value of href in a tag <a ...>; empty if it has none. */
static sf_str href_of(sf_str tag)
{
    for (size_t i = 2; i + 5 < tag.len; i++) {
        if (!is_space(tag.ptr[i - 1]) || !same_name(part(tag, i, i + 4), "href")) {
            continue;
        }
        size_t from = i + 4;
        while (from < tag.len && (is_space(tag.ptr[from]) || tag.ptr[from] == '=')) {
            from++;
        }
        char quote = from < tag.len ? tag.ptr[from] : '\0';
        if (quote == '"' || quote == '\'') {
            return part(tag, from + 1, find(tag, from + 1, quote));
        }
        size_t to = from;
        while (to < tag.len && !is_space(tag.ptr[to]) && tag.ptr[to] != '>') {
            to++;
        }
        return part(tag, from, to);
    }
    return part(tag, 0, 0);
}

/* Reads a text byte by byte with its character references decoded. */
typedef struct decoded {
    sf_str text;
    char bytes[SF_HTML_ENTITY_BYTES];
    size_t n, at;
} decoded;

static int next_byte(decoded *d)
{
    while (d->at == d->n) {
        size_t taken = 0;
        if (d->text.len == 0) {
            return -1;
        }
        d->at = d->n = 0;
        if (*d->text.ptr == '&') {
            taken = sf_html_entity_read(d->text.ptr, d->text.len, d->bytes, &d->n);
        }
        if (taken == 0) {
            d->bytes[0] = *d->text.ptr;
            d->n = taken = 1;
        }
        d->text.ptr += taken;
        d->text.len -= taken;
    }
    return (unsigned char)d->bytes[d->at++];
}

static void pass_prefix(decoded *d, const char *prefix)
{
    decoded ahead = *d;
    while (*prefix != '\0' && next_byte(&ahead) == *prefix) {
        prefix++;
    }
    if (*prefix == '\0') {
        *d = ahead;
    }
}

/* Is text the start of the address? It may leave out "https://" and "www.". */
static int starts_address(sf_str text, sf_str address)
{
    decoded a = {text, "", 0, 0}, b = {address, "", 0, 0};
    if (text.len < 4 || !same_name(part(text, 0, 4), "http")) {
        pass_prefix(&b, "https://");
        pass_prefix(&b, "http://");
        pass_prefix(&a, "www.");
        pass_prefix(&b, "www.");
    }
    for (int c = next_byte(&a); c >= 0; c = next_byte(&a)) {
        if (c != next_byte(&b)) {
            return 0;
        }
    }
    return 1;
}

/* <a href="...">https://example.com/a-long...</a>: writes the address and passes the link's text. */
static void write_shortened(html *h, sf_str tag)
{
    size_t end = find(h->in, h->at, '<');
    sf_str text = part(h->in, h->at, end), address = href_of(tag);
    if (text.len > 3 && memcmp(text.ptr + text.len - 3, "...", 3) == 0) {
        text.len -= 3;
    } else if (text.len > 3 && memcmp(text.ptr + text.len - 3, "\xE2\x80\xA6", 3) == 0) {
        text.len -= 3;
    } else {
        return;
    }
    if (end + 2 < h->in.len && h->in.ptr[end + 1] == '/' && lower(h->in.ptr[end + 2]) == 'a' &&
        starts_address(text, address)) {
        write_text(h, address);
        h->at = end;
    }
}

/* The tag at h->at: does what it says and passes it. Returns 0 if it is none. */
static int pass_tag(html *h)
{
    sf_str name = tag_name(h, h->at);
    size_t start = h->at, end = name.len > 0 ? tag_end(h, start) : 0;
    if (end == 0) {
        return 0;
    }
    sf_str tag = part(h->in, start, end);
    int effect = INLINE, closing = tag.ptr[1] == '/';
    for (size_t i = 0; i < sizeof tags / sizeof *tags && effect == INLINE; i++) {
        effect = same_name(name, tags[i].name) ? tags[i].effect : INLINE;
    }
    h->at = end;
    if (effect == DROP && !closing) {
        drop_content(h, name);
    } else if (same_name(name, "a") && !closing) {
        write_shortened(h, tag);
    } else if (effect != CELL || !closing) {
        apply(h, effect, start);
    }
    return 1;
}

int sf_clean_html(sf_str in, uint32_t what, sf_text *out)
{
    html h = {.in = in, .out = out};
    (void)what;
    if (sf_text_room(out, in.len) != SF_OK) { /* a tag is longer than the line ends it asks for */
        return SF_ENOMEM;
    }
    while (h.at < in.len) {
        size_t less = find(in, h.at, '<');
        write_text(&h, part(in, h.at, less));
        h.at = less;
        if (less < in.len && !pass_declaration(&h) && !pass_tag(&h)) {
            write_text(&h, part(in, less, less + 1));
            h.at = less + 1;
        }
    }
    return SF_OK;
}
