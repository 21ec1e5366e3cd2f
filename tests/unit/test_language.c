/* SPDX-License-Identifier: MIT */
/* Which language a text is told to be of, and what that means for cover and signals. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"

static sf_analyser *a;

static const char *language(const char *text)
{
    sf_str out = {NULL, 0};
    assert_int_equal(sf_language(a, sf_cstr(text), &out), SF_OK);
    assert_int_equal(strlen(out.ptr), out.len);
    return out.ptr;
}

static void languages(void **state)
{
    static const struct {
        const char *language, *text;
    } known[] = {
        {"en", "The government wants to pass a new law in autumn, and that is good news for all of us."},
        {"de", "Die Regierung will im Herbst ein neues Gesetz vorlegen, und das ist eine gute Nachricht."},
        {"fr", "Le gouvernement veut présenter une nouvelle loi cet automne, et c'est une bonne nouvelle."},
        {"es", "El gobierno quiere presentar una nueva ley este otoño, y eso es una buena noticia para todos."},
        {"it", "Il governo vuole presentare una nuova legge questo autunno, e questa è una buona notizia."},
        {"pt", "O governo quer apresentar uma nova lei neste outono, e isso é uma boa notícia para todos."},
        {"nl", "De regering wil dit najaar een nieuwe wet voorstellen en dat is goed nieuws voor iedereen."},
        {"pl", "Rząd chce przedstawić nową ustawę tej jesieni i to jest dobra wiadomość dla wszystkich."},
        {"tr", "Hükümet bu sonbaharda yeni bir yasa çıkarmak istiyor ve bu herkes için iyi bir haber."},
        {"sv", "Regeringen vill lägga fram en ny lag i höst, och det är goda nyheter för alla människor."},
        {"ru", "Правительство хочет принять новый закон этой осенью, и это хорошая новость для всех."},
        {"uk", "Уряд хоче ухвалити новий закон цієї осені, і це добра новина для всіх людей."},
        {"ar", "تريد الحكومة تقديم قانون جديد هذا الخريف وهذا خبر جيد للجميع"},
        {"fa", "دولت می‌خواهد امسال قانون تازه‌ای را برای مردم"
               " ارائه کند که خوب است"},
        {"hi", "सरकार इस शरद ऋतु में एक नया कानून लाना चाहती है और यह सभी के लिए अच्छी खबर है"},
        {"el", "Η κυβέρνηση θέλει να παρουσιάσει έναν νέο νόμο"},
        {"he", "הממשלה רוצה להציג חוק חדש בסתיו"},
        {"ja", "政府は今年の秋に新しい法律を提出したいと考えています"},
        {"zh", "政府希望在今年秋天提出一项新的法律"},
        {"ko", "정부는 올 가을에 새로운 법을 제출하려고 합니다"},
        {"th", "รัฐบาลต้องการเสนอกฎหมายใหม่ในฤดูใบไม้ร่วงนี้"},
        {"und", "IBM"},
        {"und", "12 34 :) \xF0\x9F\x98\x80 @you https://example.org/the/and/of"},
        {"und", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(language(known[i].text), known[i].language) != 0) {
            print_error("%s: %s\n", language(known[i].text), known[i].text);
            fail();
        }
    }
}

/* A kind that is a language's code takes a text in it. */
static void a_language_of_ones_own(void **state)
{
    static const char text[] = "La suno brilas kaj la birdoj kantas en la arboj apud nia domo. Mi legas libron pri la "
                               "historio de la mondo, sed mia "
                               "frato preferas ludi per sia nova pilko. Hieraŭ ni veturis al la urbo, kie ni aĉetis "
                               "panon, fromaĝon kaj kelkajn "
                               "pomojn por la tuta familio. Kiam vi venos al ni, ni kune promenos laŭ la rivero kaj "
                               "parolos pri ĉio, kion ni vidis "
                               "dum la pasinta jaro. Ŝi diris, ke ŝi ne povas veni, ĉar ŝi devas labori ĝis la "
                               "vespero. La infanoj lernas novajn "
                               "vortojn ĉiutage kaj demandas multajn aferojn, kiujn eĉ la instruisto ne ĉiam scias. En "
                               "la vintro la tagoj estas "
                               "mallongaj kaj malvarmaj, tamen en la somero oni povas naĝi en la lago. Mi ĝojas, ke vi "
                               "skribis al mi tiun longan "
                               "leteron, kaj mi tuj respondos al ĉiuj viaj demandoj. Kie estas la stacidomo, kaj kiom "
                               "kostas la bileto al la ĉefurbo? "
                               "La registaro volas konstrui novan ponton, sed multaj homoj opinias, ke la malnova "
                               "sufiĉas. Bonvolu fermi la pordon, "
                               "ĉar la vento estas forta kaj la kato volas eliri. Mia avino ofte rakontis al ni "
                               "fabelojn antaŭ ol ni endormiĝis.";
    static const char other[] = "Nia najbaro havas grandan ĝardenon, kie kreskas multaj floroj kaj legomoj";
    sf_lexicon_table t = {"eo", "esperanto.txt", {text, sizeof text - 1}};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_lexicon *l = NULL;
    sf_analyser *own = NULL;
    sf_analyser *before = a;
    sf_error err = {0};
    (void)state;
    o.tables = &t;
    o.n_tables = 1;
    assert_string_not_equal(language(other), "eo");
    assert_int_equal(sf_lexicon_load(&l, &o, NULL), SF_OK);
    assert_int_equal(sf_analyser_new(&own, l), SF_OK);
    a = own;
    assert_string_equal(language(other), "eo");
    assert_string_equal(language("El gobierno quiere presentar una nueva ley este otoño y es una buena noticia"), "es");
    assert_string_equal(language("The government wants to pass a new law in autumn"), "en");
    a = before;
    sf_analyser_free(own);
    sf_lexicon_free(l);
    t.data = sf_cstr("La suno brilas");
    assert_int_equal(sf_lexicon_load(&l, &o, &err), SF_EPARSE);
    t.kind = "eo-";
    assert_int_equal(sf_lexicon_load(&l, &o, &err), SF_EINVAL);
}

static void what_another_language_says_is_not_covered(void **state)
{
    double cover = NAN;
    (void)state;
    assert_int_equal(sf_sentiment_cover(a, sf_cstr("El gobierno no quiere super hotel bar"), &cover), SF_OK);
    assert_true(cover == 0.0);
}

/* What VADER can read is covered, however it is spelt; a word or two of English in another language are not. */
static void covers(void **state)
{
    static const struct {
        const char *text;
        int covered;
    } cases[] = {
        {"this is sooooo goooood", 1},
        {"the skateboarding documentary whose goaltending amazes", 1},
        {"omg im gonna love thats", 1},
        {"I live in Los Angeles", 1},
        {"We met in Kleinmachnow near Berlin", 1},
        {"good", 1},
        {"oru super movie feel", 0}, /* Malayalam, Tamil */
        {"bahut accha movie hai", 0},
        {"super movie bagundi", 0},
        {"film chennagide super", 0},
        {"super adipoli", 0},
        {"nicht super", 0},
        {"bien", 0},
        {"good song and super film vibinna", 0}, /* in no list, but it ends as English words do not */
        {"good song and super film gizmord", 1},
        {"I love the Vibinna", 1}, /* a name */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double cover = NAN;
        assert_int_equal(sf_sentiment_cover(a, sf_cstr(cases[i].text), &cover), SF_OK);
        if ((cover >= 0.5) != cases[i].covered) {
            print_error("%s: %f\n", cases[i].text, cover);
            fail();
        }
    }
}

static void signals_get_a_language_that_nobody_gave(void **state)
{
    sf_batch *b = NULL;
    (void)state;
    assert_int_equal(sf_batch_new(&b), SF_OK);
    for (int i = 0; i < 2; i++) {
        sf_signal s;
        sf_signal_init(&s, sizeof s);
        s.platform = SF_REDDIT;
        s.source_id = sf_cstr(i == 0 ? "t3_a" : "t3_b");
        s.kind = SF_POST;
        s.title = sf_cstr("The government wants to pass a new law in autumn");
        s.lang = i == 0 ? sf_cstr("fr") : s.lang;
        assert_true(sf_batch_add(b, &s, sizeof s) >= 0);
    }
    assert_int_equal(sf_analyse(a, b, 0, SF_DO_ALL), 2);
    assert_string_equal(sf_batch_at(b, 0)->lang.ptr, "fr");
    assert_string_equal(sf_batch_at(b, 1)->lang.ptr, "en");
    sf_batch_free(b);
}

/* ---- posts that were marked by hand ---- */

static sf_str field(char **rest)
{
    char *start = *rest;
    char *end = strchr(start, '\t');
    sf_str s = {start, end != NULL ? (size_t)(end - start) : strcspn(start, "\r\n")};
    *rest = end != NULL ? end + 1 : start + s.len;
    return s;
}

/* Whether a list "a|b" has s. */
static int has(sf_str list, sf_str s)
{
    while (list.len > 0) {
        const char *bar = memchr(list.ptr, '|', list.len);
        size_t n = bar != NULL ? (size_t)(bar - list.ptr) : list.len;
        if (n == s.len && memcmp(list.ptr, s.ptr, n) == 0) {
            return 1;
        }
        list.ptr += n + (bar != NULL);
        list.len -= n + (bar != NULL);
    }
    return 0;
}

static size_t names_in(sf_str list)
{
    size_t n = list.len > 0;
    for (size_t i = 0; i < list.len; i++) {
        n += list.ptr[i] == '|';
    }
    return n;
}

static void is_no_function_word(sf_str word)
{
    static const char *const small[] = {"the", "and", "der", "die", "und",     "le",  "la", "et",
                                        "el",  "los", "y",   "il",  "e",       "o",   "de", "het",
                                        "en",  "i",   "w",   "ve",  "vandaag", "bir", "и",  "не"};
    for (size_t w = 0; w < sizeof small / sizeof *small; w++) {
        assert_string_not_equal(word.ptr, small[w]);
    }
}

/* Neither among the keywords nor among the topics. */
static void no_function_words(sf_str text)
{
    const sf_keyword *k = NULL;
    sf_str topics[SF_MAX_TOPICS];
    int64_t n = sf_keywords(a, text, 0, &k);
    for (int64_t i = 0; i < n; i++) {
        is_no_function_word(k[i].word);
    }
    n = sf_text_topics(a, text, topics);
    for (int64_t i = 0; i < n; i++) {
        is_no_function_word(topics[i]);
    }
}

/* tests/vectors/posts-marked.tsv: of what is found in posts of many languages four fifths are names. */
static void marked_posts(void **state)
{
    char path[1024], line[1024];
    size_t hits = 0, found = 0, marked = 0, posts = 0;
    (void)state;
    const char *folder = getenv("SF_VECTORS");
    snprintf(path, sizeof path, "%s/posts-marked.tsv", folder != NULL ? folder : "tests/vectors");
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        char *rest = line;
        if (line[0] == '#') {
            continue;
        }
        const sf_entity *e = NULL;
        field(&rest);
        sf_str text = field(&rest), names = field(&rest);
        no_function_words(text);
        int64_t n = sf_entities(a, text, &e);
        for (int64_t i = 0; i < n; i++) {
            hits += (size_t)has(names, e[i].text);
            if (!has(names, e[i].text) && getenv("SF_SHOW") != NULL) {
                print_message("+ %.*s: %.*s\n", (int)e[i].text.len, e[i].text.ptr, (int)text.len, text.ptr);
            }
        }
        found += (size_t)n;
        marked += names_in(names);
        posts++;
    }
    fclose(f);
    print_message("%zu posts: %zu found, %zu marked, %zu both\n", posts, found, marked, hits);
    assert_true(posts >= 200);
    assert_true(hits * 10 >= found * 8);
    assert_true(hits * 10 >= marked * 6);
}

static void bad_calls(void **state)
{
    sf_str out;
    (void)state;
    assert_int_equal(sf_language(a, (sf_str){NULL, 3}, &out), SF_EINVAL);
    assert_int_equal(sf_language(a, sf_cstr("x"), NULL), SF_EINVAL);
    assert_int_equal(sf_language(NULL, sf_cstr("x"), &out), SF_EINVAL);
}

static int set_up(void **state)
{
    (void)state;
    return sf_analyser_new(&a, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    sf_analyser_free(a);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(languages),
        cmocka_unit_test(a_language_of_ones_own),
        cmocka_unit_test(what_another_language_says_is_not_covered),
        cmocka_unit_test(covers),
        cmocka_unit_test(signals_get_a_language_that_nobody_gave),
        cmocka_unit_test(marked_posts),
        cmocka_unit_test(bad_calls),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
