/* SPDX-License-Identifier: MIT */
/* Texts that make a careless scorer slow, some megabytes long each. Nothing here is timed: work that grows with the square
 * of the length would take hours, and the test's time limit is minutes. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "signalflow/signalflow.h"

#define MEGABYTE ((size_t)1 << 20)

static sf_analyser *a;

static void fail(const char *name, const char *what)
{
    printf("%s: %s\n", name, what);
    exit(1);
}

/* `head`, then `part` until `size` bytes are reached, then `tail`. */
static void check(const char *name, const char *head, const char *part, const char *tail, size_t size)
{
    size_t n = strlen(part), len = strlen(head);
    char *text = malloc(size + len + n + strlen(tail) + 1);
    sf_explanation e = SF_EXPLANATION_INIT;
    double cover, sum = 0.0;
    if (text == NULL) {
        fail(name, "no memory");
    }
    strcpy(text, head);
    while (len < size) {
        memcpy(text + len, part, n);
        len += n;
    }
    strcpy(text + len, tail);
    len += strlen(tail);
    sf_str s = {text, len};
    if (sf_sentiment_explain(a, s, &e) != SF_OK || sf_sentiment_cover(a, s, &cover) != SF_OK) {
        fail(name, "not scored");
    }
    for (size_t i = 0; i < e.n_tokens; i++) {
        sum += e.tokens[i].valence;
    }
    sum += sum > 0 ? e.punctuation : sum < 0 ? -e.punctuation : 0.0;
    if (sum != e.sum || !(fabs(e.scores.compound) <= 1.0)) {
        fail(name, "does not add up");
    }
    printf("%-28s %9zu bytes %9zu tokens  compound %7.4f\n", name, len, e.n_tokens, e.scores.compound);
    free(text);
}

/* 200,000 valences with a "but" behind them, each value some hundred times, in an order that mixes them. */
static void check_but(void)
{
    static const char *const words[] = {"good", "bad", "great", "love", "hate", "lol", "ok", "kill", "fine", "evil"};
    size_t n = 200000, len = 0;
    char *text = malloc(n * 24 + 16);
    sf_scores scores;
    uint32_t x = 1;
    if (text == NULL) {
        fail("but", "no memory");
    }
    for (size_t i = 0; i < n; i++) {
        static const char *const before[] = {"", "very ", "not ", "hardly x ", "no "};
        x = x * 1664525 + 1013904223;
        len += (size_t)sprintf(text + len, "%s%s ", before[(x >> 8) % 5], words[(x >> 16) % 10]);
        if (i == n / 2) {
            len += (size_t)sprintf(text + len, "but ");
        }
    }
    if (sf_sentiment(a, (sf_str){text, len}, &scores) != SF_OK) {
        fail("but", "not scored");
    }
    printf("%-28s %9zu bytes\n", "but among repeated values", len);
    free(text);
}

int main(void)
{
    if (sf_analyser_new(&a, NULL) != SF_OK) {
        return 1;
    }
    check("1,600 emoji", "", "\U0001F601", "", 1600 * 4);
    check("emoji", "", "\U0001F601", "", 4 * MEGABYTE);
    check("emoji with selectors", "", "\u2764\uFE0F", "", 4 * MEGABYTE);
    check("no no no", "", "no ", "", 100000 * 3);
    check("not not not good", "", "not ", "good", 4 * MEGABYTE);
    check("16,000 words", "", "and then some words ", "good", 16000 * 5);
    check("one word of 1 MB", "", "a", "", MEGABYTE);
    check("one word of capitals", "", "A", "", 4 * MEGABYTE);
    check("one word beyond ASCII", "", "\u00C9", " good", 4 * MEGABYTE);
    check("a long word before good", "", "nt'", " good", 4 * MEGABYTE);
    check("exclamation marks", "good", "!", "", 4 * MEGABYTE);
    check("question marks apart", "good", " ?", "", 4 * MEGABYTE);
    check("punctuation around a word", "((((((((", "(", "good)))", 4 * MEGABYTE);
    check("white space", "", " \u2003\t\u3000", "", 4 * MEGABYTE);
    check("sigmas", "", "\u03A3", "", 4 * MEGABYTE);
    check("sigmas and accents", "", "\u03A3\u0301\u0301\u0301\u0301\u0301\u0301\u0301", "", 4 * MEGABYTE);
    check("short words with sigmas", "", "\u03A3\u0301\u0301 ", "", 4 * MEGABYTE);
    check("broken bytes", "", "\xFF", "", 4 * MEGABYTE);
    check("broken bytes in words", "", "\xE2\x80 x", "", 4 * MEGABYTE);
    check("booster after booster", "", "very ", "good", 4 * MEGABYTE);
    check("equal values before but", "", "good ", "but", 4 * MEGABYTE);
    check("equal values after but", "but ", "good ", "", 4 * MEGABYTE);
    check("values that halve", "", "good very good not good no x good ", "but good", 4 * MEGABYTE);
    check("but but but", "", "but good bad ", "", 4 * MEGABYTE);
    check("never so", "", "never so good ", "", 4 * MEGABYTE);
    check_but();
    sf_analyser_free(a);
    return 0;
}
