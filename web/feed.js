// SPDX-License-Identifier: MIT
// The posts as they come: each has one row, which changes in place. What comes between two frames is drawn in one; there are never more
// than a few hundred rows, and what finds no room is counted.

import { ask } from "./session.js";
import { ago, count, number, rate, titleOf } from "./format.js";
import { empty, failed, moodMark, platform, topic } from "./parts.js";
import { h, replace } from "./dom.js";
import { open, postFilters, rangeSeconds, state } from "./state.js";

const ROWS = 200, NEW_A_FRAME = 20, CHANGES_A_FRAME = 60, WAITING = 2000;
const keyOf = (s) => `${s.platform}/${s.source_id}`;

// Rows of the API have their sentiment flat.
const compound = (s) => (s.sentiment ? s.sentiment.compound : s.sentiment_compound);

function fields(s, old = {}) {
  const text = s.title || s.body;
  return {
    platform: s.platform, source_id: s.source_id,
    title: text ? titleOf(s) : old.title ?? titleOf(s),
    score: s.raw_score ?? old.score ?? null,
    before: s.previous_score ?? (s.raw_score != null && old.score != null && s.raw_score !== old.score ? old.score : old.before ?? null),
    velocity: s.velocity ?? old.velocity ?? null,
    mood: compound(s) ?? old.mood ?? null,
    cover: s.sentiment_cover ?? old.cover ?? null,
    topics: s.topics ?? old.topics ?? [],
    rising: s.rising ?? old.rising ?? false,
    channel: s.channel ?? old.channel ?? null,
    ts: s.ts ?? s.event_at ?? old.ts ?? s.observed_at ?? null,
    labels: s.labels ?? old.labels ?? [],
  };
}

class Row {
  constructor(values) {
    this.platform = platform(values.platform, false);
    this.title = h("button", { class: "title", type: "button", onclick: () => open("signal", { platform: values.platform, id: values.source_id }) });
    this.score = h("span", { class: "score" });
    this.velocity = h("span", { class: "velocity" });
    this.mood = h("span", { class: "mood-slot" });
    this.rising = h("span", { class: "rising", hidden: true }, "★ RISING");
    this.topics = h("span", { class: "topics" });
    this.age = h("time", { class: "age" });
    this.node = h("li", { class: "row", data: { key: keyOf(values) }, onclick: (e) => e.target.closest("button") || this.title.click() }, this.platform, h("div", { class: "what" }, this.title,
      h("div", { class: "under" }, this.rising, this.velocity, this.mood, this.topics, this.age)), this.score);
    this.values = {};
    this.set(values, false);
  }

  set(v, moved = true) {
    const old = this.values;
    this.values = v;
    if (v.title !== old.title) this.title.textContent = v.title;
    if (v.score !== old.score || v.before !== old.before) {
      const rose = v.before != null && v.before !== v.score;
      this.score.textContent = rose ? `${number(v.before)} → ${number(v.score)}` : number(v.score);
      this.score.dataset.value = v.score ?? "";
    }
    if (v.velocity !== old.velocity) {
      this.velocity.textContent = v.velocity == null ? "" : rate(v.velocity);
      this.velocity.hidden = !(Math.abs(v.velocity) >= 0.005);
      this.velocity.classList.toggle("fast", v.velocity >= 1);
    }
    if (v.mood !== old.mood || v.cover !== old.cover) replace(this.mood, moodMark(v.mood, v.cover));
    if (v.rising !== old.rising) this.rising.hidden = !v.rising;
    if (v.topics.join() !== (old.topics || []).join()) replace(this.topics, v.topics.slice(0, 3).map(topic));
    if (v.ts !== old.ts) this.tick();
    if (moved) {
      this.node.classList.remove("moved");
      this.moved = true;
    }
  }

  tick() { this.age.textContent = this.values.ts ? ago(this.values.ts) : ""; }
}

export class Feed {
  constructor(onCount) {
    this.onCount = onCount;
    this.rows = new Map();
    this.changes = new Map(); // by key, the newest alone
    this.skipped = 0;
    this.seen = 0;
    this.paused = false;
    this.list = h("ol", { class: "rows", "aria-label": "Posts, newest first" });
    this.state = h("div", { class: "feed-state" });
    this.node = h("div", { class: "feed-body", tabindex: "0", role: "region", "aria-label": "Live feed" }, this.state, this.list);
    setInterval(() => { for (const row of this.rows.values()) row.tick(); }, 15000);
  }

  // Fetches what there is, anew.
  async load() {
    this.loading?.abort();
    const stop = (this.loading = new AbortController());
    if (this.rows.size === 0) replace(this.state, h("div", { class: "waiting", "aria-hidden": "true" }));
    try {
      const page = await ask("signals", postFilters({ since: `${rangeSeconds()}s`, page_size: 60, cursor: "" }), { signal: stop.signal });
      this.rows.clear();
      replace(this.list);
      for (const s of page.results) this.append(new Row(fields(s)));
      replace(this.state, page.results.length ? null : empty("No posts here.", h("p", { class: "hint" },
        state.topic || state.q || state.platform || state.rising ? "None meets these filters in this time." : "None in this time. Posts appear as they come.")));
    } catch (e) {
      if (e.name !== "AbortError" && e.status !== 401) replace(this.state, failed(e, () => this.load()));
    }
    this.tell();
  }

  append(row) {
    this.rows.set(row.node.dataset.key, row);
    this.list.append(row.node);
  }

  // One message.
  take(s) {
    this.seen++;
    const key = keyOf(s);
    if (s.kind === "delete") { this.changes.set(key, s); this.ask(); return; } // even while paused: gone is gone
    this.changes.delete(key);
    if (this.changes.size >= WAITING) {
      const first = this.changes.keys().next().value;
      this.changes.delete(first);
      this.skipped++;
    }
    this.changes.set(key, s);
    this.ask();
  }

  ask() {
    if (!this.asked) {
      this.asked = true;
      const draw = () => this.draw();
      document.hidden ? setTimeout(draw, 500) : requestAnimationFrame(draw);
    }
  }

  draw() {
    this.asked = false;
    const moved = [];
    let left = CHANGES_A_FRAME, room = NEW_A_FRAME;
    const waiting = [...this.changes];
    for (const [key, s] of waiting) {
      const row = this.rows.get(key);
      if (s.kind === "delete") {
        this.changes.delete(key);
        row?.node.remove();
        this.rows.delete(key);
      } else if (!this.paused && left > 0 && row) {
        this.changes.delete(key);
        row.set(fields(s, row.values));
        moved.push(row);
        left--;
      } else if (!this.paused && left > 0 && room > 0 && !row) {
        this.changes.delete(key);
        this.insert(s);
        left--;
        room--;
      }
    }
    if (moved.length) requestAnimationFrame(() => moved.forEach((r) => r.node.classList.add("moved")));
    if (this.changes.size > 0 && !this.paused) this.ask();
    this.tell();
  }

  insert(s) {
    if (s.kind === "refresh" && !s.title && !s.body) return; // numbers of a post that is not shown
    if (this.rows.size === 0) replace(this.state);
    const row = new Row(fields(s));
    this.rows.set(row.node.dataset.key, row);
    this.list.prepend(row.node);
    row.node.classList.add("new");
    if (this.rows.size > ROWS) {
      const last = this.list.lastElementChild;
      this.rows.delete(last.dataset.key);
      last.remove();
    }
  }

  pause(yes) {
    this.paused = yes;
    if (!yes) this.ask();
    this.tell();
  }

  tell() { this.onCount({ rows: this.rows.size, waiting: this.changes.size, skipped: this.skipped, seen: this.seen }); }

  // The row above or below the one that has the focus.
  step(by) {
    const rows = [...this.list.children];
    const at = rows.findIndex((r) => r.contains(document.activeElement));
    rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.querySelector(".title").focus();
  }
}

export const feedNote = (c) => `${count(c.seen)} came${c.waiting ? `, ${count(c.waiting)} wait` : ""}`;
