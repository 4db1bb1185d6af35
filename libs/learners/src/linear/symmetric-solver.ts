/** Answer of `solveSymmetric`. */
export interface Solution {
  readonly weights: Float64Array;
  /** Whether the matrix was singular and the shortest of many answers was taken. */
  readonly rankDeficient: boolean;
}

/**
 * Solves A·w = b for a symmetric positive semidefinite A (row-major, overwritten). Cholesky where A is definite, else the
 * minimum-norm answer by Jacobi's eigenvalue method.
 */
export function solveSymmetric(matrix: Float64Array, right: Float64Array): Solution {
  const n = right.length;
  const kept = matrix.slice();
  if (factorise(matrix, n)) return { weights: substitute(matrix, right, n), rankDeficient: false };
  return { weights: minimumNorm(kept, right, n), rankDeficient: true };
}

// Pivots below this share of their diagonal count as 0: about what rounding leaves of a dependent column.
const pivotTolerance = 1e-11;

function factorise(a: Float64Array, n: number): boolean {
  for (let j = 0; j < n; j++) {
    const diagonal = a[j * n + j] ?? 0;
    let pivot = diagonal;
    for (let k = 0; k < j; k++) pivot -= (a[j * n + k] ?? 0) ** 2;
    if (!(pivot > pivotTolerance * diagonal)) return false;
    const root = Math.sqrt(pivot);
    a[j * n + j] = root;
    for (let i = j + 1; i < n; i++) {
      let sum = a[i * n + j] ?? 0;
      for (let k = 0; k < j; k++) sum -= (a[i * n + k] ?? 0) * (a[j * n + k] ?? 0);
      a[i * n + j] = sum / root;
    }
  }
  return true;
}

function substitute(lower: Float64Array, right: Float64Array, n: number): Float64Array {
  const x = right.slice();
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] = (x[i] ?? 0) - (lower[i * n + k] ?? 0) * (x[k] ?? 0);
    x[i] = (x[i] ?? 0) / (lower[i * n + i] ?? 0);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i] = (x[i] ?? 0) - (lower[k * n + i] ?? 0) * (x[k] ?? 0);
    x[i] = (x[i] ?? 0) / (lower[i * n + i] ?? 0);
  }
  return x;
}

function minimumNorm(a: Float64Array, right: Float64Array, n: number): Float64Array {
  const vectors = new Float64Array(n * n);
  for (let i = 0; i < n; i++) vectors[i * n + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let off = 0;
    let on = 0;
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++) {
        if (i === j) on += (a[i * n + j] ?? 0) ** 2;
        else off += (a[i * n + j] ?? 0) ** 2;
      }
    if (off <= 1e-28 * on) break;
    for (let p = 0; p < n - 1; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, n, p, q);
  }
  const largest = Math.max(...Array.from({ length: n }, (_, i) => a[i * n + i] ?? 0));
  const x = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    const value = a[k * n + k] ?? 0;
    if (value <= largest * n * 1e-13) continue;
    let dot = 0;
    for (let i = 0; i < n; i++) dot += (vectors[i * n + k] ?? 0) * (right[i] ?? 0);
    for (let i = 0; i < n; i++) x[i] = (x[i] ?? 0) + ((vectors[i * n + k] ?? 0) * dot) / value;
  }
  return x;
}

function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q] ?? 0;
  if (apq === 0) return;
  const theta = ((a[q * n + q] ?? 0) - (a[p * n + p] ?? 0)) / (2 * apq);
  const t = Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) {
    const kp = a[k * n + p] ?? 0;
    const kq = a[k * n + q] ?? 0;
    a[k * n + p] = c * kp - s * kq;
    a[k * n + q] = s * kp + c * kq;
  }
  for (let k = 0; k < n; k++) {
    const pk = a[p * n + k] ?? 0;
    const qk = a[q * n + k] ?? 0;
    a[p * n + k] = c * pk - s * qk;
    a[q * n + k] = s * pk + c * qk;
    const vp = vectors[k * n + p] ?? 0;
    const vq = vectors[k * n + q] ?? 0;
    vectors[k * n + p] = c * vp - s * vq;
    vectors[k * n + q] = s * vp + c * vq;
  }
}
