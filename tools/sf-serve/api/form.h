/* SPDX-License-Identifier: MIT */
/* Fields of a request's body, be it JSON, a form or multipart, checked as the first system checked them and with its words. */
#ifndef API_FORM_H
#define API_FORM_H

#include "common/buffer.h"

enum { FORM_FIELDS = 2 };

typedef struct form {
    const char *names[FORM_FIELDS]; /* NULL ends; all are required */
    sf_str values[FORM_FIELDS];     /* trimmed */
} form;

/* Reads the fields. 0: all are there; else the status of the refusal, its JSON appended to b. Texts live in the batch. */
int form_read(form *f, sf_str type, sf_str body, sf_batch *memory, sf_buffer *b);

#endif
