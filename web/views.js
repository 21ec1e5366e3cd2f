// SPDX-License-Identifier: MIT
// Six views: how topics go, who leads whom, the topics that trend, the topics of each platform, how much goes through, what cannot be read.

import { ask } from "./session.js";
import { average, empty, opens, Panel } from "./parts.js";
import { bars, grid, lines, sparkline, svgPng } from "./charts.js";
import { count, lasting, number, platformName, PLATFORMS, rate, short, sure } from "./format.js";
import { events, pipeline } from "./answers.js";
import { filters, open, rangeSeconds, state } from "./state.js";
import { h } from "./dom.js";

const TOPICS = 6;
const step = () => { const s = rangeSeconds(); return s <= 86400 ? 900 : s <= 604800 ? 7200 : 21600; };
const since = () => ({ since: `${rangeSeconds()}s` });
const span = (at, seconds) => ({ since: new Date(at * 1000).toISOString(), until: new Date((at + seconds) * 1000).toISOString() });

const panels = {
  traction: new Panel("traction", "Topic traction", ""),
  leads: new Panel("leads", "Who leads, by topic", "Colour: by how much the leader's posts fare better (blue) or worse (orange). Hatched: may be chance, or not known yet."),
  cards: new Panel("cards", "Trending topics", "The topics that are spoken of most now, with the pace of their posts."),
  tops: new Panel("tops", "Top topics by platform", "Posts of this time; each bar opens them."),
  throughput: new Panel("throughput", "Pipeline throughput", "Records made safe a second, and how long the slowest hundredth of flushes took."),
  dead: new Panel("dead", "Dead letters", "Records a minute that could not be processed. They are kept, with the reason."),
};

// ---- topic traction, and the cards that share its numbers

// The steps of one topic: the sum of the platforms that were watched; null where none was.
async function steps(name, signal) {
  const wanted = step(), answer = await ask("pulse", { ...filters({ ...since(), topic: name }), step: `${wanted}s`, fields: "from,platform,count" }, { signal });
  const sums = new Map();
  for (const r of answer.platforms) {
    if (r.platform === "all") continue;
    const t = Date.parse(r.from) / 1000;
    sums.set(t, r.count == null ? sums.get(t) ?? null : (sums.get(t) ?? 0) + r.count);
  }
  return sums;
}

async function topTopics(signal) {
  if (state.topic) return [state.topic];
  const trend = (await ask("trending/topics", filters({ page_size: TOPICS, topic: "", without_label: "" }), { signal })).topics.map((t) => t.topic);
  const often = (await ask("pulse", { ...filters(since()) }, { signal })).topics.map((t) => t.topic);
  return [...new Set([...trend, ...often])].slice(0, TOPICS);
}

async function traction(signal) {
  const names = await topTopics(signal), all = await Promise.all(names.map((n) => steps(n, signal)));
  const times = [...new Set(all.flatMap((m) => [...m.keys()]))].sort((a, b) => a - b), seconds = step();
  const rows = times.map((t) => all.map((m) => m.get(t) ?? null)), known = rows.map((r) => r.some((v) => v != null));
  const p = panels.traction;
  p.note.textContent = `Posts of each topic in ${lasting(seconds)}. Hatched: nobody looked.`;
  let chart;
  p.show({ columns: ["from", ...names], rows: times.map((t, i) => [new Date(t * 1000).toISOString(), ...rows[i]]),
    posts: (i, j) => j > 0 && { topic: names[j - 1], platform: state.platform, ...span(times[i], seconds) } }, () => {
    if (names.length === 0) return empty("No topics in this time.");
    chart = lines({ times, step: seconds, known, height: 250, lines: names.map((name, i) => ({ name, values: rows.map((r) => r[i]) })),
      onPoint: (i) => open("posts", { topic: names.length === 1 ? names[0] : "", platform: state.platform, ...span(times[i], seconds) }) });
    return chart.node;
  }, () => chart?.png());
  await cards(names, all.map((m) => times.map((t) => m.get(t) ?? null)), signal);
}

async function cards(names, values, signal) {
  const pulse = (await ask("pulse", filters(since()), { signal })).topics, of = new Map(pulse.map((t) => [t.topic, t]));
  const rows = await Promise.all(names.map(async (n) => of.get(n) || ({ topic: n, ...(await ask("pulse", { ...filters({ ...since(), topic: n }), by: "platform" }, { signal })).platforms.find((p) => p.platform === "all") })));
  const posts = (i) => ({ topic: rows[i].topic, platform: state.platform, ...since() });
  panels.cards.show({ posts: (i, j) => j > 0 && posts(i), columns: ["topic", "posts", "authors", "points/s", "points/s of", "points", "points of"], rows: rows.map((t) => [t.topic, t.count, t.authors, t.avg_velocity, t.n_velocity, t.avg_score, t.n_score]) }, () =>
    rows.length === 0 ? empty("No topics in this time.") : h("ul", { class: "cards" }, rows.map((t, i) => {
      const its = posts(i);
      return h("li", { class: "card", data: { topic: t.topic } },
        h("button", { class: "name", type: "button", onclick: () => open("compare", { topic: t.topic }) }, t.topic), sparkline(values[i]),
        h("dl", {}, h("dt", {}, "posts"), h("dd", {}, opens(count(t.count), its, t.topic, { value: t.count })),
          h("dt", {}, "pace"), h("dd", {}, average(rate(t.avg_velocity), t.n_velocity, its, t.topic)),
          h("dt", {}, "points"), h("dd", {}, average(number(t.avg_score), t.n_score, its, t.topic))));
    })));
}

// ---- who leads

async function leads(signal) {
  const answer = await events(signal), newest = new Map();
  for (const e of answer.results) {
    const key = `${e.leader}/${e.topic}`, old = newest.get(key);
    if (e.leader && e.lead_seconds > 0 && (!old || (e.significant === true) > (old.significant === true))) newest.set(key, e);
  }
  const lags = new Map((answer.lead_lag || []).filter((l) => l.lag_seconds > 0).map((l) => [`${l.leader}/${l.topic}`, l])); // over four weeks
  const columns = [...new Set([...newest.values()].sort((a, b) => (b.significant === true) - (a.significant === true) || b.support - a.support).map((e) => e.topic))].slice(0, 6), rows = Object.keys(PLATFORMS).filter((p) => answer.results.some((e) => e.platforms.includes(p)));
  const most = Math.max(0.05, ...[...newest.values()].map((e) => Math.abs(e.delta_score ?? 0)));
  const list = [...newest.values()];
  let node;
  panels.leads.show({
    posts: (i, j) => j === 5 && { topic: list[i].topic, platform: list[i].platforms.join(), ...since() },
    columns: ["leader", "topic", "platforms", "lead s", "delta_score", "posts", "p", "significant", "when"],
    rows: list.map((e) => [platformName(e.leader), e.topic, e.platforms.map(platformName).join(", "), e.lead_seconds, e.delta_score, e.support, e.p_value, e.significant, short(e.ts)]),
  }, () => {
    if (columns.length === 0) return empty("No topic came up on two platforms in this time.");
    return (node = grid(rows.map(platformName), columns, (i, j) => {
      const e = newest.get(`${rows[i]}/${columns[j]}`);
      const lag = lags.get(`${rows[i]}/${columns[j]}`);
      return e && { value: (e.delta_score ?? 0) / most, text: lasting(lag?.lag_seconds ?? e.lead_seconds), sure: e.significant === true || lag?.significant === true, press: () => open("compare", { topic: e.topic }),
        label: `${platformName(e.leader)} led ${e.topic} by ${lasting(e.lead_seconds)}, difference ${number(e.delta_score)}, ${sure(e.p_value, e.significant)}` };
    }));
  }, () => node && svgPng(node));
}

// ---- topics of each platform

async function tops(signal) {
  const names = Object.keys(PLATFORMS).filter((p) => !state.platform || state.platform.split(",").includes(p));
  const all = await Promise.all(names.map((p) => ask("pulse", { ...filters({ ...since(), platform: p, topic: "" }) , by: "topic" }, { signal })));
  const groups = names.map((p, i) => ({ name: platformName(p), ink: p, bars: all[i].topics.slice(0, 5).map((t) => ({ name: t.topic, value: t.count, press: () => open("posts", { topic: t.topic, platform: p, ...since() }) })) })).filter((g) => g.bars.length > 0);
  const flat = groups.flatMap((g) => g.bars.map((b) => [g.name, b.name, b.value, g.ink]));
  let node;
  panels.tops.show({ columns: ["platform", "topic", "posts"], rows: flat.map((r) => r.slice(0, 3)), posts: (i, j) => j === 2 && { topic: flat[i][1], platform: flat[i][3], ...since() } },
    () => groups.length === 0 ? empty("No topics in this time.") : (node = bars(groups)), () => node && svgPng(node));
}

// ---- the pipeline

async function flow(signal) {
  const p = await pipeline(signal), times = p.series.map((s) => Date.parse(s.at) / 1000), known = p.series.map((s) => s.messages_per_second != null);
  const hint = () => p.watched == null ? empty("Not watched.", h("p", { class: "hint" }, "sf-serve --watch HOST:PORT shows what sf-process --metrics tells."))
    : empty("No figures yet.", h("p", { class: "hint" }, p.watched.some((t) => t.up) ? "The first come within a quarter of a minute." : p.watched.map((t) => `${t.target}: ${t.reason}`).join("; ")));
  const draw = (panel, columns, values, chart) => {
    let made;
    panel.show(p.series.length ? { columns: ["at", ...columns], rows: p.series.map((s, i) => [s.at, ...values.map((v) => v[i])]) } : null,
      () => p.series.length === 0 ? hint() : (made = lines({ times, step: 60, known, height: 190, ...chart })).node, p.series.length ? () => made?.png() : null);
  };
  const of = (name) => p.series.map((s) => s[name]);
  const rates = of("messages_per_second"), slow = of("flush_p99_ms"), bad = of("dead_per_minute");
  draw(panels.throughput, ["messages/s", "flush P99 ms"], [rates, slow], { units: ["messages/s", "ms"], lines: [{ name: "messages/s", values: rates, scale: 0 }, { name: "flush P99 (ms)", values: slow, scale: 1 }] });
  draw(panels.dead, ["dead letters a minute"], [bad], { units: ["a minute"], bars: true, lines: [{ name: "dead letters a minute", values: bad }] });
}

// ----

const parts = [[traction, ["traction", "cards"]], [leads, ["leads"]], [tops, ["tops"]], [flow, ["throughput", "dead"]]];

async function loadOne([get, names], signal) {
  for (const n of names) panels[n].wait();
  try { await get(signal); } catch (e) {
    if (e.name !== "AbortError" && e.status !== 401) for (const n of names) panels[n].fail(e, () => loadOne([get, names]));
  }
}

export const nodes = () => {
  const column = (...names) => h("div", { class: "column" }, names.map((n) => panels[n].node));
  return [panels.traction.node, column("cards", "tops"), column("leads", "throughput", "dead")];
};
export const load = (signal) => Promise.all(parts.map((p) => loadOne(p, signal)));
export const repaint = () => Object.values(panels).forEach((p) => p.draw && p.paint());
