// The page of a campaign: every run in a row, filtered by what one asks.
"use strict";
const byId = (id) => document.getElementById(id);
const ORDER = ["fail", "error", "unexpected pass", "inconclusive", "known fail", "missed anyway", "pass"];
// What somebody has to look at comes first.
const all = [...data.runs].sort((a, b) => ORDER.indexOf(a.standing) - ORDER.indexOf(b.standing) || (a.scenario < b.scenario ? -1 : 1));
const asked = { text: "", standing: "", system: "", fact: "", role: "", player: "", changed: "" };

const distinct = (of) => [...new Set(all.flatMap(of))].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
const shortRole = (role) => role.split(".").pop();

function takes(run) {
  const text = asked.text.toLowerCase();
  const words = [run.scenario, run.title, ...run.answer].join(" ").toLowerCase();
  return (!text || text.split(/\s+/).every((part) => words.includes(part)))
    && (!asked.standing || run.standing === asked.standing)
    && (!asked.system || run.system === asked.system)
    && (!asked.fact || run.covers.includes(asked.fact))
    && (!asked.role || run.roles.some(([role]) => shortRole(role) === asked.role || role === asked.role))
    && (!asked.player || run.roles.some(([, by]) => by === asked.player))
    && (!asked.changed || run.differences.length > 0);
}

function details(run) {
  return element("div", { class: "card" },
    run.page ? element("p", {}, element("a", { href: run.page }, "waveforms, chain of events, everything")) : null,
    element("div", { class: "sentences" }, run.sentences.map((text) => element("p", {}, text))),
    run.differences.length ? element("ul", {}, run.differences.map((text) => element("li", {}, text))) : null,
    run.guesses.length ? element("ul", {}, run.guesses.map((text) => element("li", {}, `guess: ${text}`))) : null,
    element("div", { class: "checks" }, run.checks.map(checkCard)),
    element("p", { class: "muted" }, `${run.system} · ${run.covers.join(", ")} · ${run.roles.map(([role, by]) => `${role}: ${by}`).join("; ")}`));
}

function row(run) {
  const button = element("button", { "aria-expanded": "false" }, run.scenario);
  const line = element("tr", { class: "run", "data-scenario": run.scenario, "data-standing": run.standing },
    element("td", {}, word(run.standing)), element("td", { class: "name" }, button, element("div", { class: "muted" }, run.title)),
    element("td", { class: "answer" }, run.answer.join("; "), run.differences.length ? element("div", { class: "muted" }, `${run.differences.length} differences`) : null),
    element("td", { class: "system" }, run.system));
  let below = null;
  line.addEventListener("click", (event) => {
    if (event.target.tagName === "A") return;
    if (below) { below.remove(); below = null; } else {
      below = element("tr", { class: "details" }, element("td", { colspan: 4 }, details(run)));
      line.after(below);
    }
    button.setAttribute("aria-expanded", String(!!below));
  });
  return line;
}

function show() {
  const taken = all.filter(takes);
  byId("rows").replaceChildren(...taken.map(row));
  byId("matching").textContent = taken.length === all.length ? `${all.length} runs` : `${taken.length} of ${all.length} runs`;
  for (const button of byId("counts").children) button.setAttribute("aria-pressed", String(button.dataset.standing === asked.standing));
  const words = Object.entries(asked).filter(([, value]) => value).map(([key, value]) => `${key}=${encodeURIComponent(value)}`);
  history.replaceState(null, "", `#${words.join("&")}`);
}

function choice(name, label, values) {
  const select = element("select", { id: `filter-${name}`, onchange: (event) => { asked[name] = event.target.value; show(); } },
    element("option", { value: "" }, "any"), values.map((value) => element("option", { value }, value)));
  select.value = asked[name];
  byId("filters").append(element("label", {}, label, select));
}

function start() {
  for (const part of location.hash.slice(1).split("&")) {
    const [key, value] = part.split("=");
    if (key in asked && value) asked[key] = decodeURIComponent(value);
  }
  byId("title").textContent = data.beside ? `${data.title}, beside ${data.beside}` : data.title;
  const counts = new Map();
  all.forEach((run) => counts.set(run.standing, (counts.get(run.standing) || 0) + 1));
  for (const standing of ORDER.filter((one) => counts.has(one))) {
    byId("counts").append(element("button", { "data-standing": standing, "aria-pressed": "false", onclick: () => { asked.standing = asked.standing === standing ? "" : standing; show(); } }, `${SIGNS[standing]} ${counts.get(standing)} ${standing}`));
  }
  const search = element("input", { id: "filter-text", type: "search", placeholder: "name, title or answer", oninput: (event) => { asked.text = event.target.value; show(); } });
  search.value = asked.text;
  byId("filters").append(element("label", {}, "search", search));
  choice("system", "system", distinct((run) => run.system));
  choice("fact", "fact", distinct((run) => run.covers));
  choice("role", "role", distinct((run) => run.roles.map(([role]) => shortRole(role))));
  choice("player", "played by", distinct((run) => run.roles.map(([, by]) => by)));
  if (data.beside) choice("changed", "differences", ["yes"]);
  byId("without-section").hidden = data.without.length === 0;
  byId("without").append(...data.without.map((one) => element("li", {}, word(one.standing), ` ${one.scenario}: ${one.why}`)));
  show();
  document.body.dataset.ready = "yes";
}
start();
