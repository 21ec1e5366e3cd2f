/* SPDX-License-Identifier: MIT */
/** The language of a text: by its script, and by its words where languages share one. */
#ifndef SIGNALFLOW_LANGUAGE_H
#define SIGNALFLOW_LANGUAGE_H

#include "signalflow/analyser.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Tells the language of a text.
 *
 *  @param text  any bytes; its first 60 words or so decide.
 *  @param out   BCP 47: "en", "ja", ...; "und" for what is too short, too mixed or of no language that the lexicon knows.
 *               Static or the lexicon's, with a NUL behind it.
 *  @return SF_OK; SF_EBUSY, SF_EINVAL (NULL), SF_ETOOBIG (text of 2^30 bytes or more), SF_ENOMEM.
 *  Threads: one at a time an analyser. Memory: none once warm. Since: 0.1.
 */
SF_API int sf_language(sf_analyser *a, sf_str text, sf_str *out);

#ifdef __cplusplus
}
#endif
#endif
