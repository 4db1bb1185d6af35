import type { Design } from '../linear/design.js';

/**
 * Rows and centres of a clustering in the space of a design: numbers first, then a block of one-hot places for each text.
 * A row has a 1 in at most one place of a block, so distances need only the code and the block's own squares.
 */
export class Points {
  readonly rows: number;
  readonly width: number;
  private readonly numeric: number;
  private readonly values: Float64Array;
  private readonly codes: Int32Array;
  private readonly blocks: number;

  constructor(design: Design) {
    this.rows = design.rows;
    this.width = design.width;
    this.numeric = design.numeric.length;
    this.blocks = design.codes.length;
    this.values = new Float64Array(this.rows * this.numeric);
    design.numeric.forEach((column, k) => column.forEach((value, row) => (this.values[row * this.numeric + k] = value)));
    this.codes = new Int32Array(this.rows * this.blocks);
    design.codes.forEach((column, k) => column.forEach((code, row) => (this.codes[row * this.blocks + k] = code)));
  }

  /** Σ of the squares of a centre's one-hot places: what a row without any of them is away. */
  blockSquares(centre: Float64Array): number {
    let sum = 0;
    for (let k = this.numeric; k < centre.length; k++) sum += (centre[k] ?? 0) ** 2;
    return sum;
  }

  /** Squared distance of a row to a centre. @param squares - what `blockSquares` gives for it */
  squaredDistance(row: number, centre: Float64Array, squares: number): number {
    let sum = squares;
    for (let k = 0, at = row * this.numeric; k < this.numeric; k++, at++) sum += ((this.values[at] ?? 0) - (centre[k] ?? 0)) ** 2;
    for (let k = 0, at = row * this.blocks; k < this.blocks; k++, at++) {
      const code = this.codes[at] ?? -1;
      if (code >= 0) sum += 1 - 2 * (centre[code] ?? 0);
    }
    return Math.max(0, sum);
  }

  /** Adds a row, `times` times, to a sum of rows. */
  addTo(sum: Float64Array, row: number, times: number): void {
    for (let k = 0, at = row * this.numeric; k < this.numeric; k++, at++) sum[k] = (sum[k] ?? 0) + times * (this.values[at] ?? 0);
    for (let k = 0, at = row * this.blocks; k < this.blocks; k++, at++) {
      const code = this.codes[at] ?? -1;
      if (code >= 0) sum[code] = (sum[code] ?? 0) + times;
    }
  }

  /** A row as a centre. */
  at(row: number): Float64Array {
    const centre = new Float64Array(this.width);
    this.addTo(centre, row, 1);
    return centre;
  }
}
