// SPDX-License-Identifier: MIT
// Where the page starts: logs in, wires the controls to what the address says, keeps all parts up to date.

import * as answers from "./answers.js";
import * as detail from "./detail.js";
import * as views from "./views.js";
import { Failure, isGuest, logIn, logOut, onEnd, request, tryGuest } from "./session.js";
import { clear, onChange, postFilters, ranges, rangeSeconds, set, state } from "./state.js";
import { Feed, feedNote } from "./feed.js";
import { h, replace, save, say } from "./dom.js";
import { lasting, moment, platformName, PLATFORMS } from "./format.js";
import { Live } from "./live.js";
import { onTheme, toggle } from "./theme.js";

const EVERY_MS = 30000;
const $ = (id) => document.getElementById(id);

let loading = null, started = false, refreshed = 0, counts = {}, reload;

const feed = new Feed((c) => { counts = c; });
const live = new Live({
  onSignal: (s) => { if (!state.as_of) feed.take(s); },
  onReset: () => { feed.load(); refresh(); },
  onState: (s, text) => { showConnection(s, text); if (s !== "connecting") say(connectionText(s, text)); },
});

// ---- logging in

function askToLogIn(note = "") {
  live.stop();
  loading?.abort();
  $("app").hidden = $("starting").hidden = true;
  $("login").hidden = false;
  $("login-note").textContent = note;
  $("name").focus();
}

$("login").addEventListener("submit", async (e) => {
  e.preventDefault();
  const button = $("login").querySelector("button");
  $("login-error").textContent = "";
  button.disabled = true;
  try {
    await logIn($("name").value, $("password").value);
    $("password").value = "";
    start();
  } catch (f) {
    $("login-error").textContent = f instanceof Failure ? f.message + (f.after ? ` Try again in ${lasting(f.after)}.` : "") : "It did not work.";
    $("password").select();
  }
  button.disabled = false;
});

// ---- keeping up to date

function refresh() {
  loading?.abort();
  loading = new AbortController();
  refreshed = Date.now();
  if (live.state === "none") feed.load();
  answers.load(loading.signal);
  views.load(loading.signal);
}

function start() {
  $("login").hidden = $("starting").hidden = true;
  $("app").hidden = false;
  $("logout").hidden = isGuest();
  live.cursor = null;
  if (!started) {
    started = true;
    $("answers").append(...answers.node());
    $("views").append(...views.nodes());
    $("feed").append(feed.node);
    document.body.append(detail.make());
    setInterval(() => { if (!document.hidden && !$("app").hidden && Date.now() - refreshed > EVERY_MS - 500) refresh(); }, 1000);
    setInterval(() => { showConnection(); $("feed-note").textContent = feedNote(counts); }, 500);
  }
  showControls();
  listen();
  feed.load();
  refresh();
  detail.show();
}

// What the feed is asked for; a moment of the past does not go on.
function listen() {
  if (state.as_of) { live.stop(); return; }
  const f = postFilters({ as_of: "" });
  delete f.as_of;
  if (live.wanted) live.filter(f);
  else live.start(f);
}

// ---- the connection

function connectionText(s, text) {
  return { live: "live", connecting: "connecting", waiting: `connection lost, trying again${text}`, none: "no live feed here: looked at every half minute", off: state.as_of ? `as of ${moment(state.as_of)}` : "not connected" }[s];
}

let connection = ["off", ""];
function showConnection(...now) {
  if (now.length) connection = now;
  const age = live.last && connection[0] === "live" ? `, last ${lasting((Date.now() - live.last) / 1000)} ago` : "";
  const lost = (counts.skipped || 0) + live.resets;
  $("connection").dataset.state = connection[0];
  $("connection").dataset.dropped = lost;
  $("connection-text").textContent = `${connectionText(...connection)}${age} · ${counts.skipped || 0} dropped${live.resets ? `, ${live.resets} fetched anew` : ""}`;
  $("facts").textContent = refreshed ? `Answers from ${lasting((Date.now() - refreshed) / 1000)} ago, every half minute.` : "";
}

// ---- controls

const bound = [["search", "q"], ["topic", "topic"], ["velocity", "min_velocity"], ["zone", "zone"], ["range", "range"]];
const flags = [["rising", "rising"], ["nsfw", "nsfw"]];

function localInput(time) {
  if (!time) return "";
  const d = new Date(time);
  return new Date(state.zone === "utc" ? d : d - d.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
}

function showControls() {
  for (const [id, name] of bound) if (document.activeElement !== $(id)) $(id).value = state[name];
  for (const [id, name] of flags) $(id).checked = Boolean(state[name]);
  if (document.activeElement !== $("as-of")) $("as-of").value = localInput(state.as_of);
  const chosen = state.platform.split(",").filter(Boolean);
  for (const b of $("platforms").children) b.setAttribute("aria-pressed", String(chosen.includes(b.dataset.platform)));
  const said = [state.q && `“${state.q}”`, state.topic && `topic ${state.topic}`, state.platform && chosen.map(platformName).join(", "),
    state.min_velocity && `at least ${state.min_velocity} points/s`, state.rising && "★ rising", state.nsfw && "nsfw shown", state.as_of && `as of ${moment(state.as_of)}`].filter(Boolean);
  $("narrowed").hidden = said.length === 0;
  replace($("narrowed"), "Only ", h("b", {}, said.join(" · ")), " ", h("button", { type: "button", class: "plain", onclick: () => set({ as_of: "", nsfw: "", platform: "", topic: "", q: "", min_velocity: "", rising: "" }) }, "Show all"));
}

function makeControls() {
  replace($("range"), ranges.map((r) => h("option", { value: r }, `last ${r}`)));
  replace($("platforms"), Object.keys(PLATFORMS).map((p) => h("button", { type: "button", class: `chip ${p}`, "aria-pressed": "false", data: { platform: p }, onclick: () => {
    const chosen = new Set(state.platform.split(",").filter(Boolean));
    if (!chosen.delete(p)) chosen.add(p);
    set({ platform: chosen.size === Object.keys(PLATFORMS).length ? "" : [...chosen].join(",") });
  } }, platformName(p))));
  let timer;
  for (const [id, name] of bound) {
    $(id).addEventListener(id === "zone" || id === "range" ? "change" : "input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => set({ [name]: name === "topic" ? $(id).value.trim().toLowerCase() : $(id).value.trim() }, true), 250);
    });
  }
  for (const [id, name] of flags) $(id).addEventListener("change", () => set({ [name]: $(id).checked ? "1" : "" }));
  $("as-of").addEventListener("change", () => {
    const v = $("as-of").value, d = v && new Date(state.zone === "utc" ? `${v}Z` : v);
    set({ as_of: d && !Number.isNaN(+d) ? d.toISOString() : "" });
  });
  $("filters").addEventListener("submit", (e) => e.preventDefault());
  $("pause").addEventListener("click", pause);
  $("theme").addEventListener("click", toggle);
  $("help").addEventListener("click", () => $("keys").showModal());
  $("logout").addEventListener("click", () => logOut());
  for (const format of ["csv", "ndjson"]) {
    $(`feed-${format}`).addEventListener("click", async () => {
      try {
        const r = await request("/api/v1/signals/export/", postFilters({ since: `${rangeSeconds()}s`, format }));
        save(`signals.${format}`, await r.blob());
      } catch (e) { say(e.message); }
    });
  }
  document.addEventListener("click", (e) => { if (!$("more").contains(e.target)) $("more").open = false; });
}

function pause() {
  const yes = !feed.paused;
  feed.pause(yes);
  $("pause").setAttribute("aria-pressed", String(yes));
  $("pause").textContent = yes ? "Go on" : "Pause";
}

document.addEventListener("keydown", (e) => {
  if (e.key === "Escape") {
    if ($("more").open) $("more").open = false;
    else if (!$("keys").open && !$("app").hidden && detail.isOpen()) detail.close();
    return;
  }
  if (e.ctrlKey || e.metaKey || e.altKey || $("app").hidden || /^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) return;
  const does = { "/": () => $("search").focus(), p: pause, t: toggle, c: clear, j: () => feed.step(1), k: () => feed.step(-1), "?": () => $("keys").showModal() }[e.key];
  if (does) { e.preventDefault(); does(); }
});

// ---- what changes

onChange((changed) => {
  showControls();
  if (changed.has("show")) detail.show();
  if (changed.has("zone")) { views.repaint(); detail.show(); }
  if ([...changed].some((k) => k !== "show" && k !== "zone")) {
    clearTimeout(reload);
    reload = setTimeout(() => { listen(); feed.load(); refresh(); }, 50);
  }
});
onTheme(() => { if (started) { views.repaint(); } });
onEnd(askToLogIn);
makeControls();
showControls();

tryGuest().then((may) => (may ? start() : askToLogIn()), (e) => {
  askToLogIn(`${e.message} It is tried again every few seconds.`);
  const again = setInterval(() => tryGuest().then((may) => { clearInterval(again); if (may) start(); else $("login-note").textContent = ""; }, () => {}), 3000);
});

