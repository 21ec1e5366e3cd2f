/* SPDX-License-Identifier: MIT */
/* The gazetteer: names of things, and words that tell what kind of thing a name beside them is.
 *
 * The dict `names` is a trie laid out flat: a name's key is its folded tokens with one space between (text/tokens.h), and
 * every shorter beginning of it is an entry as well, marked SF_NAME_GOES_ON. A reader walks on, token by token, as long as
 * the entry it stands on goes on; it looks at no more tokens than the longest name has, however many names there are. */
#ifndef SF_NAMES_H
#define SF_NAMES_H

#include "lexicon/lexicon.h"

typedef enum sf_label {
    SF_LABEL_NONE, /* no entity: the table says so of days, months, demonyms, greetings */
    SF_LABEL_PER,
    SF_LABEL_LOC,
    SF_LABEL_ORG,
    SF_LABEL_PROD,
    SF_LABEL_WORK,
    SF_LABEL_EVENT,
    SF_LABEL_MISC,
    SF_LABEL_OWN, /* a label of the user's own: see sf_name_label() */
    SF_LABEL_COUNT
} sf_label;

enum {
    SF_NAME_LABEL = 0xF,          /* bits of the sf_label of a name */
    SF_NAME_FULL = 1 << 4,        /* a name ends here: label and text are set */
    SF_NAME_GOES_ON = 1 << 5,     /* longer names start like this */
    SF_NAME_ANY_CASE = 1 << 6,    /* the table has it in lower case: it is one however it is written */
    SF_NAME_EXACT = 1 << 7,       /* the table has it with "=": it must have capitals where the table has them */
    SF_NAME_GIVEN = 1 << 8,       /* people's first names */
    SF_NAME_FAMILY = 1 << 9,      /* people's last names */
    SF_NAME_TITLE = 1 << 10,      /* stands before people: Dr, President */
    SF_NAME_ORG_WORD = 1 << 11,   /* ends names of organisations: Inc, University, FC */
    SF_NAME_LOC_WORD = 1 << 12,   /* ends or starts names of places: Street, Lake */
    SF_NAME_WORK_WORD = 1 << 13,  /* Chronicles, Symphony */
    SF_NAME_PROD_WORD = 1 << 14,  /* Pro, Edition */
    SF_NAME_EVENT_WORD = 1 << 15, /* Festival, Cup */
    SF_NAME_PEOPLE = 1 << 16,     /* peoples, religions, languages: Japanese */
    SF_NAME_PHRASE = 1 << 18,     /* no name, but a topic: interest rates; the entry's text is its id */
    SF_NAME_POSSESSIVE = 1 << 19, /* 's may stand behind it in longer names: New Year's Eve */
    SF_NAME_CODE_WORD = 1 << 20,  /* of those who write programs: method, null */
    SF_NAME_OWN = 1 << 17         /* of a table of the user's: it is one, whatever the rules say */
};

/* The label of a full name as text. Labels of the user's own stand in the entry's text, before a NUL and the id. */
sf_str sf_name_label(const sf_dict *names, const sf_dict_entry *e);

/* The id that mentions of a full name are counted by: its canonical form in lower case. */
sf_str sf_name_id(const sf_dict *names, const sf_dict_entry *e);

/* "PER", "LOC", ...; "MISC" for SF_LABEL_NONE and SF_LABEL_OWN. Static. */
sf_str sf_label_name(sf_label label);

#endif
