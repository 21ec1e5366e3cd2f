#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""200 changes a second into the open page: it keeps its rows, shows the last state of each post, and its memory does not grow. Frame times and
growth are printed; they are held to bounds in long runs alone.

  flood.py SF_INGEST SF_PROCESS SF_AGGREGATE SF_SERVE SECONDS [strict]"""
import json
import random
import subprocess
import sys
import time

import cdp
from cdp import Browser
from running import Running, iso

A_SECOND, POSTS, ROWS = 200, 150, 200
GROWTH_MOST, FRAME_MOST = 10e6, 20  # bytes; ms


def lines(seconds, last):
    """Bundles of ten, each at its time; `last` takes each post's last score."""
    rng, began, at = random.Random(7), time.monotonic(), 0
    for i in range(seconds * A_SECOND // 10):
        now, bundle = time.time(), []
        at = max(at + 10, int(now * 1000))  # later each time, also where it makes up for lost time: the latest look is the last one
        for k in range(10):
            n = i * 10 + k
            post = rng.randrange(POSTS) if n >= POSTS else n
            last[post] = last.get(post, 0) + rng.randrange(1, 50)
            bundle.append(json.dumps({"platform": "reddit", "source_id": f"t3_flood{post}", "kind": "post", "title": f"Flood {post}: NASA and a GREAT bridge", "body": "",
                                      "raw_score": last[post], "ts": iso(int(now * 1000) - 60000), "observed_at": iso(at + k)}))
        yield "\n".join(bundle) + "\n"
        time.sleep(max(0, began + (i + 1) * 10 / A_SECOND - time.monotonic()))


def heap(page):
    page.do("HeapProfiler.collectGarbage")
    return page.do("Runtime.getHeapUsage")["usedSize"]


def quantile(frames, share):
    """Of sorted times; NaN where a busy machine drew none."""
    return frames[int(share * len(frames))] if frames else float("nan")


def run(r, page, seconds):
    last = {}
    page.until("document.querySelectorAll('.answer[data-state=ready]').length === 5")
    page.do("HeapProfiler.enable")
    with subprocess.Popen([r.programs["process"], "--quiet", "--store", r.store], stdin=subprocess.PIPE, text=True, env=r.env) as process:
        before = None
        for i, bundle in enumerate(lines(seconds, last)):
            process.stdin.write(bundle)
            process.stdin.flush()
            if i == max(20, seconds):  # once it is warm
                before = heap(page)
                page.run("window.frames_ = []; window.at_ = performance.now(); const tick = (t) => { window.frames_.push(t - window.at_); window.at_ = t; window.running_ !== false && requestAnimationFrame(tick); }; requestAnimationFrame(tick); 0")
        page.run("window.running_ = false")
        frames = sorted(page.run("window.frames_.slice(5)"))
        process.stdin.close()
    n = len(last) - 1
    for post in (0, n // 2, n):
        score = f"{last[post]:,}"
        page.until(f"document.querySelector('[data-key=\"reddit/t3_flood{post}\"] .score')?.textContent.endsWith({json.dumps(score)})")
    rows = page.run("document.querySelectorAll('#feed .row').length")
    growth, p95 = heap(page) - before, quantile(frames, 0.95)
    came, skipped = page.text("#feed-note"), page.text("#connection-text")
    print(f"{seconds} s at {A_SECOND}/s: {rows} rows, heap {before / 1e6:.1f} MB and {growth / 1e6:+.1f} MB, {len(frames)} frames, p50 {quantile(frames, 0.5):.1f} ms, p95 {p95:.1f} ms; {came}; {skipped}")
    assert rows <= ROWS, f"{rows} rows"
    assert not page.failures, page.failures
    return growth, p95


def main():
    programs, seconds, strict = sys.argv[1:5], int(sys.argv[5]), "strict" in sys.argv[6:]
    if cdp.program() is None:
        print("skipped: no Chromium here")
        return 77
    with Browser() as browser, Running(*programs, "--demo") as r:
        growth, p95 = run(r, browser.page(r.base), seconds)
    if strict:
        assert growth < GROWTH_MOST, f"the heap grew by {growth / 1e6:.1f} MB"
        assert p95 < FRAME_MOST, f"the 95th percentile of frames took {p95:.1f} ms"
    return 0


sys.exit(main())
