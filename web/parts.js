// SPDX-License-Identifier: MIT
// Small pieces that several views share: numbers that open the posts behind them, platforms, topics, panels with a table behind.

import { h, replace, save } from "./dom.js";
import { count, csv, LETTERS, mood, platformName } from "./format.js";
import { open, set } from "./state.js";
import { scale } from "./theme.js";

const FEW = 10;

// A number that opens the posts it is made of.
export const opens = (text, params, what, data) =>
  h("button", { class: "opens", type: "button", title: `Posts: ${what}`, onclick: () => open("posts", params), data }, text);

// An average with the number of posts it is of; grey where these are few.
export function average(text, n, params, what, data) {
  const few = n == null || n < FEW;
  return h("span", { class: few ? "average few" : "average", title: few ? "Few posts: take it lightly" : null },
    opens([text, h("small", {}, ` n ${count(n)}`)], params, what, data));
}

export const platform = (p, long = true) => h("span", { class: `platform ${p}`, title: platformName(p) },
  h("i", { "aria-hidden": "true" }, LETTERS[p] || "?"), long ? platformName(p) : h("span", { class: "hidden" }, platformName(p)));

export const topic = (name) => h("button", { class: "topic", type: "button", title: `Only ${name}`, onclick: () => set({ topic: name }) }, name);

export function moodMark(v, cover) {
  const known = v != null && !(cover != null && cover < 0.5);
  const swatch = h("i", { class: "swatch", "aria-hidden": "true" });
  if (known) swatch.style.background = scale(v * 1.4);
  return h("span", { class: known ? "mood" : "mood few", title: known ? `Sentiment ${mood(v)}` : "Sentiment cannot be told: the text's words are not known" },
    swatch, known ? mood(v) : "–");
}

export const empty = (text, ...more) => h("div", { class: "empty" }, h("p", {}, text), ...more);

export function failed(e, again) {
  return h("div", { class: "failed", role: "alert" }, h("p", {}, e.message || "It did not work."),
    again && h("button", { type: "button", onclick: again }, "Try again"));
}

// posts(row, column) says which posts a number is made of; null: none.
export function table(columns, rows, caption, posts) {
  const cell = (v, i, j) => { const of = v != null && posts?.(i, j); return of ? opens(v, of, columns[j]) : v == null ? "–" : typeof v === "object" ? v : String(v); };
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", { class: "hidden" }, caption),
      h("thead", {}, h("tr", {}, columns.map((c) => h("th", { scope: "col" }, c)))),
      h("tbody", {}, rows.map((r, i) => h("tr", {}, r.map((v, j) => h(j ? "td" : "th", j ? {} : { scope: "row" }, cell(v, i, j))))))));
}

// A panel: title, what it shows, the same as a table, files of it. show() is given what there is: {columns, rows, png} or null.
export class Panel {
  constructor(id, title, note) {
    this.body = h("div", { class: "body" });
    this.note = h("p", { class: "note" }, note);
    this.asTable = h("button", { type: "button", "aria-pressed": "false", onclick: () => this.flip() }, "Table");
    this.asPng = h("button", { type: "button", onclick: () => this.png() }, "PNG");
    this.asCsv = h("button", { type: "button", onclick: () => this.data && save(`${id}.csv`, new Blob([csv(this.data.columns, this.data.rows)], { type: "text/csv" })) }, "CSV");
    this.node = h("section", { class: "panel", id, "aria-labelledby": `${id}-title` },
      h("header", {}, h("h2", { id: `${id}-title` }, title), h("div", { class: "tools" }, this.asTable, this.asCsv, this.asPng)),
      this.note, this.body);
    this.id = id;
    this.title = title;
    this.data = null;
    this.table = false;
    this.asTable.hidden = this.asCsv.hidden = this.asPng.hidden = true;
    this.wait();
  }

  wait() { if (!this.data) replace(this.body, h("div", { class: "waiting", "aria-hidden": "true" })); }

  // Draws: draw() makes nodes; data is {columns, rows}; png() gives a canvas, or there is none.
  show(data, draw, png = null) {
    Object.assign(this, { data, draw, canvas: png });
    this.asPng.hidden = !png;
    this.asTable.hidden = this.asCsv.hidden = !data;
    this.paint();
  }

  paint() {
    if (this.table && this.data) replace(this.body, table(this.data.columns, this.data.rows, this.title, this.data.posts));
    else replace(this.body, this.draw());
    this.body.removeAttribute("aria-busy");
  }

  flip() {
    this.table = !this.table;
    this.asTable.setAttribute("aria-pressed", String(this.table));
    this.paint();
  }

  fail(e, again) { this.data = null; this.asPng.hidden = this.asTable.hidden = this.asCsv.hidden = true; replace(this.body, failed(e, again)); }

  async png() {
    const canvas = this.canvas && await this.canvas();
    canvas?.toBlob((blob) => blob && save(`${this.id}.png`, blob), "image/png");
  }
}
