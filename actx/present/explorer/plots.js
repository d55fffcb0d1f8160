// Curves as SVG: panels below each other over the same stretch of x.

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
