// SPDX-License-Identifier: MIT
// Elements from code. What strangers wrote goes in as text and nothing else: no markup is ever read from a string.

const SVG = "http://www.w3.org/2000/svg";

function fill(node, props, kids) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "data") for (const [k, v] of Object.entries(value)) { if (v != null) node.dataset[k] = v; }
    else if (name === "text") node.textContent = value;
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const kid of kids.flat()) if (kid != null && kid !== false) node.append(kid);
  return node;
}

export const h = (tag, props, ...kids) => fill(document.createElement(tag), props, kids);
export const svg = (tag, props, ...kids) => fill(document.createElementNS(SVG, tag), props, kids);

export function replace(node, ...kids) {
  node.replaceChildren(...kids.flat().filter((k) => k != null && k !== false));
  return node;
}

// Links of posts: to the web, and nowhere else.
export function link(url, text, props) {
  let u = null;
  try { u = new URL(url); } catch { /* none */ }
  return u && /^https?:$/.test(u.protocol)
    ? h("a", { href: u.href, rel: "noopener noreferrer nofollow", target: "_blank", ...props }, text)
    : null;
}

// Tells a screen reader, in a region that is polite.
export function say(text) {
  const at = document.getElementById("said");
  if (at.textContent !== text) at.textContent = text;
}

export function save(name, blob) {
  const url = URL.createObjectURL(blob);
  const a = h("a", { href: url, download: name });
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
