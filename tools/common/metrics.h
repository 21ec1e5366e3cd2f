/* SPDX-License-Identifier: MIT */
/* Figures of a running program, for Prometheus: one table says what there is, and from it come what /metrics tells and
 * docs/metrics.md.
 *
 * Figures belong to the process, as its log does. Threads: any. Where nothing listens (--metrics is not given) counting costs
 * next to nothing. */
#ifndef SF_METRICS_H
#define SF_METRICS_H

#include <stdio.h>

#include "signalflow/signalflow.h"

/* In the order of the table in metrics.c. */
typedef enum sf_metric {
    SF_METRIC_READ,
    SF_METRIC_WRITTEN,
    SF_METRIC_REJECTED,
    SF_METRIC_DEAD_LETTERS, /* the same under the name that dashboards of the first system know */
    SF_METRIC_DROPPED,
    SF_METRIC_BATCHES,
    SF_METRIC_RETRIES,
    SF_METRIC_BATCH_SIZE,
    SF_METRIC_FLUSH_SECONDS,
    SF_METRIC_STORE_SECONDS,
    SF_METRIC_AGE_OBSERVED, /* observed - created */
    SF_METRIC_AGE_STORED,   /* stored - observed */
    SF_METRIC_LAG,          /* by topic and partition */
    SF_METRIC_REBALANCES,
    SF_METRIC_TAKEN_OVER,
    SF_METRIC_REQUESTS, /* of live sources: by source and status, 0 where there was no answer */
    SF_METRIC_BUDGET,
    SF_METRIC_STALLS,
    SF_METRIC_UP,
    SF_METRIC_GAPS,
    SF_METRIC_SEEN,
    SF_METRIC_TRACKED,
    SF_METRIC_LOOKS,
    SF_METRIC_LOOKS_LATE,
    SF_METRIC_LOOKS_GIVEN_UP,
    SF_METRIC_LOOK_LATENESS,
    SF_METRIC_LIVE_CLIENTS,
    SF_METRIC_LIVE_MESSAGES,
    SF_METRIC_LIVE_DELIVERIES,
    SF_METRIC_LIVE_BYTES,
    SF_METRIC_LIVE_CONFLATED,
    SF_METRIC_LIVE_DROPPED,
    SF_METRIC_LIVE_RESETS,
    SF_METRIC_LIVE_TOO_SLOW,
    SF_METRIC_LIVE_EXPIRED,
    SF_METRIC_LIVE_SECONDS,  /* published - sent to all */
    SF_METRIC_HTTP_REQUESTS, /* by status */
    SF_METRIC_HTTP_SECONDS,
    SF_METRIC_HTTP_KEPT,
    SF_METRIC_HTTP_CONNECTIONS,
    SF_METRIC_LOGINS_REFUSED,
    SF_METRIC_GATHERED, /* by sf-archive, as the two that follow */
    SF_METRIC_FILES,
    SF_METRIC_FILE_BYTES,
    SF_METRIC_CYCLES, /* by sf-aggregate, as the four that follow */
    SF_METRIC_CYCLE_SECONDS,
    SF_METRIC_CYCLE_WINDOWS,
    SF_METRIC_CYCLE_ENDED,
    SF_METRIC_REPLICA_LAG,
    SF_METRIC_READY,
    SF_METRIC_MEMORY,
    SF_METRIC_START,
    SF_METRIC_BUILD,
    SF_METRIC_COUNT
} sf_metric;

/* Counters, gauges and histograms; a metric is of one kind, and asking otherwise is a bug. */
void sf_metric_add(sf_metric m, double by);
void sf_metric_set(sf_metric m, double value);
void sf_metric_observe(sf_metric m, double value);

/* Series of a metric that is told by partition or by topic (partition -1), or by what else the table says: a source, a status. */
void sf_metric_add_of(sf_metric m, const char *topic, int32_t partition, double by);
void sf_metric_set_of(sf_metric m, const char *topic, int32_t partition, double value);
void sf_metric_forget(sf_metric m,
                      const char *topic); /* its series of this topic: partitions that have gone are not told of */

/* Is it counted at all? For figures that take work to find. */
int sf_metrics_on(void);

/* What /ready says: for as long as anyone (told by an address of its own, never read) has a reason, it is not. NULL takes the
 * reason back. A partition that has lag and does not get on for a minute is found out without being told. */
void sf_metrics_not_ready(const void *who, const char *why);

/* Records of this partition are safe. */
void sf_metrics_got_on(const char *topic, int32_t partition);

/* Listens on HOST:PORT (":8000": on loopback) and answers GET /metrics, /ready (200 or 503) and /health (200). SF_OK,
 * SF_EINVAL, SF_EIO. */
int sf_metrics_listen(const char *address, sf_error *err);
void sf_metrics_close(void);

/* The answer to a request as it stands on the wire; the caller frees it. NULL: no memory. For the listener, and for tests. */
char *sf_metrics_answer(sf_str request, size_t *len);

/* docs/metrics.md. */
void sf_metrics_print_markdown(FILE *f);

#endif
