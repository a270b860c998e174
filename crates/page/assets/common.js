// What both pages need: the data, numbers as a person reads them, elements.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);

function figures(value) {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return "not finite";
  return String(Number(value.toPrecision(4)));
}

function span(seconds) {
  const size = Math.abs(seconds);
  const pair = (small, of, names) => {
    const count = Math.round(size / small);
    const text = `${Math.floor(count / of)} ${names[0]}`;
    return (seconds < 0 ? "-" : "") + (count % of ? `${text} ${count % of} ${names[1]}` : text);
  };
  if (size === 0) return "0 s";
  if (size < 0.99995e-6) return `${figures(seconds * 1e9)} ns`;
  if (size < 0.99995e-3) return `${figures(seconds * 1e6)} µs`;
  if (size < 0.99995) return `${figures(seconds * 1e3)} ms`;
  if (size < 120) return `${figures(seconds)} s`;
  if (size < 3600) return pair(1, 60, ["min", "s"]);
  if (size < 172800) return pair(60, 60, ["h", "min"]);
  return pair(3600, 24, ["d", "h"]);
}

// An instant to the microsecond, without zeros that say nothing.
function instant(seconds) {
  return `${Number(seconds.toFixed(6))} s`;
}

function element(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  for (const child of children.flat()) if (child !== null && child !== undefined) made.append(child);
  return made;
}

const SIGNS = { pass: "✓", fail: "✗", error: "✗", "known fail": "≈", "missed anyway": "≈", "unexpected pass": "!", inconclusive: "?", skipped: "–", unfinished: "…" };

function word(standing) {
  const sort = standing === "pass" ? "good" : ["fail", "error", "unexpected pass", "inconclusive", "unfinished"].includes(standing) ? "bad" : "known";
  return element("span", { class: `word ${sort}` }, `${SIGNS[standing] || ""} ${standing}`);
}

// A bar from the least to the greatest of value, limit and nothing; what the limit forbids is hatched.
function bar(numbers) {
  const low = Math.min(0, numbers.limit, numbers.actual), high = Math.max(0, numbers.limit, numbers.actual);
  const reach = (high - low || 1) * 1.12, from = low < 0 ? low - (high - low) * 0.06 : 0;
  const place = (value) => ((value - from) / reach) * 100;
  const limit = place(numbers.limit), value = place(numbers.actual), zero = place(0);
  const box = element("div", { class: "bar", role: "img", "aria-label": numbers.relation, "data-margin": numbers.margin });
  const piece = (name, left, right) => {
    const made = element("div", { class: name });
    made.style.left = `${left}%`;
    if (right !== null) made.style.width = `${Math.max(right - left, 0.4)}%`;
    box.append(made);
  };
  if (numbers.side === "at-least") piece("forbidden", 0, limit);
  if (numbers.side === "at-most") piece("forbidden", limit, 100);
  piece("value", Math.min(zero, value), Math.max(zero, value));
  piece("limit", limit, null);
  return box;
}

function checkCard(check) {
  const numbers = check.numbers;
  return element("div", { class: `card check ${check.outcome}`, "data-check": check.id },
    element("div", { class: "head" }, word(check.outcome), element("b", {}, check.id), numbers ? element("span", { class: "relation" }, numbers.relation) : null),
    numbers ? bar(numbers) : null,
    element("div", { class: "muted" }, `${check.about}: ${check.actual}`),
    element("div", { class: "muted" }, `asked: ${check.limit}`),
    check.reason ? element("div", {}, check.reason) : null,
    numbers ? element("div", { class: "muted margin" }, `margin ${numbers.unit === "s" ? span(numbers.margin) : `${figures(numbers.margin)} ${numbers.unit}`}`) : null);
}
