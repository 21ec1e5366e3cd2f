#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The dashboard as people use it, in a real browser: logging in, the live feed, filters, a post, the answers against SQL, a server that goes
and comes back, tokens that end, hostile texts, the accessibility rules of axe-core, files.

  dashboard.py SF_INGEST SF_PROCESS SF_AGGREGATE SF_SERVE BUILD_FOLDER [NAME...]      only the tests of these names"""
import json
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import time
import urllib.parse
import urllib.request

import cdp
from cdp import Browser
from running import NAME, PASSWORD, Running, iso

AXE = "axe-core@4.14.1"
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script> & "quoted" \u202egnihton'


def check(what, true, *more):
    if not true:
        raise AssertionError(f"{what} {more}")


def same(what, got, wanted):
    check(what, got == wanted, f"got {got!r}, wanted {wanted!r}")


def near(what, got, wanted):
    check(what, abs(float(got) - wanted) <= 1e-9 * max(1, abs(wanted)), f"got {got!r}, wanted {wanted!r}")


def log_in(page, base):
    page.go(base)
    page.until("!document.querySelector('#login').hidden")
    page.type("#name", NAME)
    page.type("#password", PASSWORD)
    page.key("Enter")
    ready(page)


def ready(page):
    page.until("document.querySelectorAll('.answer[data-state=ready]').length === 5")
    page.until("document.querySelector('#connection').dataset.state === 'live'")
    page.until("document.querySelector('#feed .row')")


def row(key):
    return f"document.querySelector('[data-key={json.dumps(key)}]')"


# ---- tests: each gets a page that is logged in --------------------------------------------------------------------------


def wrong_password(r, page):
    fresh = page.browser.page(r.base)
    fresh.until("!document.querySelector('#login').hidden")
    fresh.type("#name", NAME)
    fresh.type("#password", "not it")
    fresh.key("Enter")
    fresh.until("document.querySelector('#login-error').textContent.includes('No active account')")
    check("nothing is shown", fresh.run("document.querySelector('#app').hidden"))


def answers_are_those_of_sql(r, page):
    data = lambda selector, name: page.run(f"document.querySelector({json.dumps(selector)})?.dataset.{name}")
    # What rises: the topics of the last cycle, first those with a place.
    wanted = [t for t, in r.sql("SELECT topic FROM topic_trends ORDER BY place IS NULL, place, share DESC, topic LIMIT 4")]
    shown = page.run("[...document.querySelectorAll('#answer-rising li')].map(e => e.dataset.topic)")
    same("topics", sorted(shown), sorted(wanted))
    for topic, now in r.sql("SELECT topic, now FROM topic_trends"):
        if topic in shown:
            near(topic, data(f'#answer-rising li[data-topic="{topic}"] .opens', "value"), now)
    # Who was first.
    since = time.time() * 1000 - 86400000
    topic, leader, lead, support, p = r.sql("SELECT topic, leader, lead_seconds, support, p_value FROM cross_platform_events WHERE ts >= ? AND lead_seconds > 0"
                                            " ORDER BY coalesce(significant, 0) DESC, coalesce(p_value, 1), support DESC, ts DESC LIMIT 1", since)[0]
    same("leader", [data("#answer-first .verdict", n) for n in ("leader", "topic")], [leader, topic])
    near("lead", data("#answer-first .verdict", "lead"), lead)
    near("posts", data("#answer-first .opens[data-value]", "value"), support)
    check("how sure", ("not known yet" in page.text("#answer-first")) == (p is None))
    # The mood of the last day, and of the day before.
    for i, (a, b) in enumerate(((86400000, 0), (172800000, 86400000))):
        now = time.time() * 1000
        mood, n = r.sql("SELECT avg(sentiment_compound), count(*) FROM signals WHERE deleted_at IS NULL AND sentiment_cover >= 0.5 AND event_at >= ? AND event_at < ?"
                        " AND NOT EXISTS (SELECT 1 FROM json_each(labels) WHERE value = 'nsfw')", now - a, now - b)[0]
        value = page.run(f"[...document.querySelectorAll('#answer-mood .average .opens')][{i}]?.dataset.value")
        check("mood", abs(float(value) - mood) < 0.02, value, mood)  # the page was drawn some seconds ago
        check("of so many", str(n) in page.text("#answer-mood"), n)
    # How fresh each source is.
    for platform, newest in r.sql("SELECT platform, max(event_at) FROM signals WHERE deleted_at IS NULL GROUP BY platform"):
        same(platform, data(f"#answer-sources [data-source={platform}]", "newest"), iso(newest))
        n = r.sql("SELECT count(*) FROM signals WHERE deleted_at IS NULL AND platform = ? AND event_at >= ?", platform, time.time() * 1000 - 86400000)[0][0]
        check(platform, abs(int(data(f"#answer-sources [data-source={platform}] .opens[data-value]", "value")) - n) <= 1)
    same("nothing is watched", data("#answer-lost .verdict", "watched"), "no")


def a_number_opens_its_posts(r, page):
    n = page.run("document.querySelector('#answer-sources [data-source=reddit] .opens[data-value]').dataset.value")
    page.click("#answer-sources [data-source=reddit] .opens[data-value]")
    page.until("document.querySelector('#posts-count')")
    same("as many", page.run("document.querySelector('#posts-count').dataset.value"), n)
    check("of this platform alone", page.run("[...document.querySelectorAll('#drawer .post .platform')].every(p => p.classList.contains('reddit'))"))
    check("the address says it", "show=posts" in page.run("location.search"))
    page.run("history.back()")
    page.until("document.querySelector('#drawer').hidden")


def every_number_opens_posts(r, page):
    """But those in words about the page itself: what a range is called, what came since it was opened."""
    left = page.run("(() => { const out = [], walk = document.createTreeWalker(document.querySelector('#main'), NodeFilter.SHOW_TEXT);"
                    " for (let n; (n = walk.nextNode());) if (/\\d/.test(n.nodeValue) && !n.parentElement.closest('.opens, .press, .row, canvas, .u-legend, .note, .hint')) out.push(n.nodeValue.trim()); return out; })()")
    same("numbers that open nothing", [t for t in left if not re.fullmatch(r"in the \d+h before|now, between \S+ and \S+", t)], [])
    page.click("#answer-sources [data-source=youtube] .opens:not([data-value])")  # how old the newest is
    page.until("document.querySelector('#why-trending')")
    newest = r.sql("SELECT source_id FROM signals WHERE deleted_at IS NULL AND platform = 'youtube' ORDER BY event_at DESC LIMIT 1")[0][0]
    check("the newest", newest in urllib.parse.unquote(page.run("location.search")))
    page.key("Escape")
    page.until("document.querySelector('#drawer').hidden")


def the_feed_moves(r, page):
    now = int(time.time() * 1000)
    r.put({"source_id": "t3_moves", "title": "Norvik builds a GREAT bridge", "raw_score": 45, "comments": 2, "observed_at": iso(now - 300000), "ts": iso(now - 400000)})
    page.until(row("reddit/t3_moves"))
    check("first", "45" in page.run(row("reddit/t3_moves") + ".querySelector('.score').textContent"))
    r.put({"source_id": "t3_moves", "kind": "refresh", "raw_score": 1200, "comments": 40, "observed_at": iso(now)})
    page.until(row("reddit/t3_moves") + ".querySelector('.score').textContent === '45 → 1,200'")
    text = page.run(row("reddit/t3_moves") + ".textContent")
    check("velocity, star, topic", "3.85/s" in text and "★ RISING" in text and "norvik" in text, text)
    same("one row", page.run("document.querySelectorAll('[data-key=\"reddit/t3_moves\"]').length"), 1)
    page.click("#pause")
    r.put({"source_id": "t3_moves", "kind": "refresh", "raw_score": 1300, "observed_at": iso(now + 60000)})
    page.until("document.querySelector('#feed-note').textContent.includes('wait')")
    check("held while paused", "1,200" in page.run(row("reddit/t3_moves") + ".textContent"))
    page.click("#pause")
    page.until(row("reddit/t3_moves") + ".querySelector('.score').textContent.endsWith('1,300')")
    r.put({"source_id": "t3_moves", "kind": "delete", "observed_at": iso(now + 120000)})
    page.until("!" + row("reddit/t3_moves"))


def hostile_texts_stay_text(r, page):
    r.put({"source_id": "t3_hostile", "title": HOSTILE, "author": "<b>author</b>", "url": "javascript:window.hacked=1", "channel": "<i>x</i>", "raw_score": 7})
    page.until(row("reddit/t3_hostile"))
    same("as written", page.run(row("reddit/t3_hostile") + ".querySelector('.title').textContent"), HOSTILE)
    page.click('[data-key="reddit/t3_hostile"] .title')
    page.until("document.querySelector('#drawer .headline')")
    same("as written", page.run("document.querySelector('#drawer .headline').textContent"), HOSTILE)
    check("no link but to the web", page.run("[...document.links].every(a => /^https?:$/.test(a.protocol))"))
    same("no markup came of it", page.run("document.querySelectorAll('#drawer b:not([class]), #drawer script, #drawer img, .row img, .row script').length"), 0)
    check("nothing ran", page.run("window.hacked === undefined"))
    page.key("Escape")
    page.until("document.querySelector('#drawer').hidden")


def filters_live_in_the_address(r, page):
    page.click("#platforms [data-platform=bluesky]")
    page.until("location.search.includes('platform=bluesky')")
    page.until("[...document.querySelectorAll('.row .platform')].length > 0 && [...document.querySelectorAll('.row .platform')].every(p => p.classList.contains('bluesky'))")
    r.put({"source_id": "t3_filtered", "title": "Not on Bluesky"}, {"platform": "bluesky", "source_id": "at://did:plc:x/app.bsky.feed.post/1", "title": "", "body": "A post of Bluesky"})
    page.until(row("bluesky/at://did:plc:x/app.bsky.feed.post/1"))
    check("the other does not come", page.run("!" + row("reddit/t3_filtered")))
    page.type("#search", "bridge")
    page.until("location.search.includes('q=bridge')")
    page.until("[...document.querySelectorAll('.row .title')].length > 0 && [...document.querySelectorAll('.row .title')].every(t => /bridge/i.test(t.textContent))")
    address = page.run("location.href")
    log_in(page, address)
    check("a link shows the same", page.run("document.querySelector('#search').value === 'bridge' && [...document.querySelectorAll('.row .platform')].every(p => p.classList.contains('bluesky'))"))
    page.click("#narrowed button")
    page.until("location.search === ''")
    for control, value, wanted in (("zone", "utc", "zone=utc"), ("range", "6h", "range=6h")):
        page.run(f"(() => {{ const e = document.querySelector('#{control}'); e.value = '{value}'; e.dispatchEvent(new Event('change')); }})()")
        page.until(f"location.search.includes('{wanted}')")
    log_in(page, page.run("location.href"))
    check("time and zone too", page.run("document.querySelector('#zone').value === 'utc' && document.querySelector('#range').value === '6h'"))
    log_in(page, r.base)


def nsfw_is_hidden(r, page):
    r.put({"source_id": "t3_nsfw", "title": "Not for the office", "labels": ["nsfw"]}, {"source_id": "t3_sfw", "title": "For the office"})
    page.until(row("reddit/t3_sfw"))
    check("hidden", page.run("!" + row("reddit/t3_nsfw")))
    page.run("document.querySelector('#nsfw').click()")
    page.until(row("reddit/t3_nsfw"))
    page.run("document.querySelector('#nsfw').click()")
    page.until("!" + row("reddit/t3_nsfw"))


def a_post_tells_why(r, page):
    now = int(time.time() * 1000)
    r.put({"source_id": "t3_why", "title": "NASA launch is a GREAT success", "raw_score": 10, "observed_at": iso(now - 600000), "ts": iso(now - 700000)},
          {"source_id": "t3_why", "kind": "refresh", "raw_score": 400, "observed_at": iso(now)})
    page.click('[data-key="reddit/t3_why"] .title')
    page.until("document.querySelector('#why-trending')")
    check("sentiment", "GREAT" in page.text("#why-sentiment") and "caps" in page.text("#why-sentiment"))
    check("names", "NASA" in page.text("#why-entities"))
    check("trend", "Smoothed rate" in page.text("#why-trending"))
    check("history", page.run("document.querySelectorAll('#why-history .scroll tbody tr').length") == 2 and page.run("document.querySelector('#why-history canvas') !== null"))
    same("the original", page.run("document.querySelector('#drawer .links a').href"), "https://www.reddit.com/comments/why/")
    check("the address says it", "t3_why" in urllib.parse.unquote(page.run("location.search")))
    page.key("Escape")
    page.until("document.querySelector('#drawer').hidden")
    check("focus is back", page.run("document.activeElement.classList.contains('title')"))


def platforms_are_compared(r, page):
    page.run("document.querySelector('#answer-first .topic').click()")
    page.until("document.querySelector('#drawer .race')")
    topic = page.text("#drawer-title")
    for platform, n in r.sql("SELECT platform, count(*) FROM signals, json_each(topics) WHERE value = ? AND event_at >= ? GROUP BY platform", topic, time.time() * 1000 - 86400000):
        shown = page.run(f"[...document.querySelectorAll('#drawer tbody tr')].find(t => t.cells[0].textContent === {json.dumps({'hackernews': 'Hacker News', 'youtube': 'YouTube', 'bluesky': 'Bluesky', 'reddit': 'Reddit'}[platform])})?.querySelector('.opens').dataset.value")
        same(f"{topic} on {platform}", int(shown or -1), n)
    page.key("Escape")


def every_view_has_a_table(r, page):
    for name in ("traction", "cards", "leads", "tops"):
        page.until(f"!document.querySelector('#{name} .tools button').hidden")
        page.run(f"document.querySelector('#{name} .tools button').click()")
        page.until(f"document.querySelectorAll('#{name} .scroll tbody tr').length > 0")
        page.run(f"[...document.querySelectorAll('#{name} .scroll tbody .opens')].find(b => b.textContent !== '0').click()")  # its numbers open their posts
        page.until("!document.querySelector('#drawer').hidden && document.querySelector('#drawer .post')")
        page.key("Escape")
        page.until("document.querySelector('#drawer').hidden")
        page.run(f"document.querySelector('#{name} .tools button').click()")
        page.until(f"!document.querySelector('#{name} .scroll')")
    check("not watched is said", "Not watched" in page.text("#throughput") and "Not watched" in page.text("#dead"))
    for topic, n in r.sql("SELECT value, count(*) FROM signals, json_each(topics) WHERE platform = 'reddit' AND event_at >= ? GROUP BY value ORDER BY 2 DESC LIMIT 1", time.time() * 1000 - 86400000):
        bars = page.run("[...document.querySelectorAll('#tops .press')].slice(0, 5).map(g => [...g.querySelectorAll('text')].map(t => t.textContent))")
        check("bars", [topic, str(n)] in bars, bars)


def files_can_be_taken(r, page):
    folder = pathlib.Path(r.folder.name) / "downloads"
    folder.mkdir(exist_ok=True)
    page.do("Page.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    r.put({"source_id": "t3_formula", "title": "=1+1, a formula"})
    for selector, name in (("#feed-csv", "signals.csv"), ("#feed-ndjson", "signals.ndjson"), ("#traction .tools button:nth-child(2)", "traction.csv"),
                           ("#traction .tools button:nth-child(3)", "traction.png"), ("#leads .tools button:nth-child(3)", "leads.png"), ("#tops .tools button:nth-child(3)", "tops.png")):
        page.run(f"document.querySelector({json.dumps(selector)}).click()")
        end = time.monotonic() + cdp.PATIENCE
        while not (folder / name).exists() or (folder / name).stat().st_size == 0:
            check(name, time.monotonic() < end, sorted(p.name for p in folder.iterdir()), page.failures)
            time.sleep(0.05)
    time.sleep(0.2)
    check("pictures", all((folder / f"{n}.png").read_bytes().startswith(b"\x89PNG") for n in ("traction", "leads", "tops")))
    check("no formula", "\"'=1+1, a formula\"" in (folder / "signals.csv").read_text())
    rows = [json.loads(line) for line in (folder / "signals.ndjson").read_text().splitlines()]
    check("rows", len(rows) > 100 and "method" in rows[0])
    guarded = page.run("import('/web/format.js').then(m => m.csv(['a', 'b'], [['=x', -1], [null, 'q\"']]))")
    same("own CSV", guarded, "a,b\r\n'=x,-1\r\n,\"q\"\"\"\r\n")


def keys_do(r, page):
    page.run("document.activeElement.blur()")
    page.key("j")
    check("the first post has the focus", page.run("document.activeElement.closest('.row') === document.querySelector('.row')"))
    page.key("j")
    page.key("Enter")
    page.until("!document.querySelector('#drawer').hidden")
    page.key("Escape")
    page.until("document.querySelector('#drawer').hidden")
    dark = page.run("document.documentElement.dataset.theme")
    page.key("t")
    check("the other theme", page.run("document.documentElement.dataset.theme") != dark)
    page.key("t")
    page.key("/")
    same("search", page.run("document.activeElement.id"), "search")
    page.run("document.activeElement.blur()")


def motion_is_reduced(r, page):
    page.look(1440, 900, calm=True)
    r.put({"source_id": "t3_calm", "title": "No motion"})
    page.until(row("reddit/t3_calm"))
    same("no animation", page.run(f"getComputedStyle({row('reddit/t3_calm')}).animationName"), "none")
    page.look(1440, 900)


def the_past_can_be_asked(r, page):
    then = iso(int(time.time() * 1000) - 86400000)
    log_in_at = r.base + "?as_of=" + then
    page.go(log_in_at)
    page.until("!document.querySelector('#login').hidden")
    page.type("#name", NAME)
    page.type("#password", PASSWORD)
    page.key("Enter")
    page.until("document.querySelectorAll('.answer[data-state=ready]').length === 5")
    page.until("document.querySelectorAll('.row').length > 10")
    check("of now is marked", "Of now" in page.text("#answer-sources"))
    check("it says so", "as of" in page.text("#narrowed") and page.run("document.querySelector('#connection').dataset.state") == "off")
    newest = r.sql("SELECT title FROM signals WHERE event_at < ? AND first_seen_at <= ? AND title <> '' ORDER BY event_at DESC LIMIT 1", int(time.time() * 1000) - 86400000, int(time.time() * 1000) - 86400000)[0][0]
    check("the newest of then", newest in page.run("document.querySelector('#feed').textContent"), newest)
    page.click("#narrowed button")
    page.until("document.querySelector('#connection').dataset.state === 'live'")


def the_server_goes_and_comes_back(r, page):
    r.stop()
    page.until("document.querySelector('#connection').dataset.state === 'waiting'")
    check("posts stay", page.run("document.querySelectorAll('.row').length > 0"))
    r.put({"source_id": "t3_meanwhile", "title": "Said while the server was away"})
    r.start()
    page.until("document.querySelector('#connection').dataset.state === 'live'", 60)
    page.until(row("reddit/t3_meanwhile"))
    r.put({"source_id": "t3_after", "title": "Said once it was back"})
    page.until(row("reddit/t3_after"))
    check("no login is asked for", page.run("document.querySelector('#login').hidden"))


def events_stand_in_for_sockets(r, page):
    """Where something between lets no WebSocket through."""
    page = page.browser.page()
    page.do("Page.addScriptToEvaluateOnNewDocument", source="window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.({code: 1006}), 5); } close() {} };")
    log_in(page, r.base)
    r.put({"source_id": "t3_event", "title": "By server-sent events"})
    page.until(row("reddit/t3_event"))
    page.click("#platforms [data-platform=hackernews]")
    page.until("[...document.querySelectorAll('.row .platform')].length > 0 && [...document.querySelectorAll('.row .platform')].every(p => p.classList.contains('hackernews'))")
    page.until("document.querySelector('#connection').dataset.state === 'live'")
    r.put({"source_id": "t3_not", "title": "Not asked for"}, {"platform": "hackernews", "source_id": "991", "title": "Asked for"})
    page.until(row("hackernews/991"))
    check("filters hold", page.run("!" + row("reddit/t3_not")))


def a_server_without_a_feed(r, page):
    page = page.browser.page()
    page.do("Page.addScriptToEvaluateOnNewDocument", source="window.WebSocket = class { constructor() { setTimeout(() => this.onclose?.({code: 1006}), 5); } close() {} };"
            "const was = window.fetch; window.fetch = (u, o) => String(u).includes('/stream/') ? Promise.resolve(new Response('{\"detail\":\"none here\"}', {status: 503})) : was(u, o);")
    page.go(r.base)
    page.until("!document.querySelector('#login').hidden")
    page.type("#name", NAME)
    page.type("#password", PASSWORD)
    page.key("Enter")
    page.until("document.querySelector('#connection').dataset.state === 'none'")
    check("it says so", "no live feed" in page.text("#connection-text"))
    check("posts are there", page.run("document.querySelectorAll('.row').length > 10"))


def what_nobody_saw_is_not_zero(programs, browser):
    """Of a day, four windows were watched; the rest is unknown, in the table and in the answer."""
    with Running(*programs, "--demo", sample=False) as r:
        now = int(time.time() * 1000)
        windows = [now // 900000 * 900000 - k * 900000 for k in range(4)]
        r.put_lines("".join(json.dumps({"v": 1, "kind": "coverage", "source": "reddit", "bucket": iso(w), "observed_seconds": 900 if w != windows[0] else 1, "failures": 0, "gaps": 0}) + "\n" for w in windows)
                    + "".join(json.dumps({"platform": "reddit", "source_id": f"t3_{k}", "kind": "post", "title": "NASA", "body": "", "ts": iso(w + 1), "observed_at": iso(w + 2)}) + "\n" for k, w in enumerate(windows[1:])))
        r.run("aggregate", "--quiet", "--store", r.store, "--once")
        page = browser.page(r.base)
        page.until("document.querySelectorAll('.answer[data-state=ready]').length === 5")
        check("the share of the day", "watched 3" in page.text("#answer-sources"), page.text("#answer-sources"))
        page.until("!document.querySelector('#traction .tools button').hidden")
        page.run("document.querySelector('#traction .tools button').click()")
        cells = page.run("[...document.querySelectorAll('#traction .scroll tbody tr')].map(t => t.cells[1].textContent)")
        check("unknown is a dash", cells.count("–") > 80 and cells.count("1") == 3, cells)


def tokens_end_and_are_renewed(r, page):
    r.stop()
    r.options = ("--access-lifetime", "6s")
    r.start()
    log_in(page, r.base)
    page.run("window.renewals = 0; const was = window.fetch; window.fetch = (u, o) => { if (String(u).includes('refresh')) window.renewals++; return was(u, o); }; 0")
    page.until("window.renewals >= 2", 60)
    page.until("document.querySelector('#connection').dataset.state === 'live'")
    r.put({"source_id": "t3_renewed", "title": "With a new token"})
    page.until(row("reddit/t3_renewed"))
    check("nobody had to log in", page.run("document.querySelector('#login').hidden"))
    r.run("serve", "user", "disable", NAME, "--store", r.store)
    page.until("!document.querySelector('#login').hidden", 60)
    check("and it says why", "ended" in page.text("#login-note"), page.text("#login"))
    r.run("serve", "user", "enable", NAME, "--store", r.store)
    r.stop()
    r.options = ()
    r.start()
    log_in(page, r.base)


def axe(build):
    """The script, from npm; None where it cannot be had."""
    folder = pathlib.Path(build) / "axe"
    script = folder / "package/axe.min.js"
    if not script.exists() and shutil.which("npm"):
        folder.mkdir(parents=True, exist_ok=True)
        got = subprocess.run(["npm", "pack", "--silent", AXE], cwd=folder, capture_output=True, text=True, timeout=120)
        if got.returncode == 0:
            with tarfile.open(folder / got.stdout.strip().splitlines()[-1]) as archive:
                archive.extract("package/axe.min.js", folder)
    return script.read_text(encoding="utf-8") if script.exists() else None


def nothing_runs_over(r, page):
    """At no width does a text leave its card, nor the page its window."""
    for width in (1920, 1440, 1366, 1280, 1024, 768, 390):
        page.look(width, 900, phone=width < 500)
        page.until(f"innerWidth === {width}")
        over = page.run("[...document.querySelectorAll('.answer, .card, .panel > header, #bar')].filter(c => { const edge = c.getBoundingClientRect().right + 0.5;"
                        " return [...c.querySelectorAll('*')].some(e => e.getClientRects().length && !e.closest('.chips') && !e.closest('.menu') && !e.classList.contains('hidden') && e.getBoundingClientRect().right > edge); })"
                        ".map(c => c.textContent.slice(0, 60))")
        same(f"at {width}", over, [])
        check("no sideways scrolling", page.run("document.documentElement.scrollWidth <= innerWidth"), width)
    page.look(1440, 900)


def a_slow_or_failing_server_is_told(r, page):
    """Neither an empty page nor a form that cannot help."""
    page = page.browser.page()
    page.do("Page.addScriptToEvaluateOnNewDocument", source="const was = window.fetch; let answer; window.waiting = new Promise((done) => { answer = done; }); window.answers = (status) => answer(status);"
            "window.fetch = (u, o) => String(u).endsWith('/pipeline/') && window.waiting ? window.waiting.then((s) => { window.waiting = null; return new Response('{}', {status: s}); }) : was(u, o);")
    page.go(r.base)
    page.until("getComputedStyle(document.querySelector('#starting')).visibility === 'visible'")
    check("it waits", page.run("document.querySelector('#login').hidden && document.querySelector('#app').hidden") and "Asking" in page.text("#starting"))
    page.run("window.answers(503)")
    page.until("document.querySelector('#login-note').textContent.includes('cannot answer now')")
    page.until("document.querySelector('#login-note').textContent === ''")  # asked again, it answers
    check("one thing at a time", page.run("document.querySelector('#starting').hidden"))


def everybody_can_use_it(r, page, script):
    def serious(where):
        page.run(script + "; 0")
        found = page.run("axe.run(document, {resultTypes: ['violations']}).then(a => a.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => v.id + ': ' + v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + ' ' + (n.any[0]?.message || '')).join(' | ')))")
        same(f"axe, {where}", found, [])
    page.look(1440, 900, calm=True)
    for theme in ("dark", "light"):
        page.run(f"document.documentElement.dataset.theme !== '{theme}' && document.querySelector('#theme').click()")
        time.sleep(0.3)
        serious(theme)
    page.run("document.querySelector('#answer-first .topic').click()")
    page.until("document.querySelector('#drawer .race')")
    serious("compared")
    page.click("#drawer tbody .opens")
    page.until("document.querySelector('#drawer .post .title')")
    page.click("#drawer .post .title")
    page.until("document.querySelector('#why-trending')")
    serious("a post")
    page.key("Escape")
    page.until("document.querySelector('#drawer').hidden")
    page.look(390, 844, phone=True, calm=True)
    serious("phone")
    check("no sideways scrolling", page.run("document.documentElement.scrollWidth <= 390"))
    page.look(1440, 900)


def guests_read_alone(programs, browser):
    with Running(*programs, "--demo") as r:
        page = browser.page(r.base)
        ready(page)
        check("no login", page.run("document.querySelector('#login').hidden && document.querySelector('#logout').hidden"))
        r.put({"source_id": "t3_guest", "title": "For guests as well"})
        page.until(row("reddit/t3_guest"))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def what_is_lost_is_told(programs, browser):
    """A watched sf-process that gets 40 good lines and 3 bad ones."""
    figures = f"127.0.0.1:{free_port()}"
    with Running(*programs, "--demo", "--watch", figures, sample=False) as r:
        command = [programs[1], "--quiet", "--store", r.store, "--metrics", figures, "--dlq", f"{r.folder.name}/dead.ndjson"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True, env=r.env) as process:
            good = "".join(json.dumps({"platform": "reddit", "source_id": f"t3_{i}", "title": "x", "body": ""}) + "\n" for i in range(40))
            process.stdin.write(good + "{broken\n" * 3)
            process.stdin.flush()
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            told = lambda: json.load(opener.open(r.base + "api/v1/pipeline/", timeout=20))
            end = time.monotonic() + 2 * cdp.PATIENCE
            while told()["dead_letters"] != 3 or not told()["series"]:
                check("figures come", time.monotonic() < end, told())
                time.sleep(0.2)
            page = browser.page(r.base)
            page.until("document.querySelectorAll('.answer[data-state=ready]').length === 5")
            check("dead letters", "3 in all" in page.text("#answer-lost [data-lost=dead]"), page.text("#answer-lost"))
            page.until("document.querySelector('#throughput canvas') && document.querySelector('#dead canvas')")
            process.stdin.close()
        end = time.monotonic() + 2 * cdp.PATIENCE
        while told()["watched"][0]["up"]:
            check("that it has gone is told", time.monotonic() < end)
            time.sleep(0.2)
        page.go(r.base)
        page.until("document.querySelector('#answer-lost .verdict')?.textContent.includes('nothing answers')")


def an_empty_store_says_so(programs, browser):
    with Running(*programs, "--demo", sample=False) as r:
        page = browser.page(r.base)
        page.until("document.querySelectorAll('.answer[data-state=ready]').length === 5")
        page.until("document.querySelector('#feed .empty')")
        check("what to do", "sf-process fills it" in page.text("#answer-sources"))
        r.put({"source_id": "t3_first", "title": "The first of all"})
        page.until(row("reddit/t3_first"))
        check("no failures", not page.failures, page.failures)


def no_script_failed(page):
    same("scripts that failed", page.failures, [])
    same("what the policy refused", [s for s in page.said if "Security Policy" in s or "Trusted" in s], [])


TESTS = [wrong_password, answers_are_those_of_sql, a_number_opens_its_posts, every_number_opens_posts, platforms_are_compared, every_view_has_a_table, the_feed_moves, hostile_texts_stay_text,
         filters_live_in_the_address, nsfw_is_hidden, a_post_tells_why, files_can_be_taken, keys_do, motion_is_reduced, the_past_can_be_asked,
         nothing_runs_over, a_slow_or_failing_server_is_told, events_stand_in_for_sockets, a_server_without_a_feed, the_server_goes_and_comes_back, tokens_end_and_are_renewed]


failed = []


def attempt(test, *arguments):
    """One test; what fails is told, and the others go on."""
    began = time.monotonic()
    try:
        test(*arguments)
        print(f"ok      {test.__name__} ({time.monotonic() - began:.1f} s)", flush=True)
    except (AssertionError, OSError, subprocess.CalledProcessError, IndexError) as e:
        failed.append(test.__name__)
        print(f"FAILED  {test.__name__}: {type(e).__name__} {e}", flush=True)


def main():
    programs, build, names = sys.argv[1:5], sys.argv[5], sys.argv[6:]
    if cdp.program() is None:
        print("skipped: no Chromium here")
        return 77
    chosen = lambda f: not names or f.__name__ in names
    with Browser() as browser:
        with Running(*programs) as r:
            page = browser.page()
            log_in(page, r.base)
            for test in filter(chosen, TESTS):
                attempt(test, r, page)
            if chosen(everybody_can_use_it):
                script = axe(build)
                if script is None:
                    print("everybody_can_use_it: skipped, axe-core cannot be had from npm")
                else:
                    attempt(everybody_can_use_it, r, page, script)
            attempt(no_script_failed, page)
        for test in filter(chosen, (guests_read_alone, what_nobody_saw_is_not_zero, what_is_lost_is_told, an_empty_store_says_so)):
            attempt(test, programs, browser)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
