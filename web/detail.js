// SPDX-License-Identifier: MIT
// What opens at the side: the posts behind a number, one post with all that is known of it, one topic across the platforms.

import { ask, request } from "./session.js";
import { average, empty, failed, moodMark, opens, platform, table, topic } from "./parts.js";
import { ago, count, lasting, mood, moment, number, percent, platformName, rate, sure, titleOf } from "./format.js";
import { filters, open, rangeSeconds, set, shown, state } from "./state.js";
import { h, link, replace, save, say } from "./dom.js";
import { lines } from "./charts.js";

const NAMES = { topic: "topic", platform: "platform", since: "from", until: "to", q: "with", channel: "in", author: "by" };

let body, heading, tools, node, before = null, stop = null;

export function make() {
  heading = h("h2", { id: "drawer-title", tabindex: "-1" });
  tools = h("div", { class: "tools" });
  body = h("div", { class: "drawer-body" });
  node = h("aside", { id: "drawer", role: "dialog", "aria-labelledby": "drawer-title", hidden: true }, h("header", {}, heading, tools,
    h("button", { type: "button", class: "close", "aria-label": "Close", onclick: close }, "✕")), body);
  return node;
}

export const isOpen = () => !node.hidden;
export const close = () => set({ show: "" });

// Shows what the page's address says is open.
export async function show() {
  const what = shown(), kinds = { posts, signal: post, compare };
  stop?.abort();
  if (!what || !kinds[what.kind]) {
    const had = !node.hidden;
    node.hidden = true;
    document.body.classList.remove("drawn");
    if (had) before?.focus?.();
    return;
  }
  if (node.hidden) before = document.activeElement;
  stop = new AbortController();
  node.hidden = false;
  document.body.classList.add("drawn");
  replace(tools);
  replace(body, h("div", { class: "waiting", "aria-hidden": "true" }));
  body.scrollTop = 0;
  try { await kinds[what.kind](what.params, stop.signal); } catch (e) {
    if (e.name !== "AbortError" && e.status !== 401) {
      heading.textContent = e.status === 404 ? "Not there" : "It did not work";
      replace(body, e.status === 404 ? empty("There is no such post; it may have been deleted.") : failed(e, show));
    }
  }
  heading.focus({ preventScroll: true });
  say(heading.textContent);
}

// ---- posts

const asSpoken = (name, v) => (name === "platform" ? v.split(",").map(platformName).join(", ") : name === "since" && /^\d+s$/.test(v) ? `${lasting(parseInt(v, 10))} ago` : /^\d{4}-/.test(v) ? moment(v) : v);

function line(s) {
  const text = titleOf(s);
  return h("li", { class: "post" }, platform(s.platform, false), h("div", { class: "what" },
    h("button", { class: "title", type: "button", onclick: () => open("signal", { platform: s.platform, id: s.source_id }) }, text),
    h("div", { class: "under" }, s.rising && h("span", { class: "rising" }, "★ RISING"), Math.abs(s.velocity) >= 0.005 && h("span", { class: "velocity" }, rate(s.velocity)), moodMark(s.sentiment_compound, s.sentiment_cover),
      h("time", {}, ago(s.event_at || s.ts)))), h("span", { class: "score" }, number(s.raw_score)));
}

async function exported(query, format) {
  const r = await request("/api/v1/signals/export/", { ...query, format });
  save(`posts.${format}`, await r.blob());
}

async function posts(params, signal) {
  const query = { ...(state.nsfw ? {} : { without_label: "nsfw" }), ...(state.as_of && !params.until ? { as_of: state.as_of } : {}), ...params };
  heading.textContent = "Posts";
  replace(tools, ["ndjson", "csv"].map((f) => h("button", { type: "button", onclick: () => exported(query, f).catch((e) => say(e.message)) }, f.toUpperCase())));
  const [page, all] = await Promise.all([ask("signals", { ...query, page_size: 40, cursor: "" }, { signal }), ask("signals", { ...query, page_size: 1, fields: "id" }, { signal })]);
  const said = Object.entries(params).map(([k, v]) => `${NAMES[k] || k} ${asSpoken(k, v)}`).join(", ");
  const list = h("ol", { class: "rows" }, page.results.map(line));
  const more = h("button", { type: "button", class: "plain" }, "More");
  let next = page.next;
  more.hidden = !next;
  more.addEventListener("click", async () => {
    const url = new URL(next), part = await (await request(url.pathname, Object.fromEntries(url.searchParams))).json();
    list.append(...part.results.map(line));
    next = part.next;
    more.hidden = !next;
  });
  replace(body, h("p", { class: "lead" }, h("b", { id: "posts-count", data: { value: all.count } }, count(all.count)), all.count === 1 ? " post" : " posts", said && `: ${said}`),
    page.results.length ? list : empty("No posts.", !state.nsfw && h("p", { class: "hint" }, "What is marked nsfw is hidden.")), more);
}

// ---- one post

function history(looks) {
  const known = looks.filter((l) => l.score != null || l.comments != null);
  if (known.length === 0) return h("p", { class: "hint" }, "No numbers are known.");
  const times = known.map((l) => Date.parse(l.observed_at) / 1000);
  const columns = ["seen", "points", "comments", "points/s", "trending"], rows = known.map((l) => [moment(l.observed_at), l.score, l.comments, l.velocity == null ? null : +l.velocity.toFixed(3), l.trending_score == null ? null : +l.trending_score.toFixed(3)]);
  const chart = known.length > 1 && lines({ times, step: 60, height: 180, units: ["points", "comments"], lines: [{ name: "points", values: known.map((l) => l.score), scale: 0 }, { name: "comments", values: known.map((l) => l.comments), scale: 1 }] }).node;
  return [chart, h("details", { open: known.length === 1 }, h("summary", {}, `${count(known.length)} looks as a table`), table(columns, rows, "Looks at this post"))];
}

function whySentiment(e, s) {
  if (s.sentiment_compound == null) return h("p", { class: "hint" }, "It has no text.");
  const low = s.sentiment_cover != null && s.sentiment_cover < 0.5;
  return [h("p", {}, moodMark(s.sentiment_compound, s.sentiment_cover), ` compound ${mood(s.sentiment_compound)}: ${percent(s.sentiment_pos)} positive, ${percent(s.sentiment_neu)} neutral, ${percent(s.sentiment_neg)} negative. `,
    `${percent(s.sentiment_cover)} of its words are known${low ? ", too few for this to count" : ""}.`),
    e?.tokens?.length ? table(["word", "in the lexicon", "counts", "because of"], e.tokens.map((t) => [t.text, t.lexicon, +t.valence.toFixed(3), t.rules.join(", ")]), "Words that count")
      : h("p", { class: "hint" }, "No word of it carries a mood."),
    e && h("p", { class: "hint" }, `Sum ${number(e.sum)}${e.punctuation ? `, of which punctuation ${number(e.punctuation)}` : ""}, brought to between −1 and +1: ${mood(e.compound)}.`)];
}

const KINDS = { PER: "person", ORG: "organisation", GPE: "place", LOC: "place", PRODUCT: "product", EVENT: "event", WORK: "work", NORP: "people", FAC: "building" };

function whyEntities(list) {
  if (!list?.length) return h("p", { class: "hint" }, "None were found.");
  return h("ul", { class: "why" }, list.map((e) => h("li", {}, h("b", {}, e.text), " ", h("span", { class: "label", title: KINDS[e.label] }, e.label), ` ${e.reason}`,
    e.evidence?.length > 0 && h("ul", { class: "evidence" }, e.evidence.map((v) => h("li", {}, `${v.rule}: ${v.weight > 0 ? "+" : ""}${number(v.weight)}`))))));
}

function whyTrending(t, s) {
  if (!t || s.trending_score == null) return h("p", { class: "hint" }, "It has no score yet: a first look has nothing to go by.");
  const rows = [["Smoothed rate", `${number(t.rate)} points/s`], ["The platform's usual", `${number(t.v0)} points/s`], ["Times usual", number(t.x)], ["On a logarithmic scale (g)", number(t.g)],
    ["Size against the platform (n)", number(t.n)], [`Recency (r), half in ${lasting(t.half_life)}`, number(t.r)], ["g · (0.70 + 0.10 n + 0.20 r)", number(s.trending_score)]];
  return table(["what", "value"], rows, "How the trending score comes about");
}

async function post({ platform: p, id }, signal) {
  const s = await ask(`signals/${encodeURIComponent(p)}/${encodeURIComponent(id)}`, { ...(state.as_of ? { as_of: state.as_of } : {}), include: "history,why,entities" }, { signal });
  const e = s.explanation || {}, fact = (name, v) => v != null && v !== "" && h("div", {}, h("dt", {}, name), h("dd", {}, v));
  heading.textContent = "Post";
  const original = link(original_of(s), `Open on ${platformName(s.platform)}`, { class: "button" });
  const part = (title, id_, ...kids) => h("section", { class: "part", id: id_ }, h("h3", {}, title), ...kids);
  replace(body,
    h("h3", { class: "headline" }, s.title || titleOf(s)),
    s.title && s.body && h("p", { class: "text" }, s.body),
    h("p", { class: "under" }, platform(s.platform), s.rising && h("span", { class: "rising" }, "★ RISING"), s.velocity != null && h("span", { class: "velocity" }, rate(s.velocity)), (s.topics || []).map(topic)),
    h("p", { class: "links" }, original, s.url && s.url !== original?.href && link(s.url, "What it links to", { class: "button quiet" })),
    h("dl", { class: "figures" }, fact("points", number(s.raw_score)), fact("comments", number(s.comments)), fact("trending", number(s.trending_score)), fact("created", moment(s.ts)), fact("last seen", moment(s.observed_at)), fact("author", s.author), fact("in", s.channel), fact("language", s.lang), fact("labels", (s.labels || []).join(", "))),
    part("How its numbers went", "why-history", history(s.history || [])),
    part("Why this sentiment", "why-sentiment", whySentiment(e.sentiment, s)),
    part("Why these names", "why-entities", whyEntities(e.entities)),
    part("Why it trends", "why-trending", whyTrending(e.trending, s)));
}

function original_of(s) {
  const id = encodeURIComponent;
  if (s.platform === "hackernews") return `https://news.ycombinator.com/item?id=${id(s.source_id)}`;
  if (s.platform === "reddit") return s.source_id.startsWith("t3_") ? `https://www.reddit.com/comments/${id(s.source_id.slice(3))}/` : s.url;
  if (s.platform === "lobsters") return `https://lobste.rs/s/${id(s.source_id)}`;
  if (s.platform === "bluesky") { const m = /^at:\/\/([^/]+)\/app\.bsky\.feed\.post\/([^/]+)$/.exec(s.source_id); return m ? `https://bsky.app/profile/${id(m[1])}/post/${id(m[2])}` : s.url; }
  return s.url || `https://www.youtube.com/watch?v=${id(s.source_id)}`;
}

// ---- one topic across platforms

async function compare({ topic: name }, signal) {
  heading.textContent = name;
  const range = { since: `${rangeSeconds()}s` }, f = filters({ q: "", platform: "", ...range, topic: name }), { without_label: _, ...met } = f;
  const [sides, events] = await Promise.all([ask("compare", { ...f, by: "platform", include: "lead_lag" }, { signal }), ask("compare", { ...met, by: "event", page_size: 20 }, { signal })]);
  const there = sides.platforms.filter((p) => p.count > 0).sort((a, b) => a.lag_seconds - b.lag_seconds), first = there[0];
  const sum = there.reduce((n, p) => n + p.count, 0), posts = (p) => ({ topic: name, ...(p ? { platform: p } : {}), ...range });
  const led = events.results.filter((e) => e.leader), surest = [...led].sort((a, b) => (b.significant === true) - (a.significant === true) || (a.p_value ?? 1) - (b.p_value ?? 1))[0];
  const lags = (events.lead_lag || sides.lead_lag || []).filter((l) => l.topic === name);
  replace(tools, h("button", { type: "button", onclick: () => set({ topic: name, show: "" }) }, "Only this topic"));
  if (!first) { replace(body, empty("Nothing of this topic in this time.")); return; }
  replace(body,
    h("p", { class: "lead" }, opens(`${count(sum)} posts`, posts(), name, { value: sum }), ` in ${state.range} on ${there.length === 1 ? "one platform" : `${there.length} platforms`}. `,
      there.length > 1 ? [platform(first.platform), ` moved first, ${lasting(there[1].lag_seconds)} before ${platformName(there[1].platform)}.`] : ""),
    h("p", { class: "hint" }, surest ? `How sure: ${sure(surest.p_value, surest.significant)}. ` : "", "Being first says who was first, not who caused what."),
    h("div", { class: "race" }, there.map((p) => lane(p, Math.max(...there.map((x) => x.lag_seconds), 1)))),
    h("section", { class: "part" }, h("h3", {}, "Platforms beside each other"), table(["platform", "first", "later by", "posts", "share", "authors", "sentiment", "pace"], there.map((p) => [platformName(p.platform), moment(p.first_at), lasting(p.lag_seconds),
      opens(count(p.count), posts(p.platform), `${name} on ${platformName(p.platform)}`, { value: p.count }), percent(p.share), count(p.authors),
      average(mood(p.avg_sentiment), p.n_scored, posts(p.platform), name), average(rate(p.avg_velocity), p.n_velocity, posts(p.platform), name)]), `${name} by platform`, (i, j) => (j === 4 || j === 5) && posts(there[i].platform))),
    lags.length > 0 && h("section", { class: "part" }, h("h3", {}, "Who leads whom"), table(["first", "then", "by", "correlation", "windows", "how sure"],
      lags.map((l) => [platformName(l.leader), platformName(l.follower), lasting(l.lag_seconds), number(l.correlation), count(l.n), sure(l.p, l.significant)]), "Leads over all windows", (i, j) => (j === 3 || j === 4) && posts(`${lags[i].leader},${lags[i].follower}`))),
    meetings(name, led));
}

function meetings(name, led) {
  const posts = (e) => ({ topic: name, since: e.bucket, until: new Date(Date.parse(e.bucket) + 900e3).toISOString() });
  const rows = led.map((e) => [moment(e.ts), e.platforms.map(platformName).join(", "), platformName(e.leader),
    lasting(e.lead_seconds), opens(count(e.support), posts(e), name), sure(e.p_value, e.significant)]);
  return h("section", { class: "part" }, h("h3", {}, "When they met"), rows.length === 0
    ? h("p", { class: "hint" }, "It did not come up on two platforms within a quarter of an hour.")
    : table(["when", "platforms", "first", "by", "posts", "how sure"], rows, "Meetings"));
}

function lane(p, most) {
  const dot = h("i", { class: `dot ${p.platform}` });
  dot.style.left = `${(100 * p.lag_seconds) / most}%`;
  return h("div", { class: "lane" }, platform(p.platform), h("div", { class: "track", "aria-hidden": "true" }, dot), h("span", {}, p.lag_seconds === 0 ? "first" : `+ ${lasting(p.lag_seconds)}`));
}
