// SPDX-License-Identifier: MIT
// The first screen's five answers: what rises, who was first, whether the mood shifts, how fresh and whole the sources are, what is lost.

import { ask } from "./session.js";
import { average, failed, opens, platform } from "./parts.js";
import { ago, count, lasting, mood, moment, number, percent, platformName, sure } from "./format.js";
import { filters, now, open, rangeSeconds, set, state } from "./state.js";
import { h, replace } from "./dom.js";

const DAY = 86400;

class Answer {
  constructor(id, question, load) {
    this.body = h("div", { class: "body" }, h("div", { class: "waiting", "aria-hidden": "true" }));
    this.node = h("article", { class: "answer", id: `answer-${id}`, "aria-labelledby": `q-${id}` }, h("h2", { id: `q-${id}` }, question), this.body);
    this.get = load;
  }

  async load(signal) {
    try {
      replace(this.body, await this.get(signal));
      this.node.dataset.state = "ready";
    } catch (e) {
      if (e.name === "AbortError" || e.status === 401) return;
      replace(this.body, failed(e, () => this.load()));
      this.node.dataset.state = "failed";
    }
  }
}

const verdict = (text, tone, data) => h("p", { class: `verdict ${tone || ""}`, data }, text);

// ---- what rises

async function rising(signal) {
  const { topics, meta } = await ask("trending/topics", filters({ page_size: 4, topic: "", q: state.q || state.topic, without_label: "" }), { signal });
  const warming = meta.notes.some((n) => (n.name || n.word || JSON.stringify(n)).includes("warming-up"));
  if (topics.length === 0) return [verdict("Nothing yet", "quiet"), h("p", { class: "hint" }, "No topic came up in the last hour.")];
  const risen = topics.filter((t) => t.place != null && t.ratio != null), end = meta.as_of, from = new Date(Date.parse(end) - 3600e3).toISOString();
  const first = risen[0];
  return [
    first ? verdict([h("b", {}, first.topic), " ", opens(`${number(first.ratio)} × its usual`, { topic: first.topic, since: from, until: end }, `${first.topic}, the last hour`)], "good", { topic: first.topic, ratio: first.ratio })
      : verdict(warming ? "Warming up" : "Nothing is above its usual", "quiet", { warming }),
    h("ol", { class: "facts" }, topics.map((t) => h("li", { class: risen.includes(t) || warming ? null : "few", data: { topic: t.topic } },
      h("button", { class: "topic", type: "button", onclick: () => open("compare", { topic: t.topic }) }, t.topic),
      h("span", {}, opens(count(t.now), { topic: t.topic, since: from, until: end }, `${t.topic}, the last hour`, { value: t.now }),
        t.baseline == null ? "" : h("small", {}, " usually ", opens(number(t.baseline), { topic: t.topic, since: new Date(Date.parse(end) - 7 * DAY * 1000).toISOString(), until: from }, `${t.topic}, the week before that`)))))),
    h("p", { class: "hint" }, `Posts of the last hour. ${warming ? "A day of past is needed to know what is usual." : risen.length < topics.length ? "Grey: too few to be sure." : ""}`),
  ];
}

// ---- who moved first

export async function events(signal, more = {}) {
  return ask("compare", { ...filters({ q: "", without_label: "", since: `${rangeSeconds()}s`, page_size: 60, include: "meta,lead_lag", ...more }) }, { signal });
}

// Led by more posts, surer: those come first.
const bySureness = (a, b) => (b.significant === true) - (a.significant === true) || (a.p_value ?? 1) - (b.p_value ?? 1) || b.support - a.support || Date.parse(b.ts) - Date.parse(a.ts);

async function first(signal) {
  const answer = await events(signal), led = answer.results.filter((e) => e.leader && e.lead_seconds > 0).sort(bySureness);
  const lag = (answer.lead_lag || []).filter((l) => l.significant && l.lag_seconds > 0).sort((a, b) => a.p - b.p)[0];
  if (lag) {
    return [verdict([platform(lag.leader), ` before ${platformName(lag.follower)}`], "good", { leader: lag.leader, topic: lag.topic }),
      h("p", {}, "by ", h("b", {}, lasting(lag.lag_seconds)), " on ", topicButton(lag.topic), `, correlation ${number(lag.correlation)}, ${sure(lag.p, true)}, n ${count(lag.n)} windows`), others(led)];
  }
  if (led.length === 0) return [verdict("Nobody yet", "quiet"), h("p", { class: "hint" }, "No topic came up on two platforms in this time.")];
  const e = led[0];
  return [
    verdict([platform(e.leader), " first"], e.significant ? "good" : "", { leader: e.leader, topic: e.topic, lead: e.lead_seconds }),
    h("p", {}, "with ", topicButton(e.topic), ", ", h("b", {}, opens(lasting(e.lead_seconds), met(e), `${e.topic} in this quarter of an hour`)), " ahead of ", e.platforms.filter((p) => p !== e.leader).map(platformName).join(", "), ", on ",
      opens(`${count(e.support)} posts`, met(e), `${e.topic} in this quarter of an hour`, { value: e.support })),
    h("p", { class: e.significant ? "sure" : "hint", data: { p: e.p_value, significant: e.significant } }, `How sure: ${sure(e.p_value, e.significant)}`),
    others(led.slice(1)),
  ];
}

// The posts of an event.
const met = (e) => ({ topic: e.topic, since: e.bucket, until: new Date(Date.parse(e.bucket) + 900e3).toISOString() });

const topicButton = (name) => h("button", { class: "topic", type: "button", onclick: () => open("compare", { topic: name }) }, name);

function others(list) {
  const rest = [...new Map(list.map((e) => [e.topic, e])).values()].slice(0, 2);
  return rest.length > 0 && h("ul", { class: "facts small" }, rest.map((e) => h("li", {}, topicButton(e.topic), h("span", {}, platform(e.leader, false), " ", opens(lasting(e.lead_seconds), met(e), `${e.topic} in this quarter of an hour`), " ahead"))));
}

// ---- the mood

async function moods(signal) {
  const s = rangeSeconds(), at = now(), time = (back) => new Date(at - back * 1000).toISOString();
  const spans = [{ since: time(s), until: time(0) }, { since: time(2 * s), until: time(s) }];
  const [a, b] = (await Promise.all(spans.map((span) => ask("pulse", { ...filters(span), by: "platform" }, { signal })))).map((r) => r.platforms.find((p) => p.platform === "all") || (r.platforms.length === 1 ? r.platforms[0] : null));
  const posts = (span) => ({ ...filters(span), as_of: "" });
  if (!a || a.avg_sentiment == null) return [verdict("Unknown", "quiet"), h("p", { class: "hint" }, "No post of this time has a sentiment that counts.")];
  const shift = b?.avg_sentiment == null ? null : a.avg_sentiment - b.avg_sentiment;
  const half = (x) => (x.sentiment_high - x.sentiment_low) / 2, noise = shift == null ? null : Math.hypot(half(a), half(b));
  const moved = noise != null && !Number.isNaN(noise) && Math.abs(shift) > noise && Math.min(a.n_scored, b.n_scored) >= 10;
  return [
    shift == null ? verdict(mood(a.avg_sentiment), "", { mood: a.avg_sentiment }) : verdict(moved ? [shift > 0 ? "Yes, up by " : "Yes, down by ", opens(Math.abs(shift).toFixed(2), posts({ since: time(2 * s), until: time(0) }), `the last ${state.range} and the ${state.range} before`)] : "No", moved ? (shift > 0 ? "good" : "warn") : "quiet", { shift, moved }),
    h("p", {}, average(mood(a.avg_sentiment), a.n_scored, posts(spans[0]), `the last ${state.range}`, { value: a.avg_sentiment, n: a.n_scored }), ` now, between ${mood(a.sentiment_low)} and ${mood(a.sentiment_high)}`),
    b?.avg_sentiment != null && h("p", {}, average(mood(b.avg_sentiment), b.n_scored, posts(spans[1]), `the ${state.range} before`, { value: b.avg_sentiment, n: b.n_scored }), ` in the ${state.range} before`),
    shift != null && !moved && h("p", { class: "hint" }, `${mood(shift)} is within what chance gives.`),
  ];
}

// ---- the sources, and what is lost: one question for both

let pipelineAsked = null;
export function pipeline(signal) {
  pipelineAsked ??= ask("pipeline", {}, { signal }).finally(() => setTimeout(() => { pipelineAsked = null; }, 0));
  return pipelineAsked;
}

// The processes know of now alone, whichever moment the page is asked for.
const ofNow = () => state.as_of && h("p", { class: "hint warn" }, "Of now, not of that moment.");

// How old a platform's newest post is, which it opens.
const age = (s, p) => h("button", { class: "opens", type: "button", title: `The newest post, ${moment(s.newest.event_at)}`, onclick: () => open("signal", { platform: s.platform, id: s.newest.source_id }) },
  ago(s.newest.event_at, Date.parse(p.at)));

async function sources(signal) {
  const p = await pipeline(signal), known = p.sources.filter((s) => s.newest || s.count);
  if (known.length === 0) return [verdict("No posts", "quiet"), h("p", { class: "hint" }, "The store is empty: sf-process fills it.")];
  const newest = known.map((s) => s.newest?.event_at).filter(Boolean).sort().at(-1), old = newest && Date.parse(p.at) - Date.parse(newest) > DAY * 1000;
  const partial = known.filter((s) => s.watched_seconds != null && s.watched_seconds < 0.95 * DAY);
  return [
    old ? verdict(`Nothing for ${ago(newest, Date.parse(p.at))}`, "warn") : partial.length ? verdict(`${partial.length} of ${known.length} with gaps`, "warn") : verdict(["Newest ", age(known.find((s) => s.newest?.event_at === newest), p), " ago"], "good"),
    h("ul", { class: "facts" }, known.map((s) => h("li", { data: { source: s.platform, newest: s.newest?.event_at } }, platform(s.platform),
      h("span", {}, s.newest ? [age(s, p), " · "] : "none · ",
        opens(count(s.count), { platform: s.platform, since: new Date(Date.parse(p.at) - DAY * 1000).toISOString() }, `${platformName(s.platform)}, 24 hours`, { value: s.count }),
        s.watched_seconds != null && h("small", { class: s.watched_seconds < 0.95 * DAY ? "warn" : "" }, ` watched ${percent(s.watched_seconds / DAY)}`))))),
    h("p", { class: "hint" }, `Age of the newest · posts of a day.${known.every((s) => s.watched_seconds == null) ? " How well it was watched is told by live sources alone." : ""}`),
    ofNow(),
    old && h("button", { type: "button", class: "plain", onclick: () => set({ as_of: newest }) }, `Look at ${moment(newest)}`),
  ];
}

async function lost(signal) {
  const p = await pipeline(signal);
  if (p.watched == null) {
    return [verdict("Not watched", "quiet", { watched: "no" }), h("p", { class: "hint" }, "Start sf-serve with --watch HOST:PORT, the address of sf-process --metrics, and losses are told here.")];
  }
  const down = p.watched.filter((t) => !t.up), bad = (p.dead_per_minute ?? 0) > 0 || (p.dropped ?? 0) > 0 || (p.gaps ?? 0) > 0 || down.length > 0;
  const to = (text, id, value) => h("a", { class: "opens", href: `#${id}`, data: { value } }, text);
  return [
    verdict(down.length === p.watched.length ? "Unknown: nothing answers" : bad ? "Look at this" : "Nothing", bad ? "warn" : "good", { watched: "yes" }),
    h("ul", { class: "facts" },
      h("li", { data: { lost: "dead" } }, h("span", {}, "dead letters"), h("span", {}, to(`${number(p.dead_per_minute)} a minute`, "dead", p.dead_per_minute), h("small", {}, ` ${count(p.dead_letters)} in all`))),
      h("li", { data: { lost: "dropped" } }, h("span", {}, "dropped"), to(count(p.dropped), "throughput", p.dropped)),
      p.gaps != null && h("li", { data: { lost: "gaps" } }, h("span", {}, "gaps of sources"), to(count(p.gaps), "throughput", p.gaps)),
      h("li", { data: { lost: "rate" } }, h("span", {}, "messages"), to(`${number(p.messages_per_second)}/s`, "throughput", p.messages_per_second)),
      h("li", {}, h("span", {}, "flush P99"), to(p.flush_p99_ms == null ? "–" : `${number(p.flush_p99_ms)} ms`, "throughput", p.flush_p99_ms)),
      down.map((t) => h("li", { class: "warn" }, h("span", {}, t.target), h("span", { title: t.reason }, "does not answer")))),
    ofNow(),
  ];
}

const all = [
  new Answer("rising", "What is rising against its usual?", rising),
  new Answer("first", "Who moved first, and how sure?", first),
  new Answer("mood", "Is the mood shifting?", moods),
  new Answer("sources", "How fresh and complete?", sources),
  new Answer("lost", "Is anything being lost?", lost),
];

export const node = () => all.map((a) => a.node);
export const load = (signal) => Promise.all(all.map((a) => a.load(signal)));
