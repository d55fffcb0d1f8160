// What a reader moves, and what follows it: the state, its address, the curves and the numbers.

const DATA = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const POINTS = 2000;
const PANELS = ["value", "error", "derivative"];
const T = DATA.templates.length;
const state = { target: 0, view: [...DATA.view], hidden: new Set(), values: DATA.templates.map((t) => [...t.start]) };
const boxes = $("plots");
const panels = PANELS.map((name) => new Panel(boxes, DATA.titles[name]));
let places = new Float64Array(POINTS), goal = {}, drawn = [], cursor = null, later = 0;

const bound = (t) => {
  const { value, slope } = TEMPLATES[t], [a, b, c, d, e, f, g, h, ...more] = state.values[t];
  return { value: (x) => value(x, a, b, c, d, e, f, g, h, ...more), slope: (x) => slope(x, a, b, c, d, e, f, g, h, ...more) };
};
const sampleOf = DATA.templates.map((t) => t.domains.map((domain) => ({ domain, xs: samples(domain) })));

/** New places or another target: what does not depend on the sliders. */
function setting() {
  const [lo, hi] = state.view, { value, slope } = TARGETS[state.target];
  places = Float64Array.from({ length: POINTS }, (_, i) => lo + ((hi - lo) * i) / (POINTS - 1));
  goal = { ys: places.map(value), slopes: places.map(slope) };
}

/** The curves of a template; its error only where it is asked for. */
function curves(t) {
  const f = bound(t), ys = places.map(f.value), { domain } = sampleOf[t][state.target];
  const inside = (x) => domain.some(([lo, hi]) => (lo ?? -Infinity) <= x && x <= (hi ?? Infinity));
  const errors = ys.map((y, i) => (inside(places[i]) ? y - goal.ys[i] : NaN));
  Object.assign(drawn[t], { ys, slopes: places.map(f.slope), errors });
}

/** The live numbers of a template. */
function numbers(t) {
  const f = bound(t), set = sampleOf[t][state.target], wanted = TARGETS[state.target].value;
  set.goals ??= set.xs.map(wanted);
  const found = measure(f.value, f.slope, wanted, set.domain, set.xs, set.goals);
  drawn[t] = { found, dots: found.kinks.slice(0, 40).map((x) => [x, f.value(x)]) };
}

function draw() {
  const on = drawn.map((curves, index) => ({ ...curves, index })).filter(({ index }) => !state.hidden.has(index));
  const target = state.hidden.has(T) ? [] : [{ index: T, ys: goal.ys, slopes: goal.slopes }];
  panels[0].draw(state.view, places, [...target, ...on]);
  panels[1].draw(state.view, places, on.map(({ index, errors }) => ({ index, ys: errors })));
  panels[2].draw(state.view, places, [...target, ...on].map(({ index, slopes }) => ({ index, ys: slopes })));
}

/** Fill in the live row of a template. */
function tell(t) {
  const { found } = drawn[t], row = $(`live-${t}-${state.target}`);
  const at = (x) => (Math.abs(x) === Infinity ? `→ ${round7(x)}` : `~${round7(x)}`);
  const texts = {
    error: `~${round7(found.size)}`,
    at: found.size > 0 ? at(found.x) : "—",
    minimum: `~${round7(found.minimum)}`,
    place: found.flat ? `~${round7(found.flat[0] <= -FAR ? -Infinity : found.flat[0])}..${round7(found.flat[1] >= FAR ? Infinity : found.flat[1])}` : at(found.place),
    l2: found.l2 === Infinity ? "∞" : `~${round4(found.l2)}`,
    data: DATA.inputs.length ? `~${round4(rms(bound(t).value, TARGETS[state.target].value, DATA.inputs))}` : "—",
    kinks: found.kinks.length ? found.kinks.slice(0, 3).map((x) => `~${Number(x.toPrecision(4))}`).join(", ") + (found.kinks.length > 3 ? `, … ${found.kinks.length}` : "") : "~none",
  };
  for (const [name, text] of Object.entries(texts)) {
    const cell = row.querySelector(`[data-live=${name}]`);
    if (cell) cell.textContent = text;
  }
  state.values[t].forEach((v, i) => (row.querySelector(`[data-live=p${i}]`).textContent = round7(v)));
  $(`formula-${t}`).textContent = formula(t, round7);
}

/** The formula with the values in it, as actx reads it. */
function formula(t, show = String) {
  const value = (i) => { const text = show(state.values[t][i]); return text.startsWith("-") ? `(${text})` : text; };
  return DATA.templates[t].text.map((part) => (typeof part === "number" ? value(part) : part)).join("");
}

const quoted = (text) => (/^[\w.-]+$/.test(text) && !text.startsWith("-") ? text : `'${text.replaceAll("'", "'\\''")}'`);
const where = (t) => {
  const parts = DATA.templates[t].domains[state.target].map(([lo, hi]) => `${lo ?? "-inf"}:${hi ?? "inf"}`);
  return parts.join() === "-inf:inf" ? "" : ` --domain ${parts.join()}`;
};
const COPIES = {
  formula: (t) => formula(t),
  command: (t) => `actx compare ${quoted(formula(t))} ${quoted(DATA.targets[state.target].name)}${where(t)}`,
  code: (t) => DATA.templates[t].code.replaceAll(/export function (\w+)\(x((?:, \w+)*)\)/g, (_, name, names) =>
    `export function ${name}(x${names.split(", ").slice(1).map((n, i) => `, ${n} = ${state.values[t][i]}`).join("")})`),
};

/** The state as it stands in the address, and back. */
function address() {
  const values = state.values.map((p, t) => (p.length ? `t${t}=${p.join(",")}` : "")).filter(Boolean);
  const off = state.hidden.size ? [`off=${[...state.hidden].join(",")}`] : [];
  return `#${[`target=${state.target}`, `view=${state.view.join(":")}`, ...off, ...values].join("&")}`;
}

function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  const listed = (text, mark) => (text ?? "").split(mark).map(Number);
  const target = Number(given.get("target"));
  if (DATA.targets[target]) state.target = target;
  const view = listed(given.get("view"), ":");
  if (view.length === 2 && view.every(Number.isFinite) && view[0] < view[1]) state.view = view;
  if (given.get("off")) state.hidden = new Set(listed(given.get("off"), ",").filter((i) => i >= 0 && i <= T));
  state.values.forEach((p, t) => {
    const values = listed(given.get(`t${t}`), ",");
    if (given.has(`t${t}`) && values.length === p.length && values.every(Number.isFinite)) state.values[t] = values;
  });
}

/** The page after a change of all, of the view alone, or of one template's values. */
function update(what = "all") {
  const start = performance.now(), all = [...Array(T).keys()];
  if (what === "all" || what === "view") setting();
  const changed = what === "all" ? all : what === "view" ? [] : [what];
  changed.forEach(numbers);
  (what === "view" ? all : changed).forEach(curves);
  draw();
  for (const t of changed) { tell(t); show(t); }
  read(cursor);
  document.body.dataset.took = (performance.now() - start).toFixed(3);
  clearTimeout(later);
  later = setTimeout(settle, 250);
}

/** What can wait until the reader is: the address, and what is read aloud. */
function settle() {
  try { history.replaceState(null, "", address()); } catch { /* a page without an address */ }
  const said = drawn.map(({ found }, t) => `${DATA.templates[t].name}: largest error about ${round7(found.size)}`);
  $("status").textContent = said.join("; ");
}

/** The controls as the state has them. */
function show(t) {
  state.values[t].forEach((v, i) => {
    const slider = $(`slider-${t}-${i}`), box = $(`box-${t}-${i}`);
    slider.value = v;
    slider.setAttribute("aria-valuetext", round7(v));
    if (document.activeElement !== box) box.value = String(Number(v.toPrecision(9)));
    box.title = String(v);
    box.removeAttribute("aria-invalid");
  });
}

function showAll() {
  for (const pair of document.querySelectorAll("[data-target]")) pair.hidden = Number(pair.dataset.target) !== state.target;
  for (const radio of document.querySelectorAll("input[name=target]")) radio.checked = Number(radio.value) === state.target;
  for (const box of document.querySelectorAll("[data-curve]")) box.checked = !state.hidden.has(Number(box.dataset.curve));
}

/** The values at the cursor. */
function read(x) {
  cursor = x;
  for (const panel of panels) panel.point(x);
  const line = (name, value, error, slope) => `${name}: ${round7(value)}${error === null ? "" : `, error ${round7(error)}`}, derivative ${round7(slope)}`;
  if (x === null) { $("readout").textContent = DATA.hint; return; }
  const { value, slope } = TARGETS[state.target], wanted = value(x);
  const parts = state.hidden.has(T) ? [] : [line(DATA.targets[state.target].name, wanted, null, slope(x))];
  for (let t = 0; t < T; t++) {
    const f = bound(t);
    if (!state.hidden.has(t)) parts.push(line(DATA.templates[t].name, f.value(x), f.value(x) - wanted, f.slope(x)));
  }
  $("readout").textContent = [`x = ${round7(x)}`, ...parts].join("\n");
}

function look(lo, hi) {
  if (!(hi - lo > 1e-9 * (1 + Math.abs(lo)) && hi - lo < 1e6)) return;
  state.view = [lo, hi];
  update("view");
}
const VIEWS = views(() => state.view, look, DATA.view);

function layout() {
  const width = Math.max(240, boxes.clientWidth), phone = width < 500;
  for (const panel of panels) panel.resize(width, phone ? 170 : 250, phone ? 46 : 60);
}

function move(t, i, value) {
  const [lo, hi] = DATA.templates[t].bounds[i].map((end, side) => end ?? (side ? Infinity : -Infinity));
  if (!(value >= lo && value <= hi)) return false;
  state.values[t][i] = value;
  update(t);
  return true;
}

function listen() {
  for (const slider of document.querySelectorAll("[data-slider]")) {
    const [t, i] = slider.dataset.slider.split("-").map(Number);
    slider.addEventListener("input", () => move(t, i, Number(slider.value)));
    const box = $(`box-${t}-${i}`);
    box.addEventListener("input", () => {
      const text = box.value.trim().replace(",", ".").replace("−", "-");
      const right = text !== "" && Number.isFinite(Number(text)) && move(t, i, Number(text));
      if (!right) box.setAttribute("aria-invalid", "true");
    });
    box.addEventListener("blur", () => show(t));
  }
  for (const radio of document.querySelectorAll("input[name=target]"))
    radio.addEventListener("change", () => { state.target = Number(radio.value); showAll(); update(); });
  for (const box of document.querySelectorAll("[data-curve]"))
    box.addEventListener("change", () => { state.hidden[box.checked ? "delete" : "add"](Number(box.dataset.curve)); update("view"); });
  for (const button of document.querySelectorAll("[data-go]"))
    button.addEventListener("click", () => {
      const [t, pair, mark] = button.dataset.go.split("-").map(Number);
      state.values[t] = [...DATA.templates[t].marks[pair][mark]];
      update(t);
    });
  for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", VIEWS[button.dataset.view]);
  for (const button of document.querySelectorAll("[data-copy]"))
    button.addEventListener("click", () => copy(button, COPIES[button.dataset.copy](Number(button.dataset.of))));
  addEventListener("hashchange", () => { fromAddress(); showAll(); update(); });
  addEventListener("resize", () => { layout(); update("view"); });
  pointing(boxes, panels, { view: () => state.view, cursor: () => cursor, look, read, reset: VIEWS.reset });
}

async function copy(button, text) {
  document.body.dataset.copied = text;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    button.focus();
  }
  $("status").textContent = `Copied: ${text.split("\n")[0]}`;
  button.classList.add("done");
  setTimeout(() => button.classList.remove("done"), 1200);
}

fromAddress();
layout();
showAll();
listen();
update();
