/* SPDX-License-Identifier: MIT */
/* Connections to Redis by URL, redis://[USER@]HOST[:PORT][/DB]; the password comes from the environment: SF_REDIS_PASSWORD. A context belongs to one
 * thread at a time. */
#ifndef SF_REDIS_H
#define SF_REDIS_H

#include <hiredis/hiredis.h>

#include "url.h"

#define SF_REDIS_CHANNEL       "asgi:group:posts_feed"   /* where signals are published, as the first system named it */
#define SF_REDIS_LAYER_CHANNEL "asgi__group__posts_feed" /* where its own channel layer did */

typedef struct sf_redis_place {
    char host[256], user[64], channel[128];
    int port, db;
    int for_channels; /* ?form=channels: messages are as the pubsub layer of channels_redis has them */
} sf_redis_place;

/* Reads a URL; ?channel=NAME and ?form=json|channels are known. SF_OK, SF_EINVAL. */
int sf_redis_place_read(sf_redis_place *p, const sf_url *url, sf_error *err);

/* Connects, logs in, selects the database; each step and each later command may take timeout_ms. SF_OK; SF_EAGAIN: it is away; SF_EIO: it refuses;
 * SF_ENOMEM. */
int sf_redis_connect(redisContext **out, const sf_redis_place *p, int timeout_ms, sf_error *err);

#endif
