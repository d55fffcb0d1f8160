// The picture of a report, alive: it is read by pointing, moved and zoomed, and curves are switched off.

{
  const data = JSON.parse(document.getElementById("data").textContent), points = 1200;
  const boxes = document.getElementById("plots"), readout = document.getElementById("readout");
  const panels = data.titles.map((title) => new Panel(boxes, title));
  const target = CURVES.length - 1, hidden = new Set();
  const inside = (x) => data.domain.some(([lo, hi]) => (lo ?? -Infinity) <= x && x <= (hi ?? Infinity));
  let view = [...data.view], cursor = null;

  const draw = () => {
    const start = performance.now();
    const xs = Float64Array.from({ length: points }, (_, i) => view[0] + ((view[1] - view[0]) * i) / (points - 1));
    const goal = xs.map(CURVES[target].value);
    const on = [target, ...CURVES.keys()].filter((index, place) => !hidden.has(index) && (!place || index !== target));
    const drawn = on.map((index) => {
      const { value, slope } = CURVES[index], ys = index === target ? goal : xs.map(value);
      const errors = ys.map((y, i) => (inside(xs[i]) ? y - goal[i] : NaN));
      return { index, ys, errors, slopes: xs.map(slope), dots: data.kinks[index].map((x) => [x, value(x)]) };
    });
    panels[0].draw(view, xs, drawn);
    panels[1].draw(view, xs, drawn.filter(({ index }) => index !== target).map(({ index, errors }) => ({ index, ys: errors })));
    panels[2].draw(view, xs, drawn.map(({ index, slopes }) => ({ index, ys: slopes })));
    read(cursor);
    document.body.dataset.took = (performance.now() - start).toFixed(3);
  };
  const read = (x) => {
    cursor = x;
    for (const panel of panels) panel.point(x);
    if (x === null) { readout.textContent = data.hint; return; }
    const wanted = CURVES[target].value(x);
    const told = [target, ...Array(target).keys()].filter((index) => !hidden.has(index)).map((index) => {
      const { value, slope } = CURVES[index], y = value(x);
      return `${data.names[index]}: ${round7(y)}${index === target ? "" : `, error ${round7(y - wanted)}`}, derivative ${round7(slope(x))}`;
    });
    readout.textContent = [`x = ${round7(x)}`, ...told].join("\n");
  };
  const look = (lo, hi) => {
    if (!(hi - lo > 1e-9 * (1 + Math.abs(lo)) && hi - lo < 1e6)) return;
    view = [lo, hi];
    draw();
  };
  const layout = () => {
    const width = Math.max(240, boxes.clientWidth), phone = width < 500;
    for (const panel of panels) panel.resize(width, phone ? 170 : 250, phone ? 46 : 60);
  };
  const moves = views(() => view, look, data.view);

  document.body.classList.add("alive"); // the picture that stands still is for paper, then
  for (const button of document.querySelectorAll("[data-view]")) button.addEventListener("click", moves[button.dataset.view]);
  for (const box of document.querySelectorAll("[data-curve]"))
    box.addEventListener("change", () => { hidden[box.checked ? "delete" : "add"](Number(box.dataset.curve)); draw(); });
  addEventListener("resize", () => { layout(); draw(); });
  pointing(boxes, panels, { view: () => view, cursor: () => cursor, look, read, reset: moves.reset });
  layout();
  draw();
}
