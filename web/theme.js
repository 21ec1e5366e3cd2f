// SPDX-License-Identifier: MIT
// Light or dark: as the system has it, until somebody chooses. Colours for charts are read from the style sheet, so that there is one palette.

const KEY = "signalflow-theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set();

export const isDark = () => document.documentElement.dataset.theme === "dark";
export const onTheme = (f) => listeners.add(f);
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
export const series = (i) => colour(`series-${i % 8}`);

function kept() {
  try { return localStorage.getItem(KEY); } catch { return null; }
}

function apply() {
  document.documentElement.dataset.theme = kept() || (system.matches ? "dark" : "light");
  for (const f of listeners) f();
}

export function toggle() {
  try { localStorage.setItem(KEY, isDark() ? "light" : "dark"); } catch { document.documentElement.dataset.theme = isDark() ? "light" : "dark"; }
  apply();
}

// -1 to 1 on a scale from orange over grey to blue, which all eyes can tell apart.
export function scale(v) {
  const ends = isDark() ? [[240, 148, 66], [58, 66, 82], [86, 180, 233]] : [[201, 92, 0], [226, 230, 236], [0, 108, 178]];
  const t = Math.max(-1, Math.min(1, v)), [from, to] = t < 0 ? [ends[1], ends[0]] : [ends[1], ends[2]];
  return `rgb(${from.map((c, i) => Math.round(c + (to[i] - c) * Math.abs(t))).join(" ")})`;
}

system.addEventListener("change", apply);
apply();
