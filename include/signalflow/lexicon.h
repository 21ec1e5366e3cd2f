/* SPDX-License-Identifier: MIT */
/** The lexicon: what the library knows of words. Immutable once made, shared by all threads.
 *
 *  The built-in one is compiled in. Others are made by laying tab-separated tables over it:
 *
 *  | kind        | a row                                                            | adds |
 *  |-------------|------------------------------------------------------------------|------|
 *  | sentiment   | word TAB valence (-4..4; further columns are ignored)             | VADER valences; VADER's own file format |
 *  | emoji       | emoji TAB description                                            | what VADER reads in place of an emoji |
 *  | names       | label TAB canonical|alias|alias... [TAB id]                      | gazetteer of named entities |
 *  | watch       | canonical|alias|alias... [TAB id]                                | names of your own with label WATCH, found however they are written |
 *  | patterns    | label TAB regular expression (PCRE2) [TAB id]                    | what matches in a line is a name; a match takes 10,000 steps at the most |
 *  | rules       | feature TAB tag TAB weight (-5..5)                               | what tells names from other words; data/lexicons/rules.tsv |
 *  | languages   | three characters TAB language:weight language:weight ...         | what languages are told by |
 *  | stopwords   | word [TAB abroad: only in texts that are not English; or foreign: no English word] | words that are never keywords |
 *  | frequencies | word TAB zipf (0..9) [TAB share of lower-case spellings, 0..1]   | how common a word is; names have a low share |
 *  | classes     | word TAB noun, verb, adjective, relational, adverb, noun-verb, adjective-noun, adjective-verb or any | what a word mostly is; relational: an adjective made of a noun |
 *  | baselines   | platform TAB v0 TAB s50 TAB half_life_s TAB rising_at            | a platform's usual pace |
 *
 *  A kind that is a language's code (eo, pt-BR, ml-Latn) is no table but any text in that language, a thousand characters and more:
 *  sf_language() learns to tell it.
 *
 *  Empty lines and lines that start with "# " are passed over. A later row for the same word replaces an earlier one;
 *  a row whose word starts with "-" and has no further column takes that word out (a rule is taken out by the weight 0, a
 *  pattern not at all). Names of a table of yours are found whatever the rules say; labels are PER, LOC, ORG, PROD, WORK, EVENT,
 *  MISC, NONE (no name), one of your own in capitals, or in small letters what a word tells of names beside it; `phrase` is a
 *  term that is a topic without being a name.
 */
#ifndef SIGNALFLOW_LEXICON_H
#define SIGNALFLOW_LEXICON_H

#include "signalflow/signal.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sf_lexicon sf_lexicon;

/** A table in memory. */
typedef struct sf_lexicon_table {
    const char *kind; /**< as above: "names", "rules", ..., or a language */
    const char *name; /**< for error messages: the file's name */
    sf_str data;      /**< UTF-8, lines end with LF or CRLF; borrowed for the call only */
} sf_lexicon_table;

typedef struct sf_lexicon_opts {
    size_t struct_size;
    const sf_lexicon_table *tables; /**< laid over the base in this order */
    size_t n_tables;
    int32_t empty; /**< 1: start from nothing instead of the built-in lexicon */
    uint32_t reserved;
} sf_lexicon_opts;
#define SF_LEXICON_OPTS_INIT                                                                                           \
    {                                                                                                                  \
        sizeof(sf_lexicon_opts), NULL, 0, 0, 0                                                                         \
    }

/** The compiled-in lexicon: no files, no start-up cost, cannot fail.
 *
 *  @return never NULL.
 *  Ownership: static. Threads: any. Memory: none. Since: 0.1.
 */
SF_API const sf_lexicon *sf_lexicon_builtin(void);

/** Makes a lexicon from tables.
 *
 *  @param out  set on success, else untouched.
 *  @param o    NULL gives a copy of the built-in one.
 *  @param err  NULL, or filled on failure; on SF_EPARSE with the line, and "NAME: what is wrong".
 *  @return SF_OK; SF_EPARSE (a row is wrong), SF_EINVAL (unknown kind, options not set up), SF_ETOOBIG (tables of a gigabyte
 *          together), SF_ENOMEM.
 *  Ownership: free it with sf_lexicon_free() after the analysers that use it; the tables are copied. Threads: any.
 *  Memory: its own, a copy of the built-in tables included unless `empty`. Since: 0.1.
 */
SF_API int sf_lexicon_load(sf_lexicon **out, const sf_lexicon_opts *o, sf_error *err);

/** Frees a loaded lexicon; NULL and the built-in one are fine. Threads: none may still use it. Since: 0.1. */
SF_API void sf_lexicon_free(sf_lexicon *l);

/** Version and checksum of everything that decides a score, for example "0.1.0-5f3c9a": two equal ones give equal
 *  figures.
 *
 *  @param l  NULL gives "".
 *  Ownership: lives as long as the lexicon. Threads: any. Memory: none. Since: 0.1.
 */
SF_API const char *sf_lexicon_id(const sf_lexicon *l);

/** A platform's usual pace: what trending measures against. */
typedef struct sf_baseline {
    double v0;          /**< points a second: median smoothed rate of posts older than an hour */
    double s50;         /**< points: median score */
    double half_life_s; /**< seconds in which recency halves */
    double rising_at;   /**< multiple of v0 at which the platform's top decile starts */
    double reserved[4]; /**< 0; the size of this struct is frozen */
} sf_baseline;

/** The baseline of a platform.
 *
 *  @param l         NULL means the built-in one.
 *  @param platform  an sf_platform; for SF_PLATFORM_UNKNOWN and any other number a cautious guess.
 *  @return a copy, never with zeros.
 *  Threads: any. Memory: none. Since: 0.1.
 */
SF_API sf_baseline sf_lexicon_baseline(const sf_lexicon *l, int32_t platform);

#ifdef __cplusplus
}
#endif
#endif
