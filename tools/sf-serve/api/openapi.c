/* SPDX-License-Identifier: MIT */
/* The API's own description, as OpenAPI 3.1. */
#include "internal.h"

extern const char openapi_json[];
extern const size_t openapi_json_length;

void handle_openapi(request *r)
{
    reply_json(r, 200, (sf_str){openapi_json, openapi_json_length});
}
