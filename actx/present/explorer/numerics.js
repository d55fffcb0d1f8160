// What is live on the page: largest errors, minima and kinks, found on samples.

const FAR = 1e4; // how far out an infinite end is looked at
const NEAR = 12; // half the width of the stretch that is sampled evenly

/** Places over a domain, rising: even ones where functions bend, ever wider apart far out. */
function samples(domain, count = 2000) {
  const places = [];
  for (const [lo, hi] of domain) {
    const left = Math.max(lo ?? -Infinity, -NEAR), right = Math.min(hi ?? Infinity, NEAR);
    const bounded = lo !== null && hi !== null;
    const from = bounded ? lo : Math.min(left, hi ?? left), to = bounded ? hi : Math.max(right, lo ?? right);
    const far = (end) => Array.from({ length: 120 }, (_, i) => (Math.abs(end) + 1) * ((FAR / (Math.abs(end) + 1)) ** ((i + 1) / 120)));
    if (lo === null) places.push(...far(from).reverse().map((v) => -v));
    for (let i = 0; i <= count; i++) places.push(from + ((to - from) * i) / count);
    if (hi === null) places.push(...far(to));
  }
  return Float64Array.from(places);
}

/** The place in a bracket where a function is largest, by golden sections. */
function peak(f, a, b) {
  const golden = (Math.sqrt(5) - 1) / 2;
  let u = b - golden * (b - a), v = a + golden * (b - a), fu = f(u), fv = f(v);
  for (let i = 0; i < 70 && b - a > 1e-12 * (1 + Math.abs(a)); i++) {
    if (fu >= fv) [b, v, fv, u] = [v, u, fu, v - golden * (v - a)], fu = f(u);
    else [a, u, fu, v] = [u, v, fv, u + golden * (b - u)], fv = f(v);
  }
  return fu >= fv ? [u, fu] : [v, fv];
}

/** The largest of values at places, refined: its place (±Infinity at an open end) and size. */
function largest(f, xs, ys, open) {
  let most = -Infinity;
  for (const y of ys) if (y > most) most = y;
  const near = most - 0.02 * Math.abs(most);
  let best = [NaN, -Infinity], tried = 0;
  for (let i = 0; i < xs.length; i++) {
    if (!(ys[i] >= near) || ys[i] < (ys[i - 1] ?? -Infinity) || ys[i] < (ys[i + 1] ?? -Infinity)) continue;
    const inside = i > 0 && i < xs.length - 1 && tried++ < 12;
    const [x, y] = inside ? peak(f, xs[i - 1], xs[i + 1]) : [xs[i], ys[i]];
    const [place, size] = y > ys[i] ? [x, y] : [xs[i], ys[i]];
    if (size > best[1]) best = [place, size];
  }
  if (best[0] === xs[0] && open[0]) best[0] = -Infinity;
  if (best[0] === xs[xs.length - 1] && open[1]) best[0] = Infinity;
  return best;
}

/** The stretch on which values do not rise above the least one, for what is constant there. */
function plateau(xs, ys, least) {
  let first = -1, last = -1;
  for (let i = 0; i < xs.length; i++) if (ys[i] <= least) { if (first < 0) first = i; last = i; }
  const flat = last - first > 2 && ys.subarray(first, last + 1).every((y) => y <= least);
  return flat && Math.abs(xs[first]) + Math.abs(xs[last]) > 1e-9 ? [xs[first], xs[last]] : null;
}

/** Where the derivative (or the value, whose derivative is then nothing to go by) jumps. */
function kinks(slope, xs) {
  const found = [];
  const s = xs.map(slope);
  for (let i = 1; i + 2 < xs.length; i++) {
    const jump = Math.abs(s[i + 1] - s[i]);
    if (!(jump > 1e-6 + 4 * (Math.abs(s[i] - s[i - 1]) + Math.abs(s[i + 2] - s[i + 1])))) continue;
    let a = xs[i], b = xs[i + 1], sa = s[i], sb = s[i + 1];
    for (let k = 0; k < 60 && b - a > 1e-13 * (1 + Math.abs(a)); k++) {
      const m = (a + b) / 2, sm = slope(m);
      if (Math.abs(sm - sa) > Math.abs(sb - sm)) [b, sb] = [m, sm];
      else [a, sa] = [m, sm];
    }
    if (Math.abs(sb - sa) > 1e-5 * (1 + Math.abs(sa))) found.push(b);
  }
  return found;
}

/** A size towards an open end: infinite where it grows on, else that far out. */
function farOut(f, place, size) {
  if (Math.abs(place) !== Infinity) return size;
  const far = f(Math.sign(place) * 1e3 * FAR);
  return Math.abs(far) > 100 * Math.abs(size) && Math.abs(far) > 1 ? Math.sign(far) * Infinity : far;
}

const round4 = (v) => (Number.isFinite(v) ? String(Number(v.toPrecision(4))) : "∞");

/** The root of the integral of the squared error over samples, by Simpson's rule on each stretch. */
function norm(error, xs, domain) {
  const open = [domain[0][0] === null, domain[domain.length - 1][1] === null];
  const inside = (x) => domain.some(([lo, hi]) => (lo ?? -Infinity) <= x && x <= (hi ?? Infinity));
  for (const [side, end] of [[0, xs[0]], [1, xs[xs.length - 1]]]) {
    const far = error(end), near = error(end / 16); // the integral has no end where errors fall slower than 1/√x
    if (open[side] && far > 1e-9 * near && far > 1e-12 && far * far * 16 > 0.9 * near * near) return Infinity;
  }
  let sum = 0, before = error(xs[0]) ** 2;
  for (let i = 1; i < xs.length; i++) {
    const after = error(xs[i]) ** 2, between = (xs[i - 1] + xs[i]) / 2;
    if (inside(between)) sum += ((xs[i] - xs[i - 1]) / 6) * (before + 4 * error(between) ** 2 + after);
    before = after;
  }
  return Math.sqrt(sum);
}

/** The root mean square of the error over inputs, each with its share. */
const rms = (f, goal, inputs) => Math.sqrt(inputs.reduce((sum, [x, share]) => sum + share * (f(x) - goal(x)) ** 2, 0));

/** What is live of a function against another: error, minimum and kinks, on samples of a domain. */
function measure(f, slope, goal, domain, xs, goals) {
  const open = [domain[0][0] === null, domain[domain.length - 1][1] === null];
  const values = xs.map(f);
  const error = (x) => Math.abs(f(x) - goal(x));
  const [x, size] = largest(error, xs, values.map((y, i) => Math.abs(y - goals[i])), open);
  const [place, low] = largest((t) => -f(t), xs, values.map((y) => -y), open);
  const most = farOut(error, x, size), least = farOut(f, place, -low);
  const l2 = most === Infinity || most === -Infinity ? Infinity : norm(error, xs, domain);
  return { x, size: most, l2, place, minimum: least, flat: plateau(xs, values, -low), kinks: kinks(slope, xs) };
}
