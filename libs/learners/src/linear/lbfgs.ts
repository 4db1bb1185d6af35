/** A smooth function: returns its value and writes the gradient. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;
/** Where the minimiser ended. */
export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
  readonly converged: boolean;
}
export interface MinimiserOptions {
  readonly maxIterations: number;
  /** Stops when the largest entry of the gradient is at most this. */
  readonly gradientTolerance: number;
  readonly onIteration: (iteration: number, value: number) => Promise<void>;
}

const memory = 10;
const sufficientDecrease = 1e-4;
const curvature = 0.9;

/** L-BFGS with a strong Wolfe line search (Nocedal and Wright, algorithms 7.4, 3.5 and 3.6). */
export async function minimise(objective: Objective, start: Float64Array, options: MinimiserOptions): Promise<Minimum> {
  let point = start.slice();
  let gradient = new Float64Array(start.length);
  let value = objective(point, gradient);
  const history: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  let iterations = 0;
  while (iterations < options.maxIterations && largest(gradient) > options.gradientTolerance) {
    const direction = twoLoop(gradient, history);
    const step = wolfeStep(objective, point, value, gradient, direction, history.length === 0 ? Math.min(1, 1 / norm(gradient)) : 1);
    if (step === undefined) break;
    const s = step.point.map((entry, i) => entry - (point[i] ?? 0));
    const y = step.gradient.map((entry, i) => entry - (gradient[i] ?? 0));
    const sy = dot(s, y);
    if (sy > 1e-14 * norm(s) * norm(y)) {
      history.push({ s, y, rho: 1 / sy });
      if (history.length > memory) history.shift();
    }
    ({ point, gradient, value } = step);
    iterations++;
    await options.onIteration(iterations, value);
  }
  return { point, value, iterations, converged: largest(gradient) <= options.gradientTolerance };
}

function twoLoop(gradient: Float64Array, history: readonly { s: Float64Array; y: Float64Array; rho: number }[]): Float64Array<ArrayBuffer> {
  const q = gradient.map((entry) => -entry);
  const alphas: number[] = [];
  for (const { s, y, rho } of history.toReversed()) {
    const alpha = rho * dot(s, q);
    alphas.unshift(alpha);
    addScaled(q, y, -alpha);
  }
  const last = history[history.length - 1];
  if (last !== undefined) {
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < q.length; i++) q[i] = (q[i] ?? 0) * scale;
  }
  history.forEach(({ s, y, rho }, index) => addScaled(q, s, (alphas[index] ?? 0) - rho * dot(y, q)));
  return q;
}

interface Step {
  readonly point: Float64Array<ArrayBuffer>;
  readonly gradient: Float64Array<ArrayBuffer>;
  readonly value: number;
}

function wolfeStep(
  objective: Objective,
  from: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
  first: number,
): Step | undefined {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return undefined;
  const evaluate = (length: number) => {
    const point = from.map((entry, i) => entry + length * (direction[i] ?? 0));
    const at = new Float64Array(point.length);
    const reached = objective(point, at);
    return { length, value: reached, slope: dot(at, direction), point, gradient: at };
  };
  type Trial = ReturnType<typeof evaluate>;
  const tooHigh = (trial: Trial) => !(trial.value <= value + sufficientDecrease * trial.length * slope);
  const flatEnough = (trial: Trial) => Math.abs(trial.slope) <= -curvature * slope;
  const zoom = (low: Trial, high: Trial): Trial => {
    for (let i = 0; i < 40; i++) {
      const middle = evaluate((low.length + high.length) / 2);
      if (tooHigh(middle) || middle.value >= low.value) high = middle;
      else {
        if (flatEnough(middle)) return middle;
        if (middle.slope * (high.length - low.length) >= 0) high = low;
        low = middle;
      }
    }
    return low;
  };
  let before: Trial = { length: 0, value, slope, point: from.slice(), gradient: gradient.slice() };
  let length = first;
  for (let i = 0; i < 30; i++) {
    const trial = evaluate(length);
    let found: Trial | undefined;
    if (tooHigh(trial) || (i > 0 && trial.value >= before.value)) found = zoom(before, trial);
    else if (flatEnough(trial)) found = trial;
    else if (trial.slope >= 0) found = zoom(trial, before);
    if (found !== undefined) return found.length > 0 ? found : undefined;
    before = trial;
    length *= 2;
  }
  return before;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
function norm(a: Float64Array): number {
  return Math.sqrt(dot(a, a));
}
function largest(a: Float64Array): number {
  let found = 0;
  for (const entry of a) found = Math.max(found, Math.abs(entry));
  return found;
}
function addScaled(a: Float64Array, b: Float64Array, scale: number): void {
  for (let i = 0; i < a.length; i++) a[i] = (a[i] ?? 0) + scale * (b[i] ?? 0);
}
