/* SPDX-License-Identifier: MIT */
/* Which version was built, and what it holds to. */
#include "signalflow/version.h"

#define TEXT_OF(x) #x
#define TEXT(x)    TEXT_OF(x)

int32_t sf_version(void)
{
    return SF_VERSION_NUMBER;
}

const char *sf_version_string(void)
{
    return TEXT(SF_VERSION_MAJOR) "." TEXT(SF_VERSION_MINOR) "." TEXT(SF_VERSION_PATCH);
}

const char *sf_features(void)
{
    return "vader=3.3.2 signal=1 unicode=14.0.0";
}
