/* SPDX-License-Identifier: MIT */
/** Which SignalFlow this is, at compile time and at run time. */
#ifndef SIGNALFLOW_VERSION_H
#define SIGNALFLOW_VERSION_H

#include <stddef.h>
#include <stdint.h>

#define SF_VERSION_MAJOR  0
#define SF_VERSION_MINOR  1
#define SF_VERSION_PATCH  0
#define SF_VERSION_NUMBER (SF_VERSION_MAJOR * 10000 + SF_VERSION_MINOR * 100 + SF_VERSION_PATCH)

/** Marks what the shared library exports; everything else is hidden. */
#define SF_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/** The version of the library that is loaded; compare with SF_VERSION_NUMBER of the headers.
 *
 *  @return MAJOR * 10000 + MINOR * 100 + PATCH.
 *  Threads: any. Memory: none. Since: 0.1.
 */
SF_API int32_t sf_version(void);

/** The same as text, for example "0.1.0".
 *
 *  @return never NULL.
 *  Ownership: static. Threads: any. Memory: none. Since: 0.1.
 */
SF_API const char *sf_version_string(void);

/** What this build holds to, where a version does not tell: "vader=3.3.2 signal=1 unicode=14.0.0" and, in later versions,
 *  more such words behind. `vader`: the vaderSentiment whose figures sentiment has; `signal`: the "v" of the JSON it
 *  writes, and the highest it reads; `unicode`: the character data that case, letters and marks are told by.
 *
 *  Which functions there are tells the linker, which platforms sf_platform_name(), which tables sf_lexicon_load().
 *
 *  @return words with one space between them; never NULL.
 *  Ownership: static. Threads: any. Memory: none. Since: 0.1.
 */
SF_API const char *sf_features(void);

#ifdef __cplusplus
}
#endif
#endif
