/* SPDX-License-Identifier: MIT */
/* Reads signals as lines of JSON and writes each as the library does, or "!" and why it was refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signalflow/signalflow.h"

static void echo(sf_batch *b, sf_str line)
{
    sf_error err = {0};
    int64_t i = sf_batch_add_json(b, line, &err);
    if (i < 0) {
        printf("!%s\n", err.message);
        return;
    }
    const sf_signal *s = sf_batch_at(b, (size_t)i);
    int64_t len = sf_signal_json(s, NULL, 0);
    char *text = sf_batch_alloc(b, (size_t)len + 1);
    if (text == NULL || sf_signal_json(s, text, (size_t)len + 1) != len) {
        abort();
    }
    puts(text);
}

int main(void)
{
    static char line[2 * SF_MAX_RECORD];
    sf_batch *b = NULL;
    if (sf_batch_new(&b) != SF_OK) {
        return 1;
    }
    while (fgets(line, sizeof line, stdin) != NULL) {
        echo(b, (sf_str){line, strcspn(line, "\n")});
        sf_batch_reset(b);
    }
    sf_batch_free(b);
    return 0;
}
