/* SPDX-License-Identifier: MIT */
/** Named entities, and the topics they make: rule-based, deterministic, explained. */
#ifndef SIGNALFLOW_ENTITIES_H
#define SIGNALFLOW_ENTITIES_H

#include "signalflow/analyser.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Finds the named things of a text.
 *
 *  @param text  any bytes.
 *  @param out   the entities by start, never overlapping, SF_MAX_ENTITIES at most; borrowed until the next call on the
 *               analyser. Their text points into `text`, label and id live as long as that call's results.
 *  @return the count; SF_EBUSY, SF_EINVAL (NULL), SF_ETOOBIG (text of 2^30 bytes or more), SF_ENOMEM.
 *  Threads: one at a time an analyser. Memory: none once warm. Since: 0.1.
 */
SF_API int64_t sf_entities(sf_analyser *a, sf_str text, const sf_entity **out);

/** The topics of entities: their ids, unique, in order of first appearance, SF_MAX_TOPICS at most.
 *
 *  @param entities  may be NULL when n is 0.
 *  @param n         how many.
 *  @param out       room for SF_MAX_TOPICS.
 *  @return the count; never an error.
 *  Ownership: the strings are those of the entities. Threads: any. Memory: none. Since: 0.1.
 */
SF_API int64_t sf_topics(const sf_entity *entities, size_t n, sf_str out[SF_MAX_TOPICS]);

/** The topics of a text: the ids of its names, and terms that are no names but what texts are about ("interest rates", from
 *  rows of label `phrase`), unique, by first appearance, SF_MAX_TOPICS at most; where there is neither, two or three nouns in a row of the
 *  first line of an English text ("cloud migration"). What sf_analyse() puts into a signal.
 *
 *  @param text  any bytes.
 *  @param out   room for SF_MAX_TOPICS; borrowed until the next call on the analyser.
 *  @return the count; SF_EBUSY, SF_EINVAL (NULL), SF_ETOOBIG, SF_ENOMEM.
 *  Threads: one at a time an analyser. Memory: none once warm. Since: 0.1.
 */
SF_API int64_t sf_text_topics(sf_analyser *a, sf_str text, sf_str out[SF_MAX_TOPICS]);

/** The entities of n texts that lie in one buffer: text i is utf8[offsets[i] .. offsets[i+1]), as in an Arrow large_string
 *  column; its entities are (*out)[rows[i] .. rows[i+1]), as in an Arrow list column, by start, and offsets in them count
 *  bytes of that text.
 *
 *  @param b        takes the entities, and copies of their labels and ids; what it holds already stays.
 *  @param utf8     may be NULL where all texts are empty. Entities' texts point into it.
 *  @param offsets  n + 1 of them, in bytes, not decreasing; may be NULL when n is 0.
 *  @param n        0 gives no entities.
 *  @param rows     n + 1 of them, filled in.
 *  @param out      set on success, else untouched.
 *  @param reasons  NULL, or set on success to one text an entity, as sf_entity_reason() gives it.
 *  @return n; SF_EINVAL when offsets decrease or are negative, and as sf_entities().
 *  Ownership: the entities live in b. Threads: one at a time an analyser and a batch. Memory: the batch's, up to four times what
 *  the entities take; none once both are warm. Since: 0.1.
 */
SF_API int64_t sf_entities_column(sf_analyser *a, sf_batch *b, const char *utf8, const int64_t *offsets, size_t n,
                                  int64_t *rows, const sf_entity **out, const char *const **reasons);

/** The topics of n texts that lie in one buffer, laid out as for sf_entities_column(): each as sf_text_topics() gives them.
 *
 *  @param out  set on success, else untouched.
 *  @return as sf_entities_column().
 *  Ownership: the topics live in b. Threads: one at a time an analyser and a batch. Memory: the batch's, up to four times what the
 *  topics take; none once both are warm. Since: 0.1.
 */
SF_API int64_t sf_text_topics_column(sf_analyser *a, sf_batch *b, const char *utf8, const int64_t *offsets, size_t n,
                                     int64_t *rows, const sf_str **out);

/** Why an entity was found: the rule's name and its evidence in a few words, e.g. "gazetteer" or "capitalised run".
 *
 *  @param a  NULL gives "".
 *  @param i  index in the result of the last sf_entities() call on this analyser.
 *  @return English, "" when i is past the end.
 *  Ownership: static. Threads: one at a time an analyser. Memory: none. Since: 0.1.
 */
SF_API const char *sf_entity_reason(const sf_analyser *a, size_t i);

#define SF_MAX_EVIDENCE 24

/** One thing that speaks for a name, or against it. */
typedef struct sf_evidence {
    sf_str rule;   /**< as rules.tsv has it, "word-1=in", "name=LOC,alone share=15"; or the row of the gazetteer */
    double weight; /**< for what the token was taken for, against being no part of a name; 0: a row of the gazetteer */
    uint32_t start, end;  /**< bytes of the token, or of the name */
    uint32_t reserved[4]; /**< 0; the size of this struct is frozen */
} sf_evidence;

/** Why a name of a text was found: the weighted rules that it met and its row of the gazetteer, the heaviest first.
 *
 *  @param text  any bytes; analysed anew, as sf_entities() does.
 *  @param i     index of the entity.
 *  @param out   SF_MAX_EVIDENCE at most; borrowed until the next call on the analyser.
 *  @return the count, 0 when i is past the end; for what neither weights nor rows gave (a form, a pattern) 1: its
 *          sf_entity_reason(); SF_EBUSY, SF_EINVAL (NULL), SF_ETOOBIG, SF_ENOMEM.
 *  Threads: one at a time an analyser. Memory: none once warm. Since: 0.1.
 */
SF_API int64_t sf_entities_explain(sf_analyser *a, sf_str text, size_t i, const sf_evidence **out);

#ifdef __cplusplus
}
#endif
#endif
