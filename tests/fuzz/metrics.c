/* SPDX-License-Identifier: MIT */
/* Any bytes as a request to the listener of figures: the answer is HTTP, with as many bytes as it says. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *request = malloc(size + 1); /* of its own, so that reading past it is seen */
    size_t len = 0;
    if (request == NULL) {
        return 0;
    }
    memcpy(request, data, size);
    char *answer = sf_metrics_answer((sf_str){request, size}, &len);
    if (answer == NULL || strncmp(answer, "HTTP/1.1 ", 9) != 0) {
        abort();
    }
    const char *length = strstr(answer, "Content-Length: "), *body = strstr(answer, "\r\n\r\n");
    if (length == NULL || body == NULL || strlen(body + 4) != strtoul(length + 16, NULL, 10) || strlen(answer) != len) {
        abort();
    }
    free(answer);
    free(request);
    return 0;
}
