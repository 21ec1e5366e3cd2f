// SPDX-License-Identifier: MIT
// Numbers, times and names as people read them. Unknown is a dash, never 0.

import { state } from "./state.js";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

export const PLATFORMS = { reddit: "Reddit", hackernews: "Hacker News", bluesky: "Bluesky", youtube: "YouTube", lobsters: "Lobsters" };
export const LETTERS = { reddit: "R", hackernews: "Y", bluesky: "B", youtube: "▶", lobsters: "L" };
export const platformName = (p) => PLATFORMS[p] || p;

export const count = (n) => (n == null ? "–" : whole.format(n));
export const number = (n) => (n == null ? "–" : Math.abs(n) >= 1000 ? whole.format(n) : fine.format(n));
export const rate = (v) => (v == null ? "–" : `${v.toFixed(Math.abs(v) < 10 ? 2 : 0)}/s`);
export const percent = (v) => (v == null ? "–" : `${(100 * v).toFixed(v > 0 && v < 0.1 ? 1 : 0)} %`);
export const mood = (v) => (v == null ? "–" : Math.abs(v) < 0.005 ? "0.00" : `${v < 0 ? "−" : "+"}${Math.abs(v).toFixed(2)}`);

export function sure(p, significant) {
  if (p == null) return "not known yet, it takes a week of past";
  const text = p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`;
  return `${significant ? "more than chance" : "may be chance"}, ${text}`;
}

export function lasting(seconds) {
  if (seconds == null || Number.isNaN(seconds)) return "–";
  const s = Math.abs(seconds);
  if (s < 90) return `${Math.round(s)} s`;
  if (s < 5400) return `${Math.round(s / 60)} min`;
  if (s < 172800) return `${+(s / 3600).toFixed(s < 36000 ? 1 : 0)} h`;
  return `${Math.round(s / 86400)} d`;
}

export const ago = (time, now = Date.now()) => (time == null ? "–" : lasting(Math.max(0, (now - Date.parse(time)) / 1000)));

const clocks = new Map();
function clock(options) {
  const key = JSON.stringify(options) + state.zone;
  if (!clocks.has(key)) {
    clocks.set(key, new Intl.DateTimeFormat("en-GB", { hourCycle: "h23", timeZone: state.zone === "utc" ? "UTC" : undefined, ...options }));
  }
  return clocks.get(key);
}

const zoneName = () => (state.zone === "utc" ? " UTC" : "");
export const moment = (t) => t == null ? "–" : clock({ day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }).format(new Date(t)) + zoneName();
export const short = (t) => t == null ? "–" : clock({ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(new Date(t));
export const hour = (t) => clock({ hour: "2-digit", minute: "2-digit" }).format(new Date(t));
export const titleOf = (post) => post.title || post.body || (post.deleted_at ? "deleted" : "no text known yet");

// RFC 4180; what a spreadsheet would run as a formula gets an apostrophe.
function cell(v) {
  if (v == null) return "";
  let s = typeof v === "object" ? JSON.stringify(v) : String(v);
  if (typeof v === "string" && /^[=+\-@\t\r]/.test(s)) s = `'${s}`;
  return /[",\r\n]/.test(s) || s === "" ? `"${s.replaceAll('"', '""')}"` : s;
}
export const csv = (columns, rows) => [columns, ...rows].map((r) => r.map(cell).join(",")).join("\r\n") + "\r\n";
