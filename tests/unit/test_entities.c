/* SPDX-License-Identifier: MIT */
/* Entities and topics: rules one by one; whole texts stand in tests/vectors/entities.jsonl. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "signalflow/signalflow.h"

static sf_analyser *analyser;

static int set_up(void **state)
{
    (void)state;
    return sf_analyser_new(&analyser, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    sf_analyser_free(analyser);
    return 0;
}

/* The entities of a text as "text/LABEL/id", joined by " | ". */
static const char *found(sf_analyser *a, sf_str text)
{
    static char joined[8192];
    const sf_entity *e = NULL;
    int64_t n = sf_entities(a, text, &e);
    assert_in_range(n, 0, SF_MAX_ENTITIES);
    size_t at = 0;
    joined[0] = '\0';
    uint32_t end = 0;
    for (int64_t i = 0; i < n; i++) {
        assert_true(e[i].start >= end && e[i].end > e[i].start && e[i].end <= text.len);
        assert_ptr_equal(e[i].text.ptr, text.ptr + e[i].start);
        assert_int_equal(e[i].text.len, e[i].end - e[i].start);
        assert_int_equal(strlen(e[i].id.ptr), e[i].id.len);
        assert_true(strlen(sf_entity_reason(a, (size_t)i)) > 0);
        end = e[i].end;
        at += (size_t)snprintf(joined + at, sizeof joined - at, "%s%.*s/%s/%s", i > 0 ? " | " : "", (int)e[i].text.len,
                               e[i].text.ptr, e[i].label.ptr, e[i].id.ptr);
    }
    return joined;
}

/* The expected entities of a vector, joined as found() joins them. */
static void read_vector(const char *line, char *text, char *expected, size_t cap)
{
    sf_json j;
    sf_str key, s;
    sf_json_init(&j, sf_cstr(line));
    assert_int_equal(sf_json_enter(&j, '{'), 1);
    while (sf_json_member(&j, &key) == 1) {
        if (sf_json_is(key, "text")) {
            assert_int_equal(sf_json_string(&j, text, cap, &s), SF_OK);
            memmove(text, s.ptr, s.len);
            text[s.len] = '\0';
            continue;
        }
        assert_int_equal(sf_json_enter(&j, '['), 1);
        for (size_t at = 0; sf_json_element(&j) == 1;) {
            char buf[1024];
            assert_int_equal(sf_json_string(&j, buf, sizeof buf, &s), SF_OK);
            at += (size_t)snprintf(expected + at, cap - at, "%s%.*s", at > 0 ? " | " : "", (int)s.len, s.ptr);
        }
    }
    assert_int_equal(sf_json_end(&j, NULL), SF_OK);
}

/* tests/vectors/entities.jsonl: a text, and its entities as "text/LABEL/id". A change of rules or tables may change
 * lines there; look at each before it is written anew. */
static void vectors(void **state)
{
    char path[1024], line[8192], text[4096], expected[4096];
    int wrong = 0;
    int lines = 0;
    (void)state;
    const char *folder = getenv("SF_VECTORS");
    snprintf(path, sizeof path, "%s/entities.jsonl", folder != NULL ? folder : "tests/vectors");
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    for (; fgets(line, sizeof line, f) != NULL; lines++) {
        expected[0] = '\0';
        read_vector(line, text, expected, sizeof text);
        const char *got = found(analyser, sf_cstr(text));
        if (strcmp(got, expected) != 0) {
            print_error("%s\n    expected %s\n    found    %s\n", text, expected, got);
            wrong++;
        }
    }
    fclose(f);
    assert_true(lines > 20);
    assert_int_equal(wrong, 0);
}

static void topics(void **state)
{
    static const char text[] = "Google and Apple: google's Chrome, the New York Times and NYT in San Francisco";
    const sf_entity *e = NULL;
    sf_str topic[SF_MAX_TOPICS];
    (void)state;
    int64_t n = sf_topics(e, 0, topic);
    assert_int_equal(n, 0);
    n = sf_entities(analyser, sf_cstr(text), &e);
    n = sf_topics(e, (size_t)n, topic);
    assert_int_equal(n, 5);
    assert_string_equal(topic[0].ptr, "google");
    assert_string_equal(topic[1].ptr, "apple");
    assert_string_equal(topic[2].ptr, "google chrome");
    assert_string_equal(topic[3].ptr, "new york times");
    assert_string_equal(topic[4].ptr, "san francisco");
}

static void reasons(void **state)
{
    const sf_entity *e = NULL;
    (void)state;
    assert_int_equal(sf_entities(analyser, sf_cstr("we saw Google there"), &e), 1);
    assert_string_equal(sf_entity_reason(analyser, 0), "gazetteer");
    assert_string_equal(sf_entity_reason(analyser, 1), "");
    assert_string_equal(sf_entity_reason(NULL, 0), "");
}

/* Folding makes some letters shorter or longer, others are not letters at all, or run the other way: offsets are of the bytes that were
 * given. */
static void offsets_are_the_callers(void **state)
{
    static const char *const before[] = {
        "\xC4\xB0\xC4\xB0\xC4\xB0 \xF0\x9F\x91\x8D we saw", /* dotted capital I, thumbs up */
        "STRASSE stra\xC3\x9F"
        "e \xE1\xBA\x9E we saw",                              /* sharp s, small and capital */
        "\xEF\xAC\x81ne \xEF\xAC\x83 \xC7\x85 we saw",        /* ligatures, title case */
        "cafe\xCC\x81 n\xCC\x83\xCC\x83 \xE2\x84\xAA we saw", /* combining marks, Kelvin */
        "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7 \xF0\x9F\x87\xA9\xF0\x9F\x87\xAA we "
        "saw",                                                                              /* family, flag */
        "\xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7 \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D we saw", /* right to left */
        "\xFF\xC3 \xED\xA0\x80 we saw",                                                     /* no UTF-8 */
        "soft\xC2\xADhyphen zero\xE2\x80\x8Bwidth we saw",
    };
    (void)state;
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        char text[256];
        const sf_entity *e = NULL;
        size_t at = (size_t)snprintf(text, sizeof text, "%s ", before[i]);
        snprintf(text + at, sizeof text - at, "Google there");
        int64_t n = sf_entities(analyser, sf_cstr(text), &e);
        assert_true(n >= 1);
        assert_int_equal(e[n - 1].start, at);
        assert_int_equal(e[n - 1].end, at + 6);
        assert_string_equal(e[n - 1].id.ptr, "google");
    }
}

static void own_names(void **state)
{
    sf_lexicon_table t = {"names", "mine.tsv",
                          sf_cstr("ORG\tFrobnitz & Co|=FROB|frobnitz\tfrob inc\n"
                                  "TICKER\t=GME|GameStonk\n"
                                  "NONE\tGoogle\n-Microsoft\n")};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_lexicon *l = NULL;
    sf_analyser *a = NULL;
    (void)state;
    o.tables = &t;
    o.n_tables = 1;
    assert_int_equal(sf_lexicon_load(&l, &o, NULL), SF_OK);
    assert_int_equal(sf_analyser_new(&a, l), SF_OK);
    assert_string_equal(found(a, sf_cstr("so frobnitz & co, and a frobnitz")),
                        "frobnitz & co/ORG/frob inc | frobnitz/ORG/frob inc");
    assert_string_equal(found(a, sf_cstr("we buy GME and FROB")), "GME/TICKER/gme | FROB/ORG/frob inc");
    assert_string_equal(found(a, sf_cstr("so we saw a frob at Google")), "");
    assert_string_equal(found(analyser, sf_cstr("so we saw a frob at Google")), "Google/ORG/google");
    sf_analyser_free(a);
    sf_lexicon_free(l);
}

static void bad_tables(void **state)
{
    static const char *const bad[] = {"ORG\n",
                                      "org\tX\n",
                                      "\tX\n",
                                      "ORG\t\n",
                                      "ORG\tA||B\n",
                                      "ORG\t...\n",
                                      "ORG\ta b c d e f g h i j k l m\n",
                                      "ORG\thttp://x.y\n"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sf_lexicon_table t = {"names", "mine.tsv", sf_cstr(bad[i])};
        sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
        sf_lexicon *l = NULL;
        sf_error err = {0};
        o.tables = &t;
        o.n_tables = 1;
        o.empty = 1;
        assert_int_equal(sf_lexicon_load(&l, &o, &err), SF_EPARSE);
        assert_int_equal(err.line, 1);
    }
}

/* Makes an analyser over one table of one's own. */
static sf_analyser *with_table(const char *kind, const char *rows, int empty, sf_lexicon **l)
{
    sf_lexicon_table t = {kind, "mine.tsv", sf_cstr(rows)};
    sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
    sf_analyser *a = NULL;
    o.tables = &t;
    o.n_tables = 1;
    o.empty = empty;
    assert_int_equal(sf_lexicon_load(l, &o, NULL), SF_OK);
    assert_int_equal(sf_analyser_new(&a, *l), SF_OK);
    return a;
}

static void forms(void **state)
{
    (void)state;
    assert_string_equal(found(analyser, sf_cstr("so we buy $AAPL and $F but not $5 or $aapl")),
                        "$AAPL/ORG/$aapl | $F/ORG/$f");
    assert_string_equal(found(analyser, sf_cstr("fix for CVE-2021-44228 is out")),
                        "CVE-2021-44228/MISC/cve-2021-44228");
    assert_string_equal(found(analyser, sf_cstr("as seen in r/netsec, not u/someone")), "r/netsec/MISC/r/netsec");
}

static void watch_lists(void **state)
{
    sf_lexicon *l = NULL;
    sf_analyser *a = with_table("watch", "Acme Rockets|acme\nfoo bar\tthe foo\n", 0, &l);
    (void)state;
    assert_string_equal(found(a, sf_cstr("so ACME is late, says Foo  Bar; an acme rockets fan")),
                        "ACME/WATCH/acme rockets | Foo  Bar/WATCH/the foo | acme rockets/WATCH/acme rockets");
    sf_analyser_free(a);
    sf_lexicon_free(l);
}

static void own_patterns(void **state)
{
    sf_lexicon *l = NULL;
    sf_analyser *a =
        with_table("patterns", "TICKET\t\\b[A-Z]{2,5}-\\d+\\b\nPART\t(?i)wh-\\w+\tsony headphones\n", 0, &l);
    (void)state;
    assert_string_equal(found(a, sf_cstr("\xC4\xB0 see ABC-12, wh-1000xm4 too")),
                        "ABC-12/TICKET/abc-12 | wh-1000xm4/PART/sony headphones");
    sf_analyser_free(a);
    sf_lexicon_free(l);
}

/* No text stalls a pattern, and neither the interpreter nor the compiled code eats the stack. */
static void no_pattern_stalls(void **state)
{
    sf_lexicon *l = NULL;
    sf_analyser *a = with_table("patterns", "X\t(a+)+b\nX\t(?s)a.*b.*c.*d\nX\t(a|aa|aaa)*$b\nX\t\\w*x\n", 0, &l);
    const size_t size = 1U << 20;
    char *text = malloc(size);
    const sf_entity *e = NULL;
    (void)state;
    assert_non_null(text);
    memset(text, 'a', size);
    assert_in_range(sf_entities(a, (sf_str){text, size}, &e), 0, SF_MAX_ENTITIES);
    memset(text, '\x80', size);
    assert_in_range(sf_entities(a, (sf_str){text, size}, &e), 0, SF_MAX_ENTITIES);
    free(text);
    sf_analyser_free(a);
    sf_lexicon_free(l);
}

/* Weights of one's own decide: with none but these, what is in capitals is a work. */
static void own_rules(void **state)
{
    sf_lexicon *l = NULL;
    sf_analyser *a =
        with_table("rules", "form=capitals\tB-WORK\t3\nform=capitals\tO\t-9\nword-1=by\tB-PER\t4.5\n", 1, &l);
    (void)state;
    assert_string_equal(found(a, sf_cstr("we like DUNE by HERBERT now")), "DUNE/WORK/dune | HERBERT/PER/herbert");
    sf_analyser_free(a);
    sf_lexicon_free(l);
}

static void rules_that_are_none(void **state)
{
    static const char *const bad[] = {
        "form=capitals\tB-WORK\n", "form=capitals\tB-X\t1\n", "sign-1=no\tO\t1\n",  "form=capitals x=1\tO\t1\n",
        "after Q\tO\t1\n",         "always\tO\tmuch\n",       "sign+3=dot\tO\t1\n", "-always\n"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        sf_lexicon_table t = {"rules", "mine.tsv", sf_cstr(bad[i])};
        sf_lexicon_opts o = SF_LEXICON_OPTS_INIT;
        sf_lexicon *l = NULL;
        sf_error err = {0};
        o.tables = &t;
        o.n_tables = 1;
        assert_int_equal(sf_lexicon_load(&l, &o, &err), SF_EPARSE);
        assert_int_equal(err.line, 1);
    }
}

static void explanation(void **state)
{
    static const char text[] = "we met Sigurdur Helgason near IBM";
    const sf_evidence *e = NULL;
    (void)state;
    int64_t n = sf_entities_explain(analyser, sf_cstr(text), 0, &e);
    assert_in_range(n, 3, SF_MAX_EVIDENCE);
    for (int64_t i = 0; i < n; i++) {
        assert_true(e[i].rule.len > 0 && e[i].rule.ptr[e[i].rule.len] == '\0');
        assert_in_range(e[i].start, 7, 16);
    }
    assert_true(e[0].weight > 0.1 || e[0].weight < -0.1);
    n = sf_entities_explain(analyser, sf_cstr(text), 1, &e);
    assert_true(n > 0);
    assert_non_null(strstr(e[n - 1].rule.ptr, "gazetteer: ORG ibm"));
    assert_int_equal(sf_entities_explain(analyser, sf_cstr(text), 2, &e), 0);
    n = sf_entities_explain(analyser, sf_cstr("中国和美国在北京举行会谈"), 2, &e); /* inside a word */
    assert_int_equal(n, 1);
    assert_string_equal(e[0].rule.ptr, "gazetteer: LOC beijing");
    assert_int_equal(e[0].start, 18);
    assert_int_equal(e[0].end, 24);
    assert_int_equal(sf_entities_explain(analyser, sf_cstr("fix for CVE-2021-44228 is out"), 0, &e), 1);
    assert_string_equal(e[0].rule.ptr, "form");
    assert_int_equal(sf_entities_explain(NULL, sf_cstr(text), 0, &e), SF_EINVAL);
    assert_int_equal(sf_entities_explain(analyser, sf_cstr(text), 0, NULL), SF_EINVAL);
}

static void terms_are_topics(void **state)
{
    sf_str topic[SF_MAX_TOPICS];
    (void)state;
    int64_t n = sf_text_topics(
        analyser, sf_cstr("Interest rates rise: IBM bets on quantum computing, and interest rates"), topic);
    assert_int_equal(n, 3);
    assert_string_equal(topic[0].ptr, "interest rate");
    assert_string_equal(topic[1].ptr, "ibm");
    assert_string_equal(topic[2].ptr, "quantum computing");
    assert_int_equal(sf_text_topics(analyser, sf_cstr("x"), NULL), SF_EINVAL);
}

static void one_topic_however_it_is_spelt(void **state)
{
    sf_str topic[SF_MAX_TOPICS];
    (void)state;
    int64_t n = sf_text_topics(analyser, sf_cstr("IBM, or International Business Machines, or ibm; #IBM"), topic);
    assert_int_equal(n, 1);
    assert_string_equal(topic[0].ptr, "ibm");
    n = sf_text_topics(analyser, sf_cstr("we visit #NewYork soon"), topic);
    assert_int_equal(n, 1);
    assert_string_equal(topic[0].ptr, "new york");
}

/* The topics of a text, joined by |. */
static const char *topics_of(const char *text)
{
    static char joined[256];
    sf_str topic[SF_MAX_TOPICS];
    int64_t n = sf_text_topics(analyser, sf_cstr(text), topic);
    joined[0] = '\0';
    for (int64_t k = 0; k < n; k++) {
        size_t at = strlen(joined);
        snprintf(joined + at, sizeof joined - at, "%s%.*s", k > 0 ? "|" : "", (int)topic[k].len, topic[k].ptr);
    }
    return joined;
}

/* Terms of every area, whichever of their forms is written; what says nothing is no topic. */
static void terms_of_every_area(void **state)
{
    (void)state;
    assert_string_equal(topics_of("heat pumps and air pollution"), "heat pump|air pollution");
    assert_string_equal(topics_of("short films on streaming platforms"), "short film|streaming platform");
    assert_string_equal(topics_of("the labour shortage ends, says the labor shortage report"), "labor shortage");
    assert_string_equal(topics_of("a brain tumour is a brain tumor"), "brain tumor");
    assert_string_equal(topics_of("vaccine hesitancy, paywalls, shadowbans and shadow bans"),
                        "vaccine hesitancy|shadow ban");
    assert_string_equal(topics_of("mass shootings and gerrymandering in swing states"), "mass shooting|swing state");
    assert_string_equal(topics_of("new space telescopes see gamma-ray bursts"), "space telescope|gamma-ray burst");
    assert_string_equal(topics_of("zero-day exploits in remote code execution"),
                        "zero day exploit|remote code execution");
    assert_string_equal(topics_of("the transfer window, air fryers and school lunches"),
                        "transfer window|air fryer|school lunch");
    assert_string_equal(topics_of("a very light thing gets the upper hand in real life"), "");
}

/* Countries, capitals and large organisations are one topic in every language, in scripts without spaces too, and what
 * is found is where it stands. */
static void one_topic_in_all_languages(void **state)
{
    static const struct {
        const char *text, *topics; /* joined by |, in order */
    } cases[] = {
        {"Japan and Germany meet in Moscow", "japan|germany|moscow"},
        {"Deutschland und Frankreich treffen sich in Wien", "germany|france|vienna"},
        {"le Japon et la Suède à Moscou", "japan|sweden|moscow"},
        {"La ONU y la Unión Europea en Estados Unidos", "un|eu|united states"},
        {"Nazioni Unite e Germania", "un|germany"},
        {"Estados Unidos e Alemanha em Londres", "united states|germany|london"},
        {"Polska i Niemcy", "poland|germany"},
        {"Türkiye ve Almanya", "turkey|germany"},
        {"Россия и Китай", "russia|china"},
        {"Η Ελλάδα και η Γερμανία", "greece|germany"},
        {"رئيس الصين يزور روسيا", "china|russia"},
        {"भारत और चीन", "india|china"},
        {"삼성 구글 일본", "samsung|google|japan"},
        {"日本の首相が東京で会見した", "japan|tokyo"},
        {"ドイツとフランスの首脳、ベルリンで会談", "germany|france|berlin"},
        {"中国和美国在北京举行会谈", "china|united states|beijing"},
        {"谷歌在华盛顿开会", "google|washington"},
        {"ประเทศไทยและญี่ปุ่นลงนาม", "thailand|japan"},
        {"日本語と中国人", ""}, /* a language, a people */
        {"今日本当に暑い", ""}, /* 今日 | 本当, no 日本 */
        {"インドア派です", ""}, /* indoor, no India */
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(topics_of(cases[i].text), cases[i].topics);
        const sf_entity *e;
        int64_t n = sf_entities(analyser, sf_cstr(cases[i].text), &e);
        for (int64_t k = 0; k < n; k++) {
            assert_memory_equal(cases[i].text + e[k].start, e[k].text.ptr, e[k].text.len);
            assert_true(k == 0 || e[k].start >= e[k - 1].end);
        }
    }
}

/* Kana: where the script changes a name ends; a longer run of Katakana is other words unless all of it is known. */
static void names_in_kana(void **state)
{
    static const struct {
        const char *text, *topics; /* joined by |, in order */
    } cases[] = {
        {"ソニーが新しいゲーム機を発表した", "sony"},
        {"今日、ソニーとアップルの株を買った", "sony|apple"},
        {"ソニー・ピクチャーズの映画", "sony"},
        {"アップルウォッチを買いました", "apple"},
        {"ソニーグループの決算はすごい", "sony"},
        {"ロシアウクライナ戦争について", "russia|ukraine"},
        {"アメリカドルが下がっている", "united states"},
        {"インドネシアに行きたい", "indonesia"},
        {"トヨタ自動車社長がドイツへ", "toyota|germany"},
        {"昨日南アフリカで雪が降った", "south africa"},
        {"明日はさいたまで会おう", "saitama"},
        {"ボスニア・ヘルツェゴビナ代表", "bosnia"},
        {"アップルパイを焼いた", ""},               /* pie is no word that names are joined to */
        {"フランスパンとトルココーヒー", "turkey"}, /* bread is none, coffee is */
        {"インドアとアウトドア", ""},
        {"チリソースとマリネ", ""}, /* two letters are chance */
        {"ローマ字とドイツ語とロシア人", ""},
        {"トルコンとローマンカトリック", ""},
        {"おさいたまさん", ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(topics_of(cases[i].text), cases[i].topics);
    }
    const sf_entity *e;
    static const char text[] = "アップルウォッチ";
    assert_int_equal(sf_entities(analyser, sf_cstr(text), &e), 1);
    assert_int_equal(e[0].start, 0);
    assert_int_equal(e[0].end, strlen("アップル"));
}

/* A person is named in full once, a new name is written small after that: all mentions are found, and are one topic. */
static void all_mentions_of_a_name(void **state)
{
    (void)state;
    assert_string_equal(
        found(analyser, sf_cstr("We met Sigurdur Helgason yesterday. Helgason likes fish, and helgason is tall")),
        "Sigurdur Helgason/PER/sigurdur helgason | Helgason/PER/sigurdur helgason | "
        "helgason/PER/sigurdur helgason");
    assert_string_equal(topics_of("Helgason likes fish. We met Sigurdur Helgason yesterday."), "sigurdur helgason");
    assert_string_equal(topics_of("Angela Merkel met Zbigniew Kowalczyk. Kowalczyk said Merkel was late"),
                        "angela merkel|zbigniew kowalczyk");
    assert_string_equal(topics_of("Norvik recalls all e-bikes after fires. My norvik bike is fine"),
                        "norvik|electric bike");
}

/* Words that are written as one are the name, or the phrase, that they spell. */
static void words_written_as_one(void **state)
{
    (void)state;
    assert_string_equal(topics_of("I read NewYorkTimes and BankOfAmerica news, like @NewYorkTimes"),
                        "new york times|bank of america");
    assert_string_equal(topics_of("#ClimateChange is real, says #BarackObama in #NewYorkCity"),
                        "climate change|barack obama|new york");
    assert_string_equal(topics_of("all of #InterestRates #QuantumComputing and so on"),
                        "interest rate|quantum computing");
}

/* What stands beside a name that is in no list tells its kind. */
static void cues_tell_kinds(void **state)
{
    (void)state;
    assert_string_equal(found(analyser, sf_cstr("Tim Fooler, CEO of Zorblat, moved to Quxville")),
                        "Tim Fooler/PER/tim fooler | Zorblat/ORG/zorblat | Quxville/LOC/quxville");
    assert_string_equal(found(analyser, sf_cstr("so we use Zorblat v2.0 now")), "Zorblat/PROD/zorblat");
    assert_string_equal(found(analyser, sf_cstr("Mr Blarf and Norvik Inc. moved to Quxville")),
                        "Mr Blarf/PER/blarf | Norvik Inc./ORG/norvik inc. | Quxville/LOC/quxville");
    assert_string_equal(found(analyser, sf_cstr("Does this technique work in Safari and Opera?")),
                        "Safari/PROD/safari | Opera/PROD/opera");
}

/* A name is the same wherever it stands: at a headline's start, behind broken bytes, behind an article, beside another. */
static void names_are_whole(void **state)
{
    (void)state;
    assert_string_equal(topics_of("Port Calder bridge closed"), "port calder");
    assert_string_equal(topics_of("Bank of Calder closed"), "bank of calder");
    assert_string_equal(topics_of("Port authorities closed the bridge"), "");
    assert_string_equal(topics_of("Port Windows games to Linux with ease"), "windows|linux");
    assert_string_equal(found(analyser, sf_cstr("I saw \xEF\xBF\xBDQZX there")), "QZX/ORG/qzx");
    assert_string_equal(found(analyser, sf_cstr("\xFFQZX launches the thing")), "QZX/ORG/qzx");
    assert_string_equal(topics_of("O Facebook caiu hoje no Brasil e ninguém consegue entrar na rede"),
                        "facebook|brazil");
    assert_string_equal(topics_of("O Zuckwald disse hoje que ninguém consegue entrar na rede do Brasil"),
                        "zuckwald|brazil");
    assert_string_equal(topics_of("Official Announcement Teaser for the Ratchet and Clank Movie"), "ratchet and clank");
    assert_string_equal(topics_of("The Nix & Vandel Show returns"), "nix & vandel");
    assert_string_equal(topics_of("Disney and Pixar Movie Released"), "disney|pixar");
    assert_string_equal(topics_of("the Disney and Pixar movie is out"), "disney|pixar");
    assert_string_equal(topics_of("we went out on New Year's Eve"), ""); /* a row of label NONE, no Eve */
    assert_string_equal(topics_of("I saw Schindler's List; Apple's Watch"), "schindler's list|apple");
}

/* What weights take for one name may be several, or a sentence. */
static void names_are_parted(void **state)
{
    (void)state;
    assert_string_equal(topics_of("share it on Facebook, Instagram, YouTube Pinterest Twitter"),
                        "facebook|instagram|youtube|pinterest|twitter");
    assert_string_equal(topics_of("Where are the beautiful HTML/CSS templates of today?"), "html|css");
    assert_string_equal(topics_of("Chicago Sues Grubhub, DoorDash for deceptive practices"),
                        "chicago|grubhub|doordash");
    assert_string_equal(topics_of("Activision Kills Guitar Hero"), "activision");
    assert_string_equal(topics_of("we moved on to\nBerlin\nand there we stayed"), "berlin");
    assert_string_equal(topics_of("we use Firefox's ReloadEvery to see the page again"), "firefox|reloadevery");
}

/* One thing is one topic, however it is written. */
static void topics_have_one_form(void **state)
{
    (void)state;
    assert_string_equal(topics_of("see /r/science and r/science"), "r/science");
    assert_string_equal(topics_of("The Germans play today, and a German coach is happy"), "german");
    assert_string_equal(topics_of("A beautiful proof of Heron's Formula"), "heron's formula");
    assert_string_equal(topics_of("our farmers' market is open, says the farmers\xE2\x80\x99 union"), "farmers market");
    assert_string_equal(topics_of("I read about it on The Verge today"), "the verge");
}

/* Words that are mistyped, drawn out or only seldom used are no new names where a line starts; a title of one word is one. */
static void words_are_no_new_names(void **state)
{
    (void)state;
    assert_string_equal(topics_of("Sholder hurts again after all these years"), "");
    assert_string_equal(topics_of("Firemen get hit by snowballs"), "");
    assert_string_equal(topics_of("Awwwww what a day we had"), "");
    assert_string_equal(topics_of("Edit2: thanks for all the answers"), "");
    assert_string_equal(topics_of("Zorbit"), "zorbit");
}

/* Addresses, @names and hashtags are never parts of longer names, nor cut. */
static void what_is_no_name_is_left_whole(void **state)
{
    (void)state;
    assert_string_equal(
        found(analyser, sf_cstr("see https://Example.com/Barack/Obama and @BarackObama, mail Bob@IBM.com")), "");
    assert_string_equal(found(analyser, sf_cstr("((((((((Google))))))))")), "Google/ORG/google");
}

/* What trends is often a word that no list has: it is a topic in every sort of plain sentence. */
static void new_names_are_topics(void **state)
{
    static const struct {
        const char *text, *topic;
    } cases[] = {
        {"Norvik recalls all e-bikes after fires", "norvik"},
        {"My Norvik e-bike caught fire", "norvik"},
        {"I will never buy a Norvik bike again", "norvik"},
        {"Fires in Norvik e-bikes: what we know", "norvik"},
        {"I tried ZyntraAI yesterday and it was slow", "zyntraai"},
        {"Show HN: Torrentinim \xe2\x80\x93 low memory-footprint, API-only search", "torrentinim"},
        {"Wasmex 1.0 Now Available", "wasmex"},
        {"Log4j 2.15.0: earlier advice may not be enough", "log4j"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        sf_str topic[SF_MAX_TOPICS];
        int64_t n = sf_text_topics(analyser, sf_cstr(cases[i].text), topic);
        assert_true(n >= 1);
        assert_string_equal(topic[0].ptr, cases[i].topic);
    }
    assert_string_equal(found(analyser, sf_cstr("Why is my entityManager closed after the first test?")), "");
}

/* A name that a row has in small letters is one in small letters, whatever other forms stand behind it there. */
static void a_small_form_stays(void **state)
{
    sf_lexicon *l = NULL;
    sf_analyser *a = with_table("names", "PROD\tZorbDB|zorbdb|Zorbdb\nPROD\tQuibDB|Quibdb\n", 0, &l);
    (void)state;
    assert_string_equal(found(a, sf_cstr("we moved it all to zorbdb last year")), "zorbdb/PROD/zorbdb");
    assert_string_equal(found(a, sf_cstr("we moved it all to quibdb last year")), "");
    sf_analyser_free(a);
    sf_lexicon_free(l);
    assert_string_equal(found(analyser, sf_cstr("I am using javascript in my page and it fails")),
                        "javascript/PROD/javascript");
}

/* Where code is spoken of, capitals inside a word are an identifier's. */
static void code_has_no_names(void **state)
{
    static const char *const cases[] = {
        "The constructor of DataGridItem takes an array of strings.",
        "You can override OnItemClick() in the subclass and call the method there",
        "set max_size and MY_BUFFER_LEN before you compile it",
        "It throws a NullWidgetException whenever I close it",
        "Why does the String parameter become null in my method?",
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_string_equal(found(analyser, sf_cstr(cases[i])), "");
    }
    assert_string_equal(found(analyser, sf_cstr("The callback is never called in PostgreSQL or JavaScript.")),
                        "PostgreSQL/PROD/postgresql | JavaScript/PROD/javascript");
    assert_string_equal(found(analyser, sf_cstr("Show HN: ZyntraBase, a fast graph store")),
                        "ZyntraBase/PROD/zyntrabase");
}

static const char *only_topic(const char *text)
{
    static sf_str topics[SF_MAX_TOPICS];
    int64_t n = sf_text_topics(analyser, sf_cstr(text), topics);
    assert_in_range(n, 0, 1);
    if (n == 1) {
        assert_int_equal(strlen(topics[0].ptr), topics[0].len);
    }
    return n == 1 ? topics[0].ptr : "";
}

/* Where a text has no name and no term, nouns in a row say what it is about. */
static void nouns_in_a_row_are_topics(void **state)
{
    static const struct {
        const char *text, *topic;
    } cases[] = {
        {"Microbes in cow stomachs can break down plastic", "cow stomachs"},
        {"How Dentists Deal with Neural Audio Effects Today", "neural audio effects"},
        {"is there any cure for marital loneliness out there", "marital loneliness"},
        {"Nothing here is said about any single thing", ""},
        {"see you there\nand by the way, cow stomachs are great", ""}, /* not of the first line */
        {"a better, safer blood marker for all", "blood marker"},
        {"a better third-refinery pump for all of us", ""}, /* a part of more */
        {"a soft brain\xe2\x80\x93machine interface for all of us", ""},
        {"trying to fund refinery pumps for all of them", ""},   /* perhaps a verb */
        {"for a long time lumber prices crater everywhere", ""}, /* perhaps a verb */
        {"the cow cow is what they say all day", ""},
        {"refinery pump", ""}, /* too short to tell its language */
        {"cow stomachs naan romba pidikkum indha padam", ""},
        {"Google wants cow stomachs and nobody knows why", "google"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *topic = only_topic(cases[i].text);
        if (strcmp(topic, cases[i].topic) != 0) {
            print_error("%s: %s\n", cases[i].text, topic);
        }
        assert_string_equal(topic, cases[i].topic);
    }
}

/* Whatever the rules say, a name has a word in it and an id. */
static void no_name_without_a_word(void **state)
{
    sf_lexicon *l = NULL;
    sf_analyser *a = with_table("rules", "always\tB-ORG\t5\nalways\tI-ORG\t5\nafter B-ORG\tI-ORG\t5\n", 0, &l);
    const sf_entity *e = NULL;
    (void)state;
    int64_t n = sf_entities(a, sf_cstr("A . & B , -- C & & #_ #__ 's I'm. (X) [Y] {Z}!"), &e);
    assert_true(n > 0);
    for (int64_t i = 0; i < n; i++) {
        assert_true(e[i].id.len > 0 && e[i].text.len > 0);
    }
    sf_analyser_free(a);
    sf_lexicon_free(l);
}

static void brackets(void **state)
{
    enum { DEEP = 100000 };
    char *text = malloc(2 * DEEP + 6);
    const sf_entity *e = NULL;
    (void)state;
    assert_non_null(text);
    memset(text, '(', DEEP);
    memcpy(text + DEEP, "Google", 6);
    memset(text + DEEP + 6, ')', DEEP);
    assert_int_equal(sf_entities(analyser, (sf_str){text, 2 * DEEP + 6}, &e), 1);
    assert_int_equal(e[0].start, DEEP);
    free(text);
}

static void bad_calls(void **state)
{
    const sf_entity *e = NULL;
    sf_str none = {NULL, 4};
    (void)state;
    assert_int_equal(sf_entities(analyser, none, &e), SF_EINVAL);
    assert_int_equal(sf_entities(analyser, sf_cstr("x"), NULL), SF_EINVAL);
    assert_int_equal(sf_entities(NULL, sf_cstr("x"), &e), SF_EINVAL);
    assert_int_equal(sf_entities(analyser, (sf_str){NULL, 0}, &e), 0);
}

/* A megabyte of what could make a finder slow: ends soon, and never hands out more than the limit. */
static void a_megabyte_of(void **state)
{
    static const char *const pieces[] = {
        "A",   "A ", "#a ", "#A",      "'",  "a'",           "A.", "New York ", "New ", "Bank of ", "\xff", "@a ", "a@",
        "a.b", "-",  "A-",  "http://", "r/", "\xE4\xB8\xAD", "1,", "A&",        "of ",  "日本",     "中",   "ไทย"};
    const size_t size = 1U << 20;
    char *text = malloc(size);
    const sf_entity *e = NULL;
    const sf_keyword *k = NULL;
    (void)state;
    assert_non_null(text);
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        size_t n = strlen(pieces[i]);
        for (size_t at = 0; at < size; at++) {
            text[at] = pieces[i][at % n];
        }
        sf_str all = {text, size};
        assert_in_range(sf_entities(analyser, all, &e), 0, SF_MAX_ENTITIES);
        assert_in_range(sf_keywords(analyser, all, 0, &k), 0, SF_MAX_KEYWORDS);
    }
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(topics),
        cmocka_unit_test(reasons),
        cmocka_unit_test(own_names),
        cmocka_unit_test(bad_tables),
        cmocka_unit_test(offsets_are_the_callers),
        cmocka_unit_test(bad_calls),
        cmocka_unit_test(a_megabyte_of),
        cmocka_unit_test(forms),
        cmocka_unit_test(watch_lists),
        cmocka_unit_test(own_patterns),
        cmocka_unit_test(no_pattern_stalls),
        cmocka_unit_test(own_rules),
        cmocka_unit_test(rules_that_are_none),
        cmocka_unit_test(explanation),
        cmocka_unit_test(terms_are_topics),
        cmocka_unit_test(terms_of_every_area),
        cmocka_unit_test(one_topic_however_it_is_spelt),
        cmocka_unit_test(one_topic_in_all_languages),
        cmocka_unit_test(names_in_kana),
        cmocka_unit_test(all_mentions_of_a_name),
        cmocka_unit_test(words_written_as_one),
        cmocka_unit_test(cues_tell_kinds),
        cmocka_unit_test(names_are_whole),
        cmocka_unit_test(names_are_parted),
        cmocka_unit_test(topics_have_one_form),
        cmocka_unit_test(words_are_no_new_names),
        cmocka_unit_test(what_is_no_name_is_left_whole),
        cmocka_unit_test(brackets),
        cmocka_unit_test(no_name_without_a_word),
        cmocka_unit_test(new_names_are_topics),
        cmocka_unit_test(a_small_form_stays),
        cmocka_unit_test(code_has_no_names),
        cmocka_unit_test(nouns_in_a_row_are_topics),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
