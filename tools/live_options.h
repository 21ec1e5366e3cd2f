/* SPDX-License-Identifier: MIT */
/* The options of live sources, for the tables of the tools that read from them. A source reads none that is not here. */
#ifndef SF_LIVE_OPTIONS_H
#define SF_LIVE_OPTIONS_H

/* clang-format off */
#define SF_HACKERNEWS_OPTIONS \
    {"hackernews-endpoint", "URL", SF_OPTION_TEXT, "https://hacker-news.firebaseio.com", 0, 0, NULL, "hackernews: where its API is."}, \
    {"hackernews-search-endpoint", "URL", SF_OPTION_TEXT, "https://hn.algolia.com", 0, 0, NULL, "hackernews: where its search is."}, \
    {"hackernews-parallel", "N", SF_OPTION_INTEGER, "8", 1, 64, NULL, "hackernews: requests at once."}, \
    {"hackernews-rate", "N", SF_OPTION_NUMBER, "20", 0, 1e6, NULL, "hackernews: requests a second on the average; 0: as many as it answers."}

#define SF_REDDIT_OPTIONS \
    {"reddit-endpoint", "URL", SF_OPTION_TEXT, "https://oauth.reddit.com", 0, 0, NULL, "reddit: where its API is."}, \
    {"reddit-token-endpoint", "URL", SF_OPTION_TEXT, "https://www.reddit.com/api/v1/access_token", 0, 0, NULL, "reddit: where it gives out tokens."}, \
    {"reddit-client-id", "ID", SF_OPTION_SECRET, NULL, 0, 0, NULL, "reddit: the app's id."}, \
    {"reddit-client-secret", "SECRET", SF_OPTION_SECRET, NULL, 0, 0, NULL, "reddit: the app's secret."}, \
    {"reddit-username", "NAME", SF_OPTION_TEXT, NULL, 0, 0, NULL, "reddit: the account to log in as, of a script app; without it the app logs in as itself."}, \
    {"reddit-password", "PASSWORD", SF_OPTION_SECRET, NULL, 0, 0, NULL, "reddit: that account's password."}, \
    {"reddit-user-agent", "TEXT", SF_OPTION_TEXT, NULL, 0, 0, NULL, "reddit: who asks, platform:app-id:version (by /u/name); made of reddit-username where that is given."}, \
    {"reddit-rate", "N", SF_OPTION_NUMBER, "1.5", 0, 1e6, NULL, "reddit: requests a second on the average, and never more than its headers allow; 0: as those say."}

#define SF_BLUESKY_OPTIONS \
    {"bluesky-endpoint", "URL", SF_OPTION_TEXT, "https://public.api.bsky.app", 0, 0, NULL, "bluesky: where its API is."}, \
    {"bluesky-identifier", "NAME", SF_OPTION_TEXT, NULL, 0, 0, NULL, "bluesky: the account to log in as, NAME.bsky.social or a DID; without it nobody logs in."}, \
    {"bluesky-password", "PASSWORD", SF_OPTION_SECRET, NULL, 0, 0, NULL, "bluesky: an app password of that account."}, \
    {"bluesky-login-endpoint", "URL", SF_OPTION_TEXT, "https://bsky.social", 0, 0, NULL, "bluesky: where that account is; with a login all requests go there."}, \
    {"bluesky-jetstream", "URL", SF_OPTION_TEXT, "wss://jetstream2.us-east.bsky.network/subscribe", 0, 0, NULL, "bluesky: where its stream is."}, \
    {"jetstream-dict", "FILE", SF_OPTION_TEXT, NULL, 0, 0, NULL, "bluesky: the stream comes compressed by zstd with this dictionary, Jetstream's own; without it not compressed."}, \
    {"bluesky-rate", "N", SF_OPTION_NUMBER, "5", 0, 1e6, NULL, "bluesky: requests a second on the average, and never more than its headers allow; 0: as those say."}, \
    {"bluesky-track", "N", SF_OPTION_INTEGER, "100000", 0, 10000000, NULL, "bluesky: posts that are looked at again at the same time; what comes beyond is seen once."}

#define SF_YOUTUBE_OPTIONS \
    {"youtube-endpoint", "URL", SF_OPTION_TEXT, "https://www.googleapis.com", 0, 0, NULL, "youtube: where its API is."}, \
    {"youtube-key", "KEY", SF_OPTION_SECRET, NULL, 0, 0, NULL, "youtube: the API key."}, \
    {"youtube-quota", "N", SF_OPTION_INTEGER, "10000", 1, 100000000, NULL, "youtube: units a day that may be spent; a day ends at midnight in California."}

#define SF_LOBSTERS_OPTIONS \
    {"lobsters-endpoint", "URL", SF_OPTION_TEXT, "https://lobste.rs", 0, 0, NULL, "lobsters: where it is."}, \
    {"lobsters-rate", "N", SF_OPTION_NUMBER, "0.5", 0, 1e6, NULL, "lobsters: requests a second on the average; 0: as many as it answers."}
/* clang-format on */

/* What live sources read; `overlap` is the tool's default of that option. */
#define SF_LIVE_OPTIONS(overlap)                                                                                         \
    {"state",                                                                                                            \
     "DIR",                                                                                                              \
     SF_OPTION_TEXT,                                                                                                     \
     NULL,                                                                                                               \
     0,                                                                                                                  \
     0,                                                                                                                  \
     NULL,                                                                                                               \
     "Where live sources remember what they have seen; one process at a time. Without it $XDG_STATE_HOME/signalflow, "   \
     "else ~/.local/state/signalflow."},                                                                                 \
        {"overlap",                                                                                                      \
         "TIME",                                                                                                         \
         SF_OPTION_DURATION,                                                                                             \
         overlap,                                                                                                        \
         0,                                                                                                              \
         86400000,                                                                                                       \
         NULL,                                                                                                           \
         "Live sources: at the start, what was observed for so long before the last stop comes once more, in case a "    \
         "pipe lost it."},                                                                                               \
        {"once", NULL, SF_OPTION_FLAG, NULL,                                                                             \
         0,      0,    NULL,           "Live sources: does all that is due now, and ends; a stream is read up to now."}, \
        {"backfill",                                                                                                     \
         "TIME",                                                                                                         \
         SF_OPTION_TIME,                                                                                                 \
         NULL,                                                                                                           \
         0,                                                                                                              \
         0,                                                                                                              \
         NULL,                                                                                                           \
         "Live sources that start anew: also what was posted since then, as far back as the platform shows it."},        \
        {"recheck",                                                                                                      \
         "TIME",                                                                                                         \
         SF_OPTION_DURATION,                                                                                             \
         "24h",                                                                                                          \
         0,                                                                                                              \
         2592000000,                                                                                                     \
         NULL,                                                                                                           \
         "Live sources: how often posts older than 72 h are looked at, for deletes, until they are 30 days old; 0: "     \
         "no more."},                                                                                                    \
        {"authors",                                                                                                      \
         "WHAT",                                                                                                         \
         SF_OPTION_CHOICE,                                                                                               \
         "keep",                                                                                                         \
         0,                                                                                                              \
         0,                                                                                                              \
         "keep|hash|drop",                                                                                               \
         "Live sources: names of authors as they are; hashes of them, by a key that the state holds; or none. In raw "   \
         "records too."},                                                                                                \
        {"http-timeout",                                                                                                 \
         "TIME",                                                                                                         \
         SF_OPTION_DURATION,                                                                                             \
         "16s",                                                                                                          \
         10,                                                                                                             \
         600000,                                                                                                         \
         NULL,                                                                                                           \
         "Live sources: how long one request may take."},                                                                \
        SF_HACKERNEWS_OPTIONS, SF_REDDIT_OPTIONS, SF_BLUESKY_OPTIONS, SF_YOUTUBE_OPTIONS, SF_LOBSTERS_OPTIONS

#endif
