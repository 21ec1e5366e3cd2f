// SPDX-License-Identifier: MIT
// The live feed: a WebSocket that comes back by itself, where it was. Pauses between tries are drawn at random below a bound that doubles
// from half a second to thirty, so that many pages do not come back at once. Where sockets do not get through, it is server-sent events.

import { ask, isGuest, renew, request, token } from "./session.js";

const FIRST_MS = 500, MOST_MS = 30000, NONE_MS = 60000, TRIES_BEFORE_EVENTS = 3;

export class Live {
  constructor({ onSignal, onState, onReset }) {
    Object.assign(this, { onSignal, onState, onReset });
    this.cursor = null;
    this.tries = 0;
    this.opened = false; // ever
    this.plain = false; // events, since sockets do not get through
    this.last = 0; // when something came
    this.resets = 0;
    this.wanted = false;
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.hurry());
  }

  start(filters) {
    this.filters = filters;
    this.wanted = true;
    this.connect();
  }

  stop() {
    this.wanted = false;
    clearTimeout(this.timer);
    this.drop();
    this.tell("off");
  }

  // Other filters: a message changes them without a new connection.
  filter(filters) {
    this.filters = filters;
    if (this.socket && this.state === "live") this.socket.send(JSON.stringify({ type: "subscribe", ...numbers(filters) }));
    else if (this.wanted) { this.drop(); this.connect(); }
  }

  hurry() {
    if (this.wanted && this.timer && this.state === "waiting") { clearTimeout(this.timer); this.connect(); }
  }

  tell(state, detail = "") {
    this.state = state;
    this.onState(state, detail);
  }

  drop() {
    const old = this.socket;
    this.socket = null;
    if (old) { old.onclose = old.onmessage = old.onopen = null; old.close(); }
    this.events?.abort();
    this.events = null;
  }

  query() {
    const q = new URLSearchParams(this.filters);
    if (this.cursor) q.set("cursor", this.cursor);
    return q;
  }

  connect() {
    this.timer = null;
    this.tell("connecting");
    if (this.plain || (!this.opened && this.tries >= TRIES_BEFORE_EVENTS)) { this.listen(); return; }
    const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/signals/?${this.query()}`;
    const socket = (this.socket = isGuest() ? new WebSocket(url) : new WebSocket(url, ["bearer", token()]));
    socket.onopen = () => this.isOpen();
    socket.onmessage = (e) => this.take(e.data);
    socket.onclose = (e) => { this.socket = null; this.isClosed(e.code); };
  }

  isOpen() {
    const again = this.opened;
    this.opened = true;
    this.tries = 0;
    this.last = Date.now();
    this.tell("live");
    if (again && !this.cursor) this.onReset(); // nothing to go on from: what came meanwhile must be fetched
  }

  take(text) {
    let m;
    try { m = JSON.parse(text); } catch { return; }
    this.last = Date.now();
    if (m.cursor) this.cursor = m.cursor;
    if (m.type === "signal") this.onSignal(m);
    else if (m.type === "reset") { this.resets++; this.onReset(); }
  }

  async isClosed(code) {
    if (!this.wanted) return;
    if (code === 4401 && await renewed()) { this.connect(); return; }
    if (!this.wanted) return;
    const pause = Math.random() * Math.min(MOST_MS, FIRST_MS * 2 ** this.tries++);
    this.tell("waiting", pause < 1000 ? "" : ` in ${(pause / 1000).toFixed(0)} s`);
    this.timer = setTimeout(async () => {
      // A refusal before the upgrade looks like any failure; asking tells whether it is the token.
      try { await ask("signals", { page_size: 1, fields: "id" }); } catch (e) { if (e.status === 401) return; }
      if (this.wanted) this.connect();
    }, pause);
  }

  async listen() {
    const stop = (this.events = new AbortController());
    let none = "";
    try {
      const r = await request("/api/v1/stream/", this.query(), { signal: stop.signal });
      this.plain = true;
      this.isOpen();
      const reader = r.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = "", part; !(part = await reader.read()).done;) {
        const lines = (rest + part.value).split("\n");
        rest = lines.pop();
        for (const line of lines) if (line.startsWith("data:")) this.take(line.slice(5));
      }
    } catch (e) { if (e.status === 503 && !e.after) none = e.message; } // this server has no feed; others are away, and come again
    if (this.events !== stop) return;
    if (none) { this.tell("none", none); this.timer = setTimeout(() => this.connect(), NONE_MS); } else this.isClosed(0);
  }
}

async function renewed() {
  try { await renew(); return true; } catch { return false; }
}

// A subscription is JSON, where lists are lists and numbers are numbers.
function numbers(filters) {
  const out = {};
  for (const [k, v] of Object.entries(filters)) {
    out[k] = k === "platform" || k === "without_label" ? v.split(",") : k === "min_velocity" ? Number(v) : k === "rising" ? true : v;
  }
  return out;
}
