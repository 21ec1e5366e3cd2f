/* SPDX-License-Identifier: MIT */
/** SignalFlow: posts in, scored and explained signals out.
 *
 *  This header includes all others; include the single ones if you prefer. The library takes bytes and returns
 *  numbers: it reads no file, no clock, no environment and no locale, starts no thread and keeps no global state.
 *
 *  ## In order of difficulty
 *
 *  1. *Plain arithmetic* needs nothing: sf_velocity(), sf_trending(), sf_clean_text().
 *
 *  2. *One text at a time* needs an analyser, which is one thread's scratch memory over a shared, immutable lexicon:
 *
 *         sf_analyser *a;
 *         sf_scores s;
 *         if (sf_analyser_new(&a, sf_lexicon_builtin()) == SF_OK) {
 *             sf_sentiment(a, sf_cstr("What a great release!"), &s);   // s.compound is 0.6588
 *             sf_analyser_free(a);
 *         }
 *
 *  3. *A stream of posts* needs a batch, an arena of signals that is filled, worked on, written, reset and reused:
 *
 *         sf_normalise(batch, SF_REDDIT, answer, now_ms, NULL, &err);     // a platform's answer -> signals
 *         sf_analyse(a, batch, 0, SF_DO_ALL);                             // sentiment, topics, keywords
 *         sf_signal_json(sf_batch_at(batch, 0), buf, sizeof buf);         // one line of NDJSON
 *
 *  ## Rules that hold everywhere
 *
 *  - Strings go in as (pointer, length): any bytes, NUL included. Invalid UTF-8 is read as U+FFFD and counted, never
 *    refused. Offsets that come out count bytes of the text that went in.
 *  - Functions return SF_OK (0), a count, or a negative sf_status; details go to an sf_error of the caller, which may
 *    always be NULL. Nothing sets errno or aborts.
 *  - Results are borrowed: they are valid until the next call on the same analyser, or as long as the batch's content.
 *  - A lexicon may be shared by all threads. A batch, an aggregator and an analyser belong to one thread at a time; a
 *    second thread that enters a busy analyser gets SF_EBUSY.
 *  - An unknown number is NaN (in JSON: null), an unknown time is SF_NO_TIME. No function makes up a 0.
 *  - Options structs start with struct_size; initialise them with their _INIT macro.
 *  - Where memory is scarce functions return SF_ENOMEM; what they work on is as it was, results are not to be read.
 *  - A pointer must not be NULL unless a comment says what NULL means. Functions that return a status notice most of such
 *    mistakes (SF_EINVAL); plain arithmetic does not look.
 *  - What holds for every function of a header (threads, memory, since when) is said once, at its top.
 */
#ifndef SIGNALFLOW_H
#define SIGNALFLOW_H

#include "signalflow/aggregate.h"
#include "signalflow/analyser.h"
#include "signalflow/entities.h"
#include "signalflow/error.h"
#include "signalflow/fit.h"
#include "signalflow/json.h"
#include "signalflow/keywords.h"
#include "signalflow/language.h"
#include "signalflow/leads.h"
#include "signalflow/lexicon.h"
#include "signalflow/normalise.h"
#include "signalflow/sentiment.h"
#include "signalflow/signal.h"
#include "signalflow/trending.h"
#include "signalflow/trends.h"
#include "signalflow/velocity.h"
#include "signalflow/version.h"

#endif
