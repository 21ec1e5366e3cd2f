/* SPDX-License-Identifier: MIT */
/* The replay source from within: an index of all moments in recorded files, in order of observation time.
 *
 * Memory: 56 bytes a line and 32 bytes a moment, in order to sort them. The files themselves are mapped, unzipped copies and
 * what was made of API answers lie in unlinked temporary files: the system may drop those pages at any time. */
#ifndef SF_REPLAY_H
#define SF_REPLAY_H

#include "archive/place.h"
#include "common/mapped.h"
#include "common/record.h"

/* A line of a file, or a child of an API answer. */
typedef struct sf_replay_line {
    sf_str raw;      /* the bytes as they came */
    uint64_t made;   /* where in `spool` stands what was made of it: a signal's JSON, or an sf_error */
    uint32_t length; /* of that */
    uint32_t file;   /* index */
    int64_t ts_ms;   /* of a trajectory: creation time as its text says */
    uint32_t number; /* 1-based line */
    uint32_t text;   /* of a trajectory: the line that has its text; SF_REPLAY_NONE */
    uint8_t form;    /* an sf_replay_form */
    uint8_t later;   /* 1: another line holds the first sight of this post */
    uint8_t no_time; /* 1: has no time of its own */
} sf_replay_line;

#define SF_REPLAY_NONE UINT32_MAX

typedef enum sf_replay_form {
    SF_REPLAY_POST,       /* raw is a recorded post */
    SF_REPLAY_TRAJECTORY, /* raw is a trajectory */
    SF_REPLAY_SIGNAL,     /* raw is a signal */
    SF_REPLAY_ANSWER,     /* made is a signal */
    SF_REPLAY_REFUSED     /* made is the sf_error that says why */
} sf_replay_form;

/* One observation. */
typedef struct sf_replay_moment {
    int64_t ms;
    double score, comments; /* of a trajectory */
    uint32_t line;
    uint32_t step; /* of a trajectory: 0, 1, 2 ... */
} sf_replay_moment;

typedef struct sf_replay_file {
    char *path;
    int32_t platform; /* whose API answers it holds; SF_PLATFORM_UNKNOWN: posts, trajectories, signals */
    sf_mapped mapped;
    int archived; /* an archive's file: its lines are in the spool alone */
} sf_replay_file;

typedef struct sf_replay_index {
    sf_replay_file *files;
    size_t n_files, cap_files;
    sf_place **places; /* archives */
    size_t n_places;
    sf_replay_line *lines;
    size_t n_lines, cap_lines;
    sf_replay_moment *moments;
    size_t n_moments, cap_moments;
    sf_batch *scratch; /* what is read while the index is made */
    FILE *spool;       /* what was made of lines: signals of API answers, errors; NULL: nothing yet */
    uint64_t spooled;  /* bytes in it */
    sf_mapped made;    /* the spool, once the index is complete */
    int64_t run_ms;    /* for what has no time at all */
    int64_t read_ms;   /* when API answers were read; SF_NO_TIME: unknown */
    int64_t shift_to;  /* what the newest moment becomes; SF_NO_TIME: what it is */
    int64_t shift;     /* milliseconds that all times move by */
    uint64_t skipped;  /* children of API answers that are no posts */
    uint64_t joined;   /* posts whose observation a trajectory holds as well */
} sf_replay_index;

/* Adds a file; sf_replay_index_make() reads it. SF_OK, SF_EIO when it cannot be read, SF_ENOMEM. */
int sf_replay_index_file(sf_replay_index *x, const char *path, int32_t platform, sf_error *err);

/* Reads all files and sorts their moments. SF_OK, SF_EIO, SF_ENOMEM; SF_EVERSION for a signal that is newer than this
 * program; SF_EEND when a stop was asked for meanwhile. */
int sf_replay_index_make(sf_replay_index *x, sf_error *err);

void sf_replay_index_free(sf_replay_index *x);

/* Makes the record of moment i, which is its place in time. SF_OK, SF_ENOMEM. */
int sf_replay_record(const sf_replay_index *x, size_t i, sf_records *b);

/* Adds an archive (sf-archive's files); sf_replay_index_make() reads them. The place is the index's, whatever comes of it. */
int sf_replay_index_archive(sf_replay_index *x, sf_place *place, sf_error *err);

/* ---- how the index is made ---- */

/* All files of an archive (replay_archive.c). */
int sf_replay_archive(sf_replay_index *x, sf_place *place, sf_error *err);

/* A file of API answers: one, or one a line (replay_answers.c). */
int sf_replay_answers(sf_replay_index *x, uint32_t file, sf_error *err);

/* Trajectories get the texts of the posts that were given along with them (replay_join.c). */
int sf_replay_join(sf_replay_index *x);

/* Adds a line, then its moments. NULL when memory is scarce; the pointer is good until the next. */
sf_replay_line *sf_replay_add_line(sf_replay_index *x, sf_replay_form form, uint32_t file, sf_str raw, uint32_t number);
int sf_replay_add_moment(sf_replay_index *x, int64_t ms, double score, double comments, uint32_t step);
int sf_replay_add_signal(sf_replay_index *x, sf_replay_line *l, const sf_signal *s);

/* Adds a line that cannot be read, and its moment. */
int sf_replay_add_refused(sf_replay_index *x, uint32_t file, sf_str raw, uint32_t number, const sf_error *why,
                          sf_error *err);

/* The entry for a further file. SF_OK, SF_ENOMEM. */
int sf_replay_add_file(sf_replay_index *x, const char *path, int32_t platform);

/* Puts a signal's JSON where the line finds it again. */
int sf_replay_spool_signal(sf_replay_index *x, sf_replay_line *l, const sf_signal *s, sf_error *err);

/* Takes the next line off the rest, without its end. 1, or 0 at the end. */
int sf_replay_next_line(sf_str *rest, sf_str *line);
int sf_replay_is_blank(sf_str line);

#endif
