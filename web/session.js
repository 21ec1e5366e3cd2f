// SPDX-License-Identifier: MIT
// Who asks, and asking. Tokens are kept in memory alone: they end with the page. Where the server lets guests read (--demo) there are none.

let access = null, refresh = null, expires = 0, renewing = null, guest = false;
const ended = new Set();

export class Failure extends Error {
  constructor(status, text, after) { super(text); this.status = status; this.after = after; }
}

export const onEnd = (f) => ended.add(f);
export const token = () => access;
export const isGuest = () => guest;

function take(pair) {
  access = pair.access;
  refresh = pair.refresh;
  try {
    const part = access.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    expires = 1000 * JSON.parse(atob(part)).exp;
  } catch { expires = Infinity; }
}

async function fetchOrFail(path, options) {
  try {
    return await fetch(path, { cache: "no-cache", credentials: "omit", ...options });
  } catch (e) {
    if (e.name === "AbortError") throw e;
    throw new Failure(0, "The server does not answer.");
  }
}

async function detail(response) {
  try { const body = await response.json(); return body.detail || Object.values(body).flat().join(" "); } catch { return response.statusText; }
}

async function post(path, body) {
  const r = await fetchOrFail(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!r.ok) throw new Failure(r.status, await detail(r), Number(r.headers.get("Retry-After")) || 0);
  return r.json();
}

export async function logIn(username, password) { take(await post("/api/token/", { username, password })); }

export async function logOut() {
  const old = refresh;
  access = refresh = null;
  if (old) await post("/api/token/blacklist/", { refresh: old }).catch(() => {});
  for (const f of ended) f("");
}

// May one read without a token?
export async function tryGuest() {
  const r = await fetchOrFail("/api/v1/pipeline/", {});
  if (r.status >= 500) throw new Failure(r.status, "The server cannot answer now.");
  guest = r.ok;
  return guest;
}

// A new pair; those who come meanwhile wait for the same.
export function renew() {
  if (guest) return Promise.resolve();
  renewing ??= (async () => {
    try {
      take(await post("/api/token/refresh/", { refresh }));
    } catch (e) {
      if (e.status === 401 || e.status === 400) {
        access = refresh = null;
        for (const f of ended) f("Your session has ended. Please log in again.");
      }
      throw e;
    } finally {
      renewing = null;
    }
  })();
  return renewing;
}

async function send(path, options) {
  if (!guest && access && Date.now() > expires - 5000) await renew();
  const headers = access ? { Authorization: `Bearer ${access}` } : {};
  return fetchOrFail(path, { ...options, headers: { ...headers, ...options.headers } });
}

// The answer as it came. Throws a Failure.
export async function request(path, params = {}, options = {}) {
  const query = new URLSearchParams(params).toString();
  const url = query ? `${path}?${query}` : path;
  let r = await send(url, options);
  if (r.status === 401 && !guest) {
    await renew();
    r = await send(url, options);
  }
  if (!r.ok) throw new Failure(r.status, await detail(r), Number(r.headers.get("Retry-After")) || 0);
  return r;
}

export const ask = async (path, params, options) => (await request(`/api/v1/${path}/`, params, options)).json();
