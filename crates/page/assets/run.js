// The page of one run: its answer, its chains, and its curves at every scale.
"use strict";
const byId = (id) => document.getElementById(id);
const COLOURS = ["--c0", "--c1", "--c2", "--c3"];
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// ---- samples -------------------------------------------------------------------------------------------

async function unpacked(id) {
  const text = byId(id).textContent;
  if (!text) return new Uint8Array(0);
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

const bits = new DataView(new ArrayBuffer(8));
// The next number above a positive one.
function above(x) {
  bits.setFloat64(0, x);
  bits.setBigUint64(0, bits.getBigUint64(0) + 1n);
  return bits.getFloat64(0);
}

function curves(signals, bytes) {
  let at = 0;
  return signals.map((signal) => {
    const n = signal.count, times = new Float64Array(n), planes = new Uint8Array(4 * n);
    let nanos = 0, last = -1;
    for (let i = 0; i < n; i++) {
      let step = 0, scale = 1, byte;
      do {
        byte = bytes[at++];
        step += (byte & 127) * scale;
        scale *= 128;
      } while (byte & 128);
      nanos += step;
      // Two samples at one instant are a jump: the second stands just behind.
      const seconds = nanos / 1e9;
      times[i] = last = seconds > last ? seconds : above(last);
    }
    for (let plane = 0; plane < 4; plane++) for (let i = 0; i < n; i++) planes[4 * i + plane] = bytes[at++];
    const values = new Float32Array(planes.buffer);
    return { ...signal, times, values, levels: pyramid(values) };
  });
}

// ---- what stands above the curves ---------------------------------------------------------------------------

function tell() {
  byId("title").append(word(data.standing), ` ${data.title || data.scenario}`);
  byId("subtitle").textContent = `${data.scenario} · ${data.system} · ${data.covers.join(", ")}`;
  if (data.campaign) byId("back").append(element("a", { href: data.campaign }, "← all runs"));
  data.sentences.forEach((text) => byId("sentences").append(element("p", {}, text)));
  data.checks.forEach((check) => {
    const card = checkCard(check);
    if (check.at_s !== null) card.append(element("button", { class: "noprint", onclick: () => around(check.at_s) }, `show ${instant(check.at_s)}`));
    byId("checks").append(card);
  });
  byId("trips-section").hidden = data.trips.length === 0;
  data.trips.forEach((trip) => byId("trips").append(element("div", { class: "card" },
    element("h3", {}, `${trip.protection} of ${trip.subject} at ${instant(trip.at_s)}: ${trip.cause}`),
    element("div", {}, `Because ${trip.because}.`),
    element("div", { class: "muted" }, [trip.holds ? `Holds ${trip.holds}. ` : "", trip.claimed ? `The controller said ${trip.claimed}. ` : "", `Evidence: ${trip.evidence}.`].join("")),
    element("ol", { class: "chain" }, trip.chain.map((link) => element("li", { class: link.sort },
      element("button", { class: "at", onclick: () => around(link.at_s) }, instant(link.at_s)), element("span", {}, link.text)))))));
  byId("guesses-section").hidden = data.guesses.length === 0;
  data.guesses.forEach((text) => byId("guesses").append(element("li", {}, text)));
  byId("near-section").hidden = data.approaches.length === 0;
  data.approaches.forEach((near) => byId("near").append(element("div", {}, `${near.protection} of ${near.subject}: ${figures(near.extreme)} against ${figures(near.threshold)}`,
    near.dwell_s > 0 ? `, beyond it for ${span(near.dwell_s)} of ${span(near.delay_s)}` : "")));
  if (data.other) {
    byId("differences-section").hidden = false;
    const list = data.other.differences.length ? data.other.differences : ["nothing that is judged"];
    byId("differences").append(element("li", { class: "muted" }, `dashed: ${data.other.name}`), ...list.map((text) => element("li", {}, text)));
  }
  const line = (link) => element("li", { "data-at": link.at_s }, element("time", {}, instant(link.at_s)), element("span", {}, link.text));
  byId("events").append(...data.events.map(line));
  if (data.events_left_out) byId("events").append(element("li", {}, element("time", {}, "…"), `${data.events_left_out} left out in the middle`));
  byId("traffic-section").hidden = data.traffic.length === 0 && data.logs.length === 0;
  byId("traffic").append(...data.traffic.map((text) => {
    const at = Number((text.match(/^\(?(\d+\.\d+)\)?/) || [])[1]);
    return element("li", { "data-at": at }, element("time", {}, instant(at || 0)), element("span", {}, text.replace(/^\(?\d+\.\d+\)?\s*/, "")));
  }));
  if (data.traffic_left_out) byId("traffic").append(element("li", {}, element("time", {}, "…"), `${data.traffic_left_out} lines left out in the middle`));
  data.logs.forEach(([role, text]) => byId("logs").append(element("h3", {}, role), element("pre", { class: "mono listing" }, text)));
  data.events.filter((link) => link.sort === "log").forEach((link) => byId("logs").append(element("div", {}, `${instant(link.at_s)} ${link.text}`)));
  const roles = data.roles.map(([role, by]) => `${role}: ${by}`).join("; ");
  byId("origin").textContent = `${roles}. Seed ${data.seed}, trace ${data.digest.slice(0, 16)}, blackstart ${data.tool}.`;
}

// ---- curves ----------------------------------------------------------------------------------------------

const view = { from: 0, to: Math.max(data.end_s, 1e-6), cursor: null, pin: null };
const whole = { ...view };
let own = [], others = new Map(), shown = [];
const moments = [...new Set(data.events.filter((link) => ["scenario", "trip", "loss"].includes(link.sort)).map((link) => link.at_s))].sort((a, b) => a - b);

function look(from, to) {
  const least = 1e-8;
  const width = Math.min(Math.max(to - from, least), whole.to);
  view.from = Math.min(Math.max(from, 0), whole.to - width);
  view.to = view.from + width;
  redraw();
}

// What happens within a few delays of an instant; beside a trip the delay is what one wants to see.
function around(at) {
  const trip = data.trips.find((one) => Math.abs(one.at_s - at) < 1e-6);
  const began = trip ? data.trips.length && trip.chain.find((link) => link.sort === "trip") : null;
  const near = own.map((curve) => {
    const i = firstAt(curve.times, at);
    const gap = i > 0 && i < curve.times.length ? curve.times[i] - curve.times[i - 1] : Infinity;
    return gap > 0 ? gap : Infinity;
  });
  const finest = Math.min(...near, whole.to / 50);
  const width = Math.max(Math.min(finest * 200, whole.to), began ? 1e-3 : 1e-4);
  view.pin = at;
  look(at - width / 2, at + width / 2);
  byId("waves-section").scrollIntoView({ block: "start" });
}

function axisOf(u, splits) {
  const width = view.to - view.from;
  const unit = width < 2e-6 ? [1e9, "ns"] : width < 2e-3 ? [1e6, "µs"] : width < 2 ? [1e3, "ms"] : width < 600 ? [1, "s"] : width < 14400 ? [1 / 60, "min"] : width < 345600 ? [1 / 3600, "h"] : [1 / 86400, "d"];
  // Close up, instants count from the left edge: a week has too many digits for a microsecond.
  const isClose = view.from > 0 && width < view.from * 0.02;
  return splits.map((x) => {
    const value = (isClose ? x : x + view.from) * unit[0];
    return `${isClose ? "+" : ""}${Number(value.toPrecision(7))} ${unit[1]}`;
  });
}

// Signs that lie beside each other are columns of one table; a curve has nothing where another has a sample.
function table(curves, columns) {
  const parts = curves.map((curve) => {
    const places = envelope(curve, view.from, view.to, columns);
    const x = places.map((i) => curve.times[i] - view.from), y = places.map((i) => curve.values[i]);
    // What holds goes on to the edge.
    const last = places[places.length - 1];
    if (places.length && curve.holds && last === curve.times.length - 1) {
      x.push(Math.max(view.to, curve.times[last]) - view.from);
      y.push(curve.values[last]);
    }
    return [x, y];
  });
  return uPlot.join(parts, parts.map((part) => part.slice(1).map(() => 2)));
}

class Lane {
  constructor(lane) {
    this.unit = lane.unit;
    this.curves = lane.signals.map((place) => own[place]);
    this.others = this.curves.map((curve) => others.get(curve.name)).filter(Boolean);
    this.names = element("div", { class: "names" });
    this.plot = element("div", { class: "plot" });
    this.box = element("div", { class: "lane", "data-unit": lane.unit, "data-signals": this.curves.map((c) => c.name).join(" ") }, this.names, this.plot);
    this.rows = this.curves.map((curve, index) => {
      const swatch = element("span", { class: "swatch" });
      swatch.style.background = `var(${COLOURS[index]})`;
      const value = element("span", { class: "v" }), delta = element("span", { class: "d" });
      this.names.append(element("div", {}, swatch, element("span", { class: "n" }, curve.name), value, delta));
      return { curve, value, delta };
    });
    byId("lanes").append(this.box);
  }

  draw() {
    if (this.u) this.u.destroy();
    this.mark = null;
    const width = Math.max(this.plot.clientWidth, 200);
    const style = (index, dash) => ({
      stroke: css(COLOURS[index]), width: dash ? 1 : 1.6, dash: dash ? [6, 4] : undefined, spanGaps: true, points: { show: false },
      paths: (dash ? this.others[index] : this.curves[index]).holds ? uPlot.paths.stepped({ align: 1 }) : uPlot.paths.linear(),
    });
    const series = [{}, ...this.curves.map((_, index) => style(index, false)), ...this.others.map((_, index) => style(index, true))];
    const axis = { stroke: css("--muted"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line") }, font: "11px system-ui, sans-serif" };
    this.u = new uPlot({
      width, height: 150, series, legend: { show: false },
      scales: { x: { time: false, range: () => [0, view.to - view.from] }, y: { range: (u, low, high) => this.range(low, high) } },
      axes: [{ ...axis, values: axisOf, space: 110, size: 26 }, { ...axis, size: 58, values: (u, splits) => this.ticks(splits) }],
      cursor: { sync: { key: "time", setSeries: false }, drag: { x: true, y: false, setScale: false }, points: { show: false }, y: false },
      hooks: {
        setSelect: [(u) => {
          if (u.select.width < 4) return;
          const from = view.from + u.posToVal(u.select.left, "x"), to = view.from + u.posToVal(u.select.left + u.select.width, "x");
          u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
          look(from, to);
        }],
        setCursor: [(u) => {
          if (u.cursor.left >= 0 && u.cursor.left !== null) read(view.from + u.posToVal(u.cursor.left, "x"));
        }],
        draw: [(u) => { this.limits(u); this.pinned(); }],
      },
    }, table([...this.curves, ...this.others], Math.ceil(width)), this.plot);
    this.u.over.addEventListener("dblclick", () => look(0, whole.to));
    this.u.over.addEventListener("click", (event) => {
      const rect = this.u.over.getBoundingClientRect();
      pin(view.from + this.u.posToVal(event.clientX - rect.left, "x"));
    });
    this.mark = element("div", { class: "pin", hidden: true });
    this.u.over.append(this.mark);
  }

  // As many decimals as two ticks beside each other differ by.
  ticks(splits) {
    const step = splits.length > 1 ? splits[1] - splits[0] : 1;
    const decimals = Math.min(Math.max(-Math.floor(Math.log10(step) + 1e-9), 0), 12);
    return splits.map((y) => `${Number(y.toFixed(decimals))} ${this.unit}`);
  }

  // Every limit that acts on one of these curves in view belongs on the axis, where it is not far off.
  range(low, high) {
    if (low === null || high === null) return [0, 1];
    const size = high - low || Math.abs(high) || 1;
    for (const limit of this.ownLimits()) for (const y of [limit.at_least, limit.at_most]) {
      if (y !== null && y > low - 2 * size && y < high + 2 * size) [low, high] = [Math.min(low, y), Math.max(high, y)];
    }
    const pad = (high - low || Math.abs(high) || 1) * 0.08;
    return [low - pad, high + pad];
  }

  ownLimits() {
    const names = this.curves.map((curve) => curve.name);
    return data.limits.filter((limit) => names.includes(limit.signal));
  }

  limits(u) {
    const ctx = u.ctx, ratio = devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
    ctx.clip();
    ctx.strokeStyle = ctx.fillStyle = css("--bad");
    ctx.lineWidth = 1.5 * ratio;
    ctx.textAlign = "left";
    ctx.textBaseline = "alphabetic";
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    for (const limit of this.ownLimits()) {
      const left = u.valToPos((limit.from_s ?? 0) - view.from, "x", true), right = u.valToPos((limit.to_s ?? whole.to) - view.from, "x", true);
      for (const [y, side] of [[limit.at_least, "≥"], [limit.at_most, "≤"]]) {
        if (y === null) continue;
        const py = u.valToPos(y, "y", true);
        ctx.setLineDash([5 * ratio, 3 * ratio]);
        ctx.beginPath();
        ctx.moveTo(left, py);
        ctx.lineTo(right, py);
        ctx.stroke();
        ctx.fillText(`${side} ${figures(y)} ${limit.check}`, Math.max(left, u.bbox.left) + 4 * ratio, py - 3 * ratio);
      }
    }
    ctx.setLineDash([]);
    ctx.globalAlpha = 0.55;
    for (const link of data.events) {
      if (!["trip", "scenario", "loss"].includes(link.sort) || link.at_s < view.from || link.at_s > view.to) continue;
      ctx.strokeStyle = css(link.sort === "scenario" ? "--accent" : "--bad");
      ctx.lineWidth = ratio;
      const x = u.valToPos(link.at_s - view.from, "x", true);
      ctx.beginPath();
      ctx.moveTo(x, u.bbox.top);
      ctx.lineTo(x, u.bbox.top + u.bbox.height);
      ctx.stroke();
    }
    ctx.restore();
  }

  pinned() {
    if (!this.mark) return;
    const isShown = view.pin !== null && view.pin >= view.from && view.pin <= view.to;
    this.mark.hidden = !isShown;
    if (isShown) this.mark.style.left = `${this.u.valToPos(view.pin - view.from, "x")}px`;
  }

  read() {
    for (const { curve, value, delta } of this.rows) {
      const now = view.cursor === null ? null : valueAt(curve, view.cursor);
      const then = view.pin === null ? null : valueAt(curve, view.pin);
      value.textContent = now === null ? "" : `${figures(now)} ${this.unit}`;
      delta.textContent = then === null ? "" : `${figures(then)} ${this.unit} at the pin${now === null ? "" : `, Δ ${figures(now - then)}`}`;
    }
  }
}

const HUES = ["--c0", "--c1", "--c2", "--c3"];

class StateLane {
  constructor(curve) {
    this.curve = curve;
    this.value = element("span", { class: "v" });
    this.canvas = element("canvas", { class: "states", height: 24, role: "img", "aria-label": `states of ${curve.name}` });
    this.box = element("div", { class: "lane state", "data-signals": curve.name },
      element("div", { class: "names" }, element("div", {}, element("span"), element("span", { class: "n" }, curve.name), this.value)), element("div", { class: "plot" }, this.canvas));
    byId("lanes").append(this.box);
  }

  draw() {
    const { times, values, states } = this.curve, canvas = this.canvas, ratio = devicePixelRatio;
    const width = Math.max(canvas.clientWidth, 100), left = 58, right = width;
    canvas.width = width * ratio;
    canvas.height = 24 * ratio;
    canvas.style.height = "24px";
    const ctx = canvas.getContext("2d");
    ctx.scale(ratio, ratio);
    ctx.font = "11px system-ui, sans-serif";
    const place = (at) => left + ((at - view.from) / (view.to - view.from)) * (right - left);
    const begin = Math.max(firstAt(times, view.from) - 1, 0);
    for (let i = begin; i < times.length && times[i] <= view.to; i++) {
      const from = Math.max(place(times[i]), left), to = Math.min(i + 1 < times.length ? place(times[i + 1]) : right, right);
      const state = values[i];
      ctx.globalAlpha = state === 0 ? 0.15 : 0.8;
      ctx.fillStyle = state === 0 ? css("--muted") : css(HUES[(state - 1) % 4]);
      // Shorter than a column is a column all the same.
      ctx.fillRect(from, 3, Math.max(to - from, 1), 18);
      ctx.globalAlpha = 1;
      const text = states[state] ?? "?";
      if (ctx.measureText(text).width + 8 < to - from) {
        ctx.fillStyle = state === 0 ? css("--ink") : css("--paper");
        ctx.fillText(text, from + 4, 16);
      }
    }
    if (view.pin !== null && view.pin >= view.from && view.pin <= view.to) {
      ctx.fillStyle = css("--mark");
      ctx.fillRect(place(view.pin), 0, 2, 24);
    }
  }

  pinned() { this.draw(); }

  read() {
    const state = view.cursor === null ? null : valueAt(this.curve, view.cursor);
    this.value.textContent = state === null ? "" : this.curve.states[state] ?? "?";
  }
}

function read(at) {
  view.cursor = at;
  shown.forEach((lane) => lane.read());
  say();
  follow(byId("events"), at);
  follow(byId("traffic"), at);
}

// The newest line at or before an instant is the one of the moment.
function follow(list, at) {
  let now = null;
  for (const line of list.children) if (Number(line.dataset.at) <= at) now = line;
  list.querySelectorAll(".now").forEach((line) => line.classList.remove("now"));
  if (!now) return;
  now.classList.add("now");
  list.scrollTop = now.offsetTop - list.offsetTop - list.clientHeight / 2;
}

function say() {
  const parts = [`${instant(view.from)} to ${instant(view.to)} (${span(view.to - view.from)})`];
  if (view.cursor !== null) parts.push(`cursor ${instant(view.cursor)}`);
  if (view.pin !== null) parts.push(`pin ${instant(view.pin)}${view.cursor === null ? "" : `, Δ ${span(view.cursor - view.pin)}`}`);
  byId("readout").replaceChildren(...parts.map((text) => element("span", {}, text)));
}

function pin(at) {
  view.pin = at;
  shown.forEach((lane) => { lane.pinned(); lane.read(); });
  say();
}

let waiting = false;
function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    shown.forEach((lane) => lane.draw());
    shown.forEach((lane) => lane.read());
    say();
  });
}

function step(direction) {
  const middle = view.pin ?? (view.from + view.to) / 2;
  const next = direction > 0 ? moments.find((at) => at > middle + 1e-9) : moments.filter((at) => at < middle - 1e-9).pop();
  if (next !== undefined) around(next);
}

const move = (share) => { const by = (view.to - view.from) * share; look(view.from + by, view.to + by); };
function zoom(factor) {
  const middle = view.pin !== null && view.pin > view.from && view.pin < view.to ? view.pin : (view.from + view.to) / 2;
  look(middle - (middle - view.from) * factor, middle + (view.to - middle) * factor);
}

function tools() {
  const button = (text, label, act) => element("button", { onclick: act, "aria-label": label, title: label }, text);
  byId("tools").append(button("whole run", "Show the whole run (0)", () => look(0, whole.to)), button("−", "Zoom out (−)", () => zoom(2)), button("+", "Zoom in (+)", () => zoom(0.5)),
    button("←", "Earlier (←)", () => move(-0.25)), button("→", "Later (→)", () => move(0.25)), button("previous event", "Previous event (p)", () => step(-1)), button("next event", "Next event (n)", () => step(1)),
    ...data.trips.slice(0, 6).map((trip) => button(`${trip.protection} ${instant(trip.at_s)}`, `Show the trip of ${trip.subject}`, () => around(trip.at_s))));
  addEventListener("keydown", (event) => {
    if (["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = { ArrowLeft: () => move(-0.25), ArrowRight: () => move(0.25), "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), 0: () => look(0, whole.to), n: () => step(1), p: () => step(-1),
      Escape: () => { view.pin = null; shown.forEach((lane) => { lane.pinned(); lane.read(); }); say(); } };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
}

function add(curve) {
  const lane = curve.states ? new StateLane(curve) : new Lane({ unit: curve.unit, signals: [own.indexOf(curve)] });
  shown.push(lane);
  lane.draw();
  lane.read();
}

function allSignals() {
  const box = byId("all-signals");
  const list = (part) => box.replaceChildren(...own.filter((curve) => curve.name.includes(part)).slice(0, 120).map((curve) =>
    element("button", { onclick: () => add(curve), "data-signal": curve.name }, `${curve.name}${curve.flat ? " (never changes)" : ""}`)));
  byId("signal-search").addEventListener("input", (event) => list(event.target.value));
  list("");
}

async function start() {
  tell();
  tools();
  const [first, second] = await Promise.all([unpacked("waves"), unpacked("other-waves")]);
  own = curves(data.signals, first);
  if (data.other) {
    others = new Map(curves(data.other.signals, second).map((curve) => [curve.name, curve]));
    whole.to = Math.max(whole.to, data.other.end_s);
    view.to = whole.to;
  }
  byId("waves-section").hidden = own.length === 0;
  shown = data.lanes.map((lane) => new Lane(lane));
  const states = own.filter((curve) => curve.states && !curve.flat && (curve.name.split(".").length === 2 || curve.name.endsWith(".claim.state")));
  states.slice(0, 14).forEach((curve) => shown.push(new StateLane(curve)));
  const less = own.filter((curve) => curve.of > curve.count);
  if (less.length) byId("reduced").textContent = `Of ${less.length} signals each few samples are drawn as first, least, greatest and last: ${less.map((c) => `${c.name} ${c.count} of ${c.of}`).slice(0, 6).join(", ")}. No extreme is lost; the trace has the rest, and \`blackstart page --whole\`.`;
  redraw();
  allSignals();
  addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  addEventListener("beforeprint", () => { shown.forEach((lane) => lane.draw()); });
  document.body.dataset.ready = "yes";
}
start();
