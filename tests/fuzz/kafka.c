/* SPDX-License-Identifier: MIT */
/* Any bytes as a kafka: URL; and, line by line ("name=value"), as the headers of a dead letter. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "transport/kafka_conf.h"
#include "transport/kafka_letters.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_place(const char *text)
{
    static const char *const known[] = {SF_KAFKA_KEYS, "group", "until", NULL};
    sf_url url;
    sf_kafka_place place;
    char letters[64];
    if (sf_url_parse(text, &url, NULL) != SF_OK) {
        return;
    }
    if (sf_kafka_place_read(&place, &url, known, NULL) == SF_OK) {
        if (place.brokers[0] == '\0' || strchr(place.brokers, '@') != NULL) {
            abort();
        }
        (void)sf_kafka_letters_url(&place, letters, sizeof letters);
        sf_kafka_place_free(&place);
    }
    sf_url_free(&url);
}

static void read_letter(char *text, sf_batch *memory)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    sf_kafka_names names = {NULL, NULL};
    sf_record r = {.at = {.origin = "t.dlq", .partition = 0}};
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        char *value = strchr(line, '=');
        if (value != NULL) {
            *value++ = '\0';
        }
        (void)rd_kafka_header_add(headers, line, -1, value, value != NULL ? -1 : 0);
    }
    if (sf_kafka_letter_read(headers, "t.dlq", &names, memory, &r) != SF_OK || r.at.origin == NULL ||
        r.at.partition < -1 || r.at.offset < 0 || r.attempts < 0) {
        abort();
    }
    sf_kafka_names_free(&names);
    rd_kafka_headers_destroy(headers);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    sf_batch *memory = NULL;
    if (text != NULL && sf_batch_new(&memory) == SF_OK) {
        memcpy(text, data, size);
        text[size] = '\0';
        read_place(text);
        read_letter(text, memory);
    }
    sf_batch_free(memory);
    free(text);
    return 0;
}
