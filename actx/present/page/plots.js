// Curves as SVG: panels below each other over the same stretch of x.

const round7 = (v) => (Number.isFinite(v) ? String(Number(v.toPrecision(7))) : v > 0 ? "∞" : v < 0 ? "-∞" : "—");

const make = (tag, attributes = {}, parent = null) => {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent?.append(made);
  return made;
};

/** Round numbers over a stretch, about so many. */
function ticks(lo, hi, about) {
  const rough = (hi - lo) / about, unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 5].find((n) => n * unit >= rough) ?? 10);
  const first = Math.ceil(lo / step - 1e-9);
  const count = Math.floor(hi / step + 1e-9) - first;
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const text = (v) => (digits > 6 || Math.abs(v) >= 1e6 ? Number(v.toPrecision(3)).toExponential() : v.toFixed(digits));
  return { step, list: Array.from({ length: count + 1 }, (_, i) => ((first + i) * step + 0)).map((v) => [v, text(v)]) };
}

/** The stretch of y that holds curves, out to whole ticks; extremes of single samples do not widen it. */
function reach(curves) {
  let lo = Infinity, hi = -Infinity;
  for (const ys of curves) for (const y of ys) if (Math.abs(y) < 1e300) { if (y < lo) lo = y; if (y > hi) hi = y; }
  if (!(lo <= hi)) return [-1, 1];
  const pad = hi - lo > 1e-12 * (1 + Math.abs(hi)) ? 0.02 * (hi - lo) : 0.5 * (Math.abs(hi) || 1);
  const { step } = ticks(lo - pad, hi + pad, 5);
  return [Math.floor((lo - pad) / step) * step, Math.ceil((hi + pad) / step) * step];
}

/** One panel: its curves are drawn from values at places that all panels share. */
class Panel {
  constructor(parent, title) {
    this.svg = make("svg", { role: "img", "aria-label": title, class: "panel" }, parent);
    this.grid = make("g", { class: "grid" }, this.svg);
    this.area = make("svg", { class: "area" }, this.svg); // clips what it holds
    this.lines = make("g", {}, this.area);
    this.dots = make("g", {}, this.area);
    this.cursor = make("line", { class: "cursor", y1: 0, visibility: "hidden" }, this.area);
    this.title = make("text", { class: "title", y: 14 }, this.svg);
    this.title.textContent = title;
    this.paths = [];
  }

  resize(width, height, left) {
    Object.assign(this, { width: width - left - 8, height: height - 40, left, top: 20 });
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    for (const [name, value] of Object.entries({ x: left, y: this.top, width: this.width, height: this.height })) this.area.setAttribute(name, value);
    this.title.setAttribute("x", left);
    this.cursor.setAttribute("y2", this.height);
    this.shown = "";
  }

  toX(x) { return ((x - this.x[0]) / (this.x[1] - this.x[0])) * this.width; }
  toY(y) { return (1 - (y - this.y[0]) / (this.y[1] - this.y[0])) * this.height; }

  /** curves: {index, ys, dots: [[x, y]]}; places: the xs of ys; count: of all curves there are. */
  draw(view, places, curves) {
    this.x = view;
    this.y = reach(curves.map((curve) => curve.ys));
    const frame = `${this.x} ${this.y}`;
    if (frame !== this.shown) this.axes();
    this.shown = frame;
    for (const path of this.paths) path?.setAttribute("visibility", "hidden");
    this.dots.replaceChildren();
    for (const { index, ys, dots } of curves) {
      const line = (this.paths[index] ??= make("path", { class: `curve c${index}` }, this.lines));
      if (line.ys !== ys || line.frame !== frame) line.setAttribute("d", this.path(places, ys));
      Object.assign(line, { ys, frame });
      line.setAttribute("visibility", "visible");
      for (const [x, y] of dots ?? []) make("circle", { class: `dot c${index}`, r: 3, cx: this.toX(x), cy: this.toY(y) }, this.dots);
    }
  }

  path(places, ys) {
    const scale = this.width / (this.x[1] - this.x[0]), up = this.height / (this.y[1] - this.y[0]);
    const parts = [];
    let pen = "M";
    for (let i = 0; i < ys.length; i++) {
      const y = (this.y[1] - ys[i]) * up;
      if (!(Math.abs(y) < 1e5)) { pen = "M"; continue; }
      parts.push(pen, Math.round((places[i] - this.x[0]) * scale * 10) / 10, " ", Math.round(y * 10) / 10);
      pen = "L";
    }
    return parts.join("") || "M0 0";
  }

  axes() {
    this.grid.replaceChildren();
    for (const [value, text] of ticks(...this.x, Math.max(5, this.width / 80)).list) {
      const x = this.left + this.toX(value);
      make("line", { x1: x, x2: x, y1: this.top, y2: this.top + this.height, class: value === 0 ? "zero" : "" }, this.grid);
      make("text", { x, y: this.top + this.height + 15, "text-anchor": "middle" }, this.grid).textContent = text;
    }
    for (const [value, text] of ticks(...this.y, Math.max(4, this.height / 40)).list) {
      const y = this.top + this.toY(value);
      make("line", { x1: this.left, x2: this.left + this.width, y1: y, y2: y, class: value === 0 ? "zero" : "" }, this.grid);
      make("text", { x: this.left - 5, y: y + 4, "text-anchor": "end" }, this.grid).textContent = text;
    }
  }

  point(x) {
    this.cursor.setAttribute("visibility", x === null ? "hidden" : "visible");
    if (x !== null) for (const name of ["x1", "x2"]) this.cursor.setAttribute(name, this.toX(x));
  }
}

/** What moves a view: about a middle, or by a share of its width; look is told the new ends. */
const zoomed = ([lo, hi], factor, about = (lo + hi) / 2) => [lo, hi].map((end) => about + (end - about) * factor);
function views(view, look, first) {
  const pan = (share) => look(...view().map((end) => end + share * (view()[1] - view()[0])));
  const zoom = (factor) => look(...zoomed(view(), factor));
  return { in: () => zoom(0.5), out: () => zoom(2), left: () => pan(-0.25), right: () => pan(0.25), reset: () => look(...first) };
}

/** Mouse, touch and keys on the curves: hover reads, dragging pans, two fingers or ctrl and the wheel zoom. */
function pointing(boxes, panels, { view, cursor, look, read, reset }) {
  const share = (event) => {
    const box = panels[0].svg.getBoundingClientRect(), scale = box.width / (panels[0].width + panels[0].left + 8);
    return (event.clientX - box.left - panels[0].left * scale) / (panels[0].width * scale);
  };
  const at = (event) => view()[0] + Math.min(1, Math.max(0, share(event))) * (view()[1] - view()[0]);
  const held = new Map(); // the fingers that are down: where on the axis each took hold, and where it is
  const moved = () => {
    const [one, two] = [...held.values()];
    if (!two) return look(...view().map((end) => end + one.x - (view()[0] + one.share * (view()[1] - view()[0]))));
    if (Math.abs(two.share - one.share) < 0.02) return;
    const width = Math.abs((two.x - one.x) / (two.share - one.share)), lo = one.x - one.share * width;
    look(lo, lo + width);
  };
  boxes.addEventListener("pointerdown", (event) => {
    held.set(event.pointerId, { x: at(event), share: share(event) });
    for (const each of held.values()) each.x = view()[0] + each.share * (view()[1] - view()[0]);
    try { boxes.setPointerCapture(event.pointerId); } catch { /* a pointer that is gone */ }
  });
  boxes.addEventListener("pointermove", (event) => {
    const own = held.get(event.pointerId);
    if (!own || !event.buttons) return held.size < 2 && read(at(event));
    own.share = share(event);
    moved();
  });
  for (const name of ["pointerup", "pointercancel"])
    boxes.addEventListener(name, (event) => {
      held.delete(event.pointerId);
      for (const each of held.values()) each.x = view()[0] + each.share * (view()[1] - view()[0]);
    });
  boxes.addEventListener("pointerleave", () => read(null));
  boxes.addEventListener("dblclick", reset);
  boxes.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    look(...zoomed(view(), event.deltaY < 0 ? 0.8 : 1.25, at(event)));
  }, { passive: false });
  const moves = views(view, look, []);
  boxes.addEventListener("keydown", (event) => {
    const [lo, hi] = view(), step = (hi - lo) / (event.shiftKey ? 20 : 200), middle = cursor() ?? (lo + hi) / 2;
    const keys = {
      ArrowLeft: () => read(Math.max(lo, middle - step)),
      ArrowRight: () => read(Math.min(hi, middle + step)),
      "+": moves.in, "=": moves.in, "-": moves.out, 0: reset, PageUp: moves.left, PageDown: moves.right,
      Escape: () => read(null),
    };
    if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    keys[event.key]();
  });
}
