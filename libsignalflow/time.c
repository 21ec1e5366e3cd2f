/* SPDX-License-Identifier: MIT */
/* RFC 3339 times, in the proleptic Gregorian calendar. */
#include "signalflow/signal.h"

#define DAY_MS   INT64_C(86400000)
#define ERA      146097                   /* days of 400 years, after which the calendar repeats */
#define EARLIEST INT64_C(-62135596800000) /* 0001-01-01T00:00:00.000Z */
#define LATEST   INT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */

/* Days since 1970-01-01. Years are counted from March, so that the leap day is the last one of its year. */
static int64_t days_of_date(int64_t year, int64_t month, int64_t day)
{
    year -= month <= 2;
    month += month <= 2 ? 9 : -3;
    int64_t days = 365 * year + year / 4 - year / 100 + year / 400; /* year >= 0 */
    return days + (153 * month + 2) / 5 + day - 1 - 719468;
}

/* The other way round, for days from 0001-01-01 on. */
static void date_of_days(int64_t days, int *year, int *month, int *day)
{
    int64_t n = days + 719468; /* since 0000-03-01 */
    int64_t era = n / ERA, rest = n % ERA;
    int64_t in_era = (rest - rest / 1460 + rest / 36524 - rest / 146096) / 365;
    int64_t in_year = rest - (365 * in_era + in_era / 4 - in_era / 100);
    int64_t from_march = (5 * in_year + 2) / 153;
    *day = (int)(in_year - (153 * from_march + 2) / 5 + 1);
    *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
    *year = (int)(era * 400 + in_era + (*month <= 2));
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* Reads n digits as a number within [low, high]; advances *p. Returns 0 where there are none such. */
static int digits(const char **p, const char *end, int n, int low, int high, int *out)
{
    int value = 0;
    if (end - *p < n) {
        return 0;
    }
    for (int i = 0; i < n; i++) {
        char c = *(*p)++;
        if (c < '0' || c > '9') {
            return 0;
        }
        value = value * 10 + (c - '0');
    }
    *out = value;
    return value >= low && value <= high;
}

static int letter(const char **p, const char *end, const char *one_of)
{
    if (*p < end && **p != '\0' && strchr(one_of, **p) != NULL) {
        ++*p;
        return 1;
    }
    return 0;
}

/* "Z", "+02:00", "-0530" or nothing; minutes east of Greenwich. */
static int zone(const char **p, const char *end, int *minutes)
{
    int h, m, west = *p < end && **p == '-';
    *minutes = 0;
    if (*p == end || letter(p, end, "Zz")) {
        return 1;
    }
    if (!letter(p, end, "+-") || !digits(p, end, 2, 0, 23, &h)) {
        return 0;
    }
    letter(p, end, ":");
    if (!digits(p, end, 2, 0, 59, &m)) {
        return 0;
    }
    *minutes = west ? -(60 * h + m) : 60 * h + m;
    return 1;
}

/* ".5", ".123456789" or nothing, cut to milliseconds. */
static int fraction(const char **p, const char *end, int *ms)
{
    int unit = 100;
    *ms = 0;
    if (!letter(p, end, ".")) {
        return 1;
    }
    const char *first = *p;
    for (; *p < end && **p >= '0' && **p <= '9'; ++*p) {
        *ms += (**p - '0') * unit;
        unit /= 10;
    }
    return *p > first;
}

int sf_time_parse(sf_str text, int64_t *ms)
{
    int year, month, day, hour, minute, second, rest, east;
    const char *p = text.ptr, *end = p + text.len;
    if (text.len == 0 || !digits(&p, end, 4, 1, 9999, &year) || !letter(&p, end, "-") ||
        !digits(&p, end, 2, 1, 12, &month) || !letter(&p, end, "-") ||
        !digits(&p, end, 2, 1, days_in_month(year, month), &day) || !letter(&p, end, "Tt ") ||
        !digits(&p, end, 2, 0, 23, &hour) || !letter(&p, end, ":") || !digits(&p, end, 2, 0, 59, &minute) ||
        !letter(&p, end, ":") || !digits(&p, end, 2, 0, 60, &second) || !fraction(&p, end, &rest) ||
        !zone(&p, end, &east) || p != end) {
        return SF_EPARSE;
    }
    int64_t minutes = days_of_date(year, month, day) * 1440 + hour * 60 + minute - east;
    if (second == 60) { /* a leap second: the last of a day in UTC */
        if ((minutes + 1) % 1440 != 0) {
            return SF_EPARSE;
        }
        second = 59;
    }
    int64_t time = minutes * 60000 + second * 1000 + rest;
    if (time < EARLIEST || time > LATEST) {
        return SF_EPARSE;
    }
    *ms = time;
    return SF_OK;
}

static void put(char *buf, int value, int n)
{
    while (n-- > 0) {
        buf[n] = (char)('0' + value % 10);
        value /= 10;
    }
}

int sf_time_format(int64_t ms, char buf[25])
{
    int year, month, day;
    if (ms == SF_NO_TIME) {
        buf[0] = '\0';
        return SF_EINVAL;
    }
    ms = ms < EARLIEST ? EARLIEST : ms > LATEST ? LATEST : ms;
    int64_t days = (ms - EARLIEST) / DAY_MS + EARLIEST / DAY_MS; /* towards the past */
    int in_day = (int)(ms - days * DAY_MS);
    date_of_days(days, &year, &month, &day);
    memcpy(buf, "0000-00-00T00:00:00.000Z", 25);
    put(buf, year, 4);
    put(buf + 5, month, 2);
    put(buf + 8, day, 2);
    put(buf + 11, in_day / 3600000, 2);
    put(buf + 14, in_day / 60000 % 60, 2);
    put(buf + 17, in_day / 1000 % 60, 2);
    put(buf + 20, in_day % 1000, 3);
    return SF_OK;
}
