/* SPDX-License-Identifier: MIT */
/* A filter for pipes: signals as lines of JSON come in, those that are negative go out, with all that analysis adds. Memory does
 * not grow with the stream. A line that is no signal is told on stderr, and the exit code is 1 then.
 *
 *     $ printf '{"platform":"reddit","source_id":"t3_%d","title":"%s"}\n' 1 "Great release" 2 "Terrible release" |
 *     >     pipe_filter -0.4 | cut -d , -f 2-3
 *     "platform":"reddit","source_id":"t3_2"
 */
#define _POSIX_C_SOURCE 200809L /* getline */
#include <signalflow/signalflow.h>
#include <stdio.h>
#include <stdlib.h>

typedef struct filter {
    sf_analyser *analyser;
    sf_batch *batch;
    char *out; /* a line on its way out */
    size_t room;
    double most; /* the highest compound that passes */
} filter;

static int write_signal(filter *f, const sf_signal *s)
{
    int64_t needed = sf_signal_json(s, f->out, f->room);
    if (needed >= (int64_t)f->room) {
        size_t room = 2 * (size_t)needed + 1;
        char *out = (char *)realloc(f->out, room);
        if (out == NULL) {
            return SF_ENOMEM;
        }
        f->out = out;
        f->room = room;
        needed = sf_signal_json(s, f->out, f->room);
    }
    return needed >= 0 && puts(f->out) >= 0 ? SF_OK : SF_EIO;
}

/* One line; a negative status when it is no signal, or could not be worked on. */
static int filter_line(filter *f, sf_str line, sf_error *err)
{
    sf_batch_reset(f->batch);
    int64_t index = sf_batch_add_json(f->batch, line, err);
    if (index < 0) {
        return (int)index;
    }
    int64_t done = sf_analyse(f->analyser, f->batch, 0, SF_DO_ALL);
    const sf_signal *s = sf_batch_at(f->batch, 0);
    if (done < 0) {
        (void)snprintf(err->message, sizeof err->message, "%s", sf_strerror((int)done));
        return (int)done;
    }
    return s->sentiment.compound <= f->most ? write_signal(f, s) : SF_OK; /* NaN, of no text, does not pass */
}

int main(int argc, char **argv)
{
    filter f = {NULL, NULL, NULL, 0, argc == 2 ? strtod(argv[1], NULL) : -0.05};
    int failed = sf_analyser_new(&f.analyser, NULL) != SF_OK || sf_batch_new(&f.batch) != SF_OK;
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    for (long n = 1; f.batch != NULL && (len = getline(&line, &room, stdin)) > 0; n++) {
        sf_str text = {line, (size_t)len};
        sf_error err = {SF_OK, 0, 0, "cannot be written"};
        if (filter_line(&f, text, &err) != SF_OK) {
            fprintf(stderr, "line %ld, byte %d: %s\n", n, (int)err.offset, err.message);
            failed = 1;
        }
    }
    failed |= ferror(stdin) != 0 || fflush(stdout) != 0;
    free(line);
    free(f.out);
    sf_batch_free(f.batch);
    sf_analyser_free(f.analyser);
    return failed;
}
