// SPDX-License-Identifier: MIT
// Lines over time with uPlot; bars, sparklines and the grid of cells as SVG. Gaps, where nobody looked, are hatched.

import { colour, scale, series } from "./theme.js";
import { h, svg } from "./dom.js";
import { hour, short } from "./format.js";
import { state } from "./state.js";

/* global uPlot */

const DASHES = [[], [6, 3], [2, 3], [8, 3, 2, 3], [], [6, 3], [2, 3], [8, 3, 2, 3]];

function pattern(ctx, ink) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const c = tile.getContext("2d");
  c.strokeStyle = ink;
  c.lineWidth = 1;
  c.beginPath();
  for (const x of [-8, 0, 8]) { c.moveTo(x, 8); c.lineTo(x + 8, 0); }
  c.stroke();
  return ctx.createPattern(tile, "repeat");
}

// Hatches steps in which `known` is false.
function hatch(known, step) {
  return (u) => {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = pattern(ctx, colour("hatch"));
    for (let i = 0; i < known.length; i++) {
      if (known[i]) continue;
      const from = u.valToPos(u.data[0][i], "x", true), to = u.valToPos(u.data[0][i] + step, "x", true);
      ctx.fillRect(from, bbox.top, to - from, bbox.height);
    }
    ctx.restore();
  };
}

// {times (s), step (s), lines: [{name, values, scale?}], known?, units?}. Gives a node that keeps its width, and its canvas.
export function lines({ times, step, lines: all, known = times.map(() => true), units = [""], height = 220, onPoint, bars = false }) {
  const box = h("div", { class: "chart" });
  const axis = { stroke: colour("dim"), grid: { stroke: colour("grid"), width: 1 }, ticks: { stroke: colour("grid"), width: 1, size: 4 }, font: "11px system-ui, sans-serif" };
  const scales = { x: { time: true, ...(times.length === 1 ? { range: [times[0] - step, times[0] + step] } : {}) } };
  units.forEach((_, i) => { scales[`y${i}`] = { range: (u, low, high) => [0, Math.max(high ?? 0, bars ? 0.5 : 1) * 1.08] }; });
  const options = {
    width: 400, height,
    tzDate: (t) => (state.zone === "utc" ? uPlot.tzDate(new Date(t * 1000), "Etc/UTC") : new Date(t * 1000)),
    scales,
    legend: { show: all.length > 1, live: true },
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    hooks: { drawClear: [hatch(known, step)] },
    axes: [{ ...axis, size: 28, incrs: [60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800], values: (u, ticks) => ticks.map((t, i) => ((i === 0 || new Date(t * 1000).toDateString() !== new Date(ticks[i - 1] * 1000).toDateString()) && times.at(-1) - times[0] > 50000 ? short(t * 1000) : hour(t * 1000))), space: 90 },
      ...units.map((unit, i) => ({ ...axis, scale: `y${i}`, side: i === 0 ? 3 : 1, size: 46, label: unit || undefined, labelSize: unit ? 16 : 0, labelFont: "11px system-ui, sans-serif", grid: i === 0 ? axis.grid : { show: false } }))],
    series: [{ label: "time", value: (u, t) => (t == null ? "–" : short(t * 1000)) },
      ...all.map((l, i) => ({ label: l.name, scale: `y${l.scale || 0}`, stroke: series(i), dash: DASHES[i % 8], width: 2, spanGaps: false,
        points: { show: times.length < 3 }, fill: bars ? series(i) : undefined, paths: bars ? uPlot.paths.bars({ size: [0.8, 40] }) : undefined,
        value: (u, v) => (v == null ? "–" : String(+v.toPrecision(4))) }))],
  };
  const plot = new uPlot(options, [times, ...all.map((l) => l.values)], box);
  const canvas = plot.ctx.canvas;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${all.map((l) => l.name).join(", ")} over time; the button Table has the numbers`);
  if (onPoint) {
    plot.over.addEventListener("click", () => plot.cursor.idx != null && onPoint(plot.cursor.idx));
    plot.over.classList.add("clicks");
  }
  let width = 0;
  const fit = new ResizeObserver(() => {
    if (box.clientWidth > 0 && box.clientWidth !== width) { width = box.clientWidth; plot.setSize({ width, height }); }
    if (!box.isConnected) { fit.disconnect(); plot.destroy(); }
  });
  fit.observe(box);
  return { node: box, png: () => framed(canvas, all.map((l, i) => [l.name, series(i)])) };
}

// A picture with the page's ground behind it and a key above.
function framed(picture, key) {
  const out = document.createElement("canvas"), ratio = devicePixelRatio || 1, top = key.length > 1 ? 26 * ratio : 8 * ratio;
  out.width = picture.width;
  out.height = picture.height + top;
  const c = out.getContext("2d");
  c.fillStyle = colour("panel");
  c.fillRect(0, 0, out.width, out.height);
  c.drawImage(picture, 0, top);
  c.font = `${12 * ratio}px system-ui, sans-serif`;
  let x = 10 * ratio;
  for (const [name, ink] of key.length > 1 ? key : []) {
    c.fillStyle = ink;
    c.fillRect(x, 9 * ratio, 12 * ratio, 4 * ratio);
    c.fillStyle = colour("ink");
    c.fillText(name, x + 16 * ratio, 15 * ratio);
    x += c.measureText(name).width + 34 * ratio;
  }
  return out;
}

// An SVG as a picture: its colours are attributes, so that it stands alone.
export async function svgPng(node) {
  const { width, height } = node.getBoundingClientRect(), copy = node.cloneNode(true);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  copy.setAttribute("font-family", "system-ui, sans-serif");
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = 2 * width;
  canvas.height = 2 * height;
  const c = canvas.getContext("2d");
  c.fillStyle = colour("panel");
  c.fillRect(0, 0, canvas.width, canvas.height);
  c.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

export function sparkline(values, width = 120, height = 28) {
  const known = values.filter((v) => v != null), most = Math.max(1, ...known), n = Math.max(1, values.length - 1);
  const node = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "spark", "aria-hidden": "true", preserveAspectRatio: "none" });
  let path = "", pen = "M";
  values.forEach((v, i) => {
    if (v == null) { pen = "M"; return; }
    path += `${pen}${((i / n) * width).toFixed(1)} ${(height - 2 - (v / most) * (height - 4)).toFixed(1)}`;
    pen = "L";
  });
  node.append(svg("path", { d: path || "M0 0", fill: "none", stroke: series(0), "stroke-width": 1.6, "vector-effect": "non-scaling-stroke", "stroke-linejoin": "round" }));
  return node;
}

function pressable(node, press, label) {
  node.setAttribute("role", "button");
  node.setAttribute("tabindex", "0");
  if (label) node.setAttribute("aria-label", label);
  node.addEventListener("click", press);
  node.addEventListener("keydown", (e) => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); press(); } });
  return node;
}

// Bars in groups: [{name, ink (a colour's name), bars: [{name, value, press}]}]
export function bars(groups) {
  const line = 22, head = 24, gap = 8, width = 420, text = 150;
  const most = Math.max(1, ...groups.flatMap((g) => g.bars.map((b) => b.value)));
  const height = groups.reduce((y, g) => y + head + g.bars.length * line + gap, 0);
  const node = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "bars", role: "group", "aria-label": "Topics by platform" });
  let y = 0;
  for (const g of groups) {
    node.append(svg("text", { x: 0, y: y + 15, fill: colour("ink"), "font-size": 13, "font-weight": 600, text: g.name }));
    y += head;
    for (const b of g.bars) {
      const w = ((width - text - 50) * b.value) / most, name = b.name.length > 22 ? `${b.name.slice(0, 21)}…` : b.name;
      node.append(pressable(svg("g", { class: "press" },
        svg("rect", { x: 0, y, width, height: line, fill: "transparent" }),
        svg("text", { x: text - 8, y: y + 15, fill: colour("dim"), "font-size": 12, "text-anchor": "end", text: name }),
        svg("rect", { x: text, y: y + 4, width: Math.max(2, w), height: line - 8, rx: 3, fill: colour(g.ink) }),
        svg("text", { x: text + Math.max(2, w) + 6, y: y + 15, fill: colour("ink"), "font-size": 12, text: String(b.value) })), b.press));
      y += line;
    }
    y += gap;
  }
  return node;
}

// Cells of rows and columns: cell(row, column) is null or {value -1..1, text, sure, press, label}.
export function grid(rows, columns, cell) {
  const left = 92, top = 60, w = 54, hgt = 30, width = left + columns.length * w + 34, height = top + rows.length * hgt + 4;
  const node = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "grid", role: "group", "aria-label": "Who led, by topic" });
  const id = "hatch-cells";
  node.append(svg("defs", {}, svg("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("line", { x1: 0, y1: 0, x2: 0, y2: 6, stroke: colour("panel"), "stroke-width": 2.4, "stroke-opacity": 0.75 }))));
  columns.forEach((name, j) => node.append(svg("text", { fill: colour("dim"), "font-size": 11, "text-anchor": "start",
    transform: `translate(${left + j * w + w / 2 - 6} ${top - 8}) rotate(-32)`, text: name.length > 14 ? `${name.slice(0, 13)}…` : name })));
  rows.forEach((row, i) => {
    node.append(svg("text", { x: left - 8, y: top + i * hgt + 19, fill: colour("ink"), "font-size": 12, "text-anchor": "end", text: row }));
    columns.forEach((column, j) => {
      const c = cell(i, j), x = left + j * w, y = top + i * hgt, size = { x: x + 1, y: y + 1, width: w - 2, height: hgt - 2, rx: 4 };
      if (!c) { node.append(svg("rect", { ...size, fill: "none", stroke: colour("grid") })); return; }
      node.append(pressable(svg("g", { class: "press" }, svg("rect", { ...size, fill: scale(c.value) }),
        c.sure ? null : svg("rect", { ...size, fill: `url(#${id})` }),
        svg("text", { x: x + w / 2, y: y + 19, fill: colour("ink"), "font-size": 11, "text-anchor": "middle", "font-weight": c.sure ? 700 : 400,
          stroke: colour("panel"), "stroke-width": 3, "paint-order": "stroke", text: c.text })), c.press, c.label));
    });
  });
  return node;
}
