/* SPDX-License-Identifier: MIT */
/* Platforms that number their posts in the order in which they are made: Hacker News, Reddit. A post with a higher number
 * that was seen at some time tells that this one existed by then. */
#ifndef SF_ID_ORDER_H
#define SF_ID_ORDER_H

#include "signalflow/signalflow.h"

/* The number that an id stands for, > 0 and < 2^63; 0 where ids of its kind are not given out in order. */
int64_t sf_id_number(int32_t platform, sf_str id);

#endif
