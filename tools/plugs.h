/* SPDX-License-Identifier: MIT */
/* The tables of schemes: what every tool can open. They stand above the plugs, so that tools/common depends on none. */
#ifndef SF_PLUGS_H
#define SF_PLUGS_H

#include "common/store.h"

/* Each ends with NULL. */
extern const sf_source_ops *const sf_sources[];
extern const sf_sink_ops *const sf_sinks[];
extern const sf_sink_ops *const sf_archive_sinks[];     /* what sf-archive's --to takes */
extern const sf_sink_ops *const sf_dead_letter_sinks[]; /* what --dlq takes */
extern const sf_store_ops *const sf_stores[];           /* what --store takes */

#endif
