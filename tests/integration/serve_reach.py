#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A server that may look at few posts at once (--reach): whoever follows `next` gets the same posts in the same order as from one that looks at all; counts say
whether they are exact.

  serve_reach.py SF_SERVE"""
import json
import sys

import query_store
import stores
from serve_server import Redis, Server

FILTERS = ["", "platform=reddit", "platform=reddit,bluesky", "author=ann", "author=nobody", "channel=science", "channel=none", "lang=de", "lang=xx",
           "kind=comment", "label=nsfw", "without_label=nsfw", "min_velocity=0.001", "min_velocity=999", "min_score=300", "min_comments=120",
           "sentiment_min=0.9", "sentiment_max=-0.95", "rising=1", "rising=1&min_score=300", "author=ann&lang=de", "topic=ibm", "q=market", "q=market&lang=xx",
           "q=zzz", "q=chip*&min_score=200", "deleted=1", "since=2025-12-31", "until=2025-12-31&lang=de", "as_of=2025-12-31T12:00:00Z",
           "as_of=2025-12-31T12:00:00Z&min_score=200"]


def check(what, true):
    if not true:
        raise AssertionError(what)


def page(s, path):
    status, _, body = s.get(path)
    check(f"{path}: {status} {body[:200]}", status == 200)
    return json.loads(body)


def follow(s, path):
    """(ids, the first page) of all pages from there on."""
    ids, first, pages = [], None, 0
    while path:
        p = page(s, path)
        first = first or p
        ids += [r["id"] for r in p["results"]]
        path = p["next"] and p["next"][len(s.base):]
        pages += 1
        check(f"{path}: no end", pages < 3000)
    return ids, first


def beside(whole, few, where, orders, filters):
    looked_short = 0
    for order in orders:
        for f in filters:
            for begin in ("",) if stores.wants_postgres() else ("", "cursor=&"):
                path = f"/api/v1/{where}/?{begin}page_size=100&ordering={order}&{f}"
                expected, first = follow(whole, path)
                got, short = follow(few, path)
                if got != expected:
                    differs = next((i for i, (a, b) in enumerate(zip(got, expected)) if a != b), min(len(got), len(expected)))
                    raise AssertionError(f"{path}: {len(got)} posts instead of {len(expected)}, the {differs}th differs")
                if not begin:
                    check(f"{path}: {short['count']} of {first['count']}",
                          short["count"] <= first["count"] if short.get("count_exact") is False else short["count"] == first["count"])
                    check(f"{path}: all is exact there", "count_exact" not in first)
                    looked_short += short.get("count_exact") is False
    return looked_short


def deep(whole):
    """Pages far behind are found by counting."""
    ids, _ = follow(whole, "/api/v1/signals/?page_size=100&cursor=")
    for order in ("-ts", "ts"):
        for n in (1, 21, 22, len(ids) // 100):
            if 100 * (n - 1) >= len(ids):
                continue
            got = [r["id"] for r in page(whole, f"/api/v1/signals/?page_size=100&page={n}&ordering={order}")["results"]]
            expected = (ids if order == "-ts" else ids[::-1])[100 * (n - 1):100 * n]
            check(f"page {n} {order}", got == expected)
    hot, _ = follow(whole, "/api/v1/trending/?page_size=100&cursor=")
    check(f"{len(hot)} have a place", stores.wants_postgres() or len(hot) > 2200)
    for n in (1, 20, 21, 22, len(hot) // 100):
        if 100 * (n - 1) < len(hot):
            got = [r["id"] for r in page(whole, f"/api/v1/trending/?page_size=100&page={n}")["results"]]
            check(f"page {n} of what trends", got == hot[100 * (n - 1):100 * n])


def events(whole):
    """Pages of the second half are read from the other end: all of them together are all events, in order."""
    rows, n = [], 1
    while True:
        p = page(whole, f"/api/v1/compare/?page_size=7&page={n}")
        rows += p["results"]
        if p["next"] is None:
            break
        n += 1
    check(f"{len(rows)} events of {p['count']}", len(rows) == p["count"] and len(rows) > 70)
    order = sorted(sorted(rows, key=lambda e: e["topic"]), key=lambda e: (e["bucket"], e["ts"]), reverse=True)
    check("in order", [e["id"] for e in rows] == [e["id"] for e in order])
    last = page(whole, "/api/v1/compare/?page_size=7&page=last")
    check("the last", last["results"] == rows[7 * (n - 1):])


def orders_without_end(few):
    """By what no index knows: of the newest alone, and it says so."""
    for path in ("/api/v1/signals/?ordering=-velocity&lang=de", "/api/v1/signals/?ordering=-velocity", "/api/v1/trending/?ordering=-comments"):
        p = page(few, path + "&page_size=100")
        check("it says so", p["count_exact"] is False and (p["next"] is None) == (p["count"] <= 100))
        numbers = [r[path.partition("=-")[2].partition("&")[0]] for r in p["results"]]
        check("in order", numbers and numbers == sorted(numbers, reverse=True))


def main():
    with stores.place() as place, Redis() as redis:
        url = place.new("signals")
        query_store.make(url, posts=600 if stores.wants_postgres() else 2500)
        user = Server(sys.argv[1], store=url)
        check("a user", user.run("user", "add", "demo", stdin="demo-pass-1\n").returncode == 0)
        options = ["--login-rate", "off", "--cache-ttl", "0s", "--live", redis.url, "--reach"]
        reach = "200" if stores.wants_postgres() else "80"
        with Server(sys.argv[1], *options, "0", store=url) as whole, Server(sys.argv[1], *options, reach, store=url) as few:
            n = beside(whole, few, "signals", ("-ts", "ts"), FILTERS)
            n += beside(whole, few, "trending", ("-trending_score",), [f for f in FILTERS if "as_of" not in f and "q=" not in f and "topic=" not in f and "deleted" not in f])
            check(f"{n} were cut", n > 30)
            deep(whole)
            events(whole)
            orders_without_end(few)


if __name__ == "__main__":
    main()
