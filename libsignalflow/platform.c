/* SPDX-License-Identifier: MIT */
/* The names of platforms and kinds. */
#include "signalflow/signal.h"

static const char *const platforms[SF_PLATFORM_COUNT] = {"unknown", "reddit",  "hackernews",
                                                         "bluesky", "youtube", "lobsters"};

const char *sf_platform_name(int32_t platform)
{
    return platforms[platform > 0 && platform < SF_PLATFORM_COUNT ? platform : SF_PLATFORM_UNKNOWN];
}

int32_t sf_platform_from_name(sf_str name)
{
    for (int32_t i = 1; i < SF_PLATFORM_COUNT; i++) {
        if (strlen(platforms[i]) == name.len && memcmp(platforms[i], name.ptr, name.len) == 0) {
            return i;
        }
    }
    return SF_PLATFORM_UNKNOWN;
}

const char *sf_kind_name(int32_t kind)
{
    static const char *const kinds[] = {"post", "comment", "refresh", "delete"};
    return kind >= SF_POST && kind <= SF_DELETE ? kinds[kind] : "unknown";
}
