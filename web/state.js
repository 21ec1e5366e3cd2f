// SPDX-License-Identifier: MIT
// What is looked at: range, zone, moment, filters, and what is open. All of it lives in the page's address, so that a link shows the same.

const DEFAULTS = { range: "24h", zone: "local", as_of: "", platform: "", topic: "", q: "", min_velocity: "", rising: "", nsfw: "", show: "" };
const RANGES = { "1h": 3600, "6h": 21600, "24h": 86400, "3d": 259200, "7d": 604800, "30d": 2592000 };
const listeners = new Set();

export const state = { ...DEFAULTS };

function read() {
  const params = new URLSearchParams(location.search);
  for (const name of Object.keys(DEFAULTS)) state[name] = params.get(name) ?? DEFAULTS[name];
  if (!(state.range in RANGES)) state.range = DEFAULTS.range;
  if (state.zone !== "utc") state.zone = DEFAULTS.zone;
  if (state.as_of && Number.isNaN(Date.parse(state.as_of))) state.as_of = "";
}

function address() {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(state)) if (value !== DEFAULTS[name]) params.set(name, value);
  const text = params.toString();
  return text ? `/?${text}` : "/";
}

export const ranges = Object.keys(RANGES);
export const rangeSeconds = () => RANGES[state.range];
export const now = () => (state.as_of ? Date.parse(state.as_of) : Date.now());

// Changes some of it. What is opened can be left with the browser's way back; what is typed replaces.
export function set(changes, replace = false) {
  const before = { ...state };
  Object.assign(state, changes);
  const changed = Object.keys(state).filter((k) => state[k] !== before[k]);
  if (changed.length === 0) return;
  history[replace ? "replaceState" : "pushState"](null, "", address());
  for (const f of listeners) f(new Set(changed));
}

export const onChange = (f) => listeners.add(f);
export const clear = () => set({ platform: "", topic: "", q: "", min_velocity: "", rising: "" });

// Filters as the API has them: those that single posts meet.
export function filters(more = {}) {
  const f = { platform: state.platform, topic: state.topic, q: state.q, without_label: state.nsfw ? "" : "nsfw", as_of: state.as_of, ...more };
  return Object.fromEntries(Object.entries(f).filter(([, v]) => v !== "" && v != null));
}
export const postFilters = (more) => filters({ min_velocity: state.min_velocity, rising: state.rising, ...more });

// What stands in the drawer: "posts?topic=ibm", "signal?platform=reddit&id=t3_x", "compare?topic=ibm".
export function open(kind, params) {
  const known = Object.entries(params).filter(([, v]) => v !== "" && v != null);
  set({ show: `${kind}?${new URLSearchParams(known)}` });
}
export function shown() {
  const [kind, query] = [state.show.split("?")[0], state.show.slice(state.show.indexOf("?") + 1)];
  return state.show ? { kind, params: Object.fromEntries(new URLSearchParams(query)) } : null;
}

read();
addEventListener("popstate", () => {
  const before = { ...state };
  read();
  const changed = new Set(Object.keys(state).filter((k) => state[k] !== before[k]));
  if (changed.size > 0) for (const f of listeners) f(changed);
});
