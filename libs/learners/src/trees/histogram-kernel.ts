import { webAssembly } from './web-assembly.js';

/**
 * The inner loop of histogram building as a WebAssembly module, assembled here: one SIMD add for gradient and hessian and
 * no bounds checks make it about twice as fast as the same loop in JavaScript.
 *
 * `h(bins, rows, gradients, count, histogram)`, all byte addresses but `count`: for i < count, adds the float32 pair
 * `gradients[i]` and 1 to the cell `bins[rows[i]]`. A cell is 4 doubles: gradient sum, hessian sum, row count, unused.
 */
export function histogramModule(pages: number): object {
  return new webAssembly.Module(assemble(pages));
}

const i32 = 0x7f;
const [bins, rows, gradients, count, histogram, cell, end] = [0, 1, 2, 3, 4, 5, 6];

function get(local: number): number[] {
  return [0x20, local];
}
function set(local: number): number[] {
  return [0x21, local];
}
function constant(value: number): number[] {
  return [0x41, value];
}

const add = 0x6a;
const shiftLeft = 0x74;

const body = [
  // if (count === 0) return
  ...get(count),
  0x45,
  0x04,
  0x40,
  0x0f,
  0x0b,
  // end = rows + count * 4
  ...get(rows),
  ...get(count),
  ...constant(2),
  shiftLeft,
  add,
  ...set(end),
  // loop
  0x03,
  0x40,
  // cell = histogram + (u8[bins + u32[rows]] << 5)
  ...get(histogram),
  ...get(bins),
  ...get(rows),
  0x28,
  2,
  0,
  add,
  0x2d,
  0,
  0,
  ...constant(5),
  shiftLeft,
  add,
  ...set(cell),
  // f64x2[cell] += promote(f32x2[gradients])
  ...get(cell),
  ...get(cell),
  0xfd,
  0x00,
  4,
  0,
  ...get(gradients),
  0xfd,
  0x5d,
  3,
  0,
  0xfd,
  0x5f,
  0xfd,
  0xf0,
  0x01,
  0xfd,
  0x0b,
  4,
  0,
  // f64[cell + 16] += 1
  ...get(cell),
  ...get(cell),
  0x2b,
  3,
  16,
  0x44,
  0,
  0,
  0,
  0,
  0,
  0,
  0xf0,
  0x3f,
  0xa0,
  0x39,
  3,
  16,
  // gradients += 8; rows += 4; repeat while rows < end
  ...get(gradients),
  ...constant(8),
  add,
  ...set(gradients),
  ...get(rows),
  ...constant(4),
  add,
  0x22,
  rows,
  ...get(end),
  0x49,
  0x0d,
  0x00,
  0x0b,
  0x0b,
];

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function assemble(pages: number): Uint8Array<ArrayBuffer> {
  const code = [1, 2, i32, ...body];
  return Uint8Array.from([
    0x00,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, [1, 0x60, 5, i32, i32, i32, i32, i32, 0]),
    // import a shared memory "e"."m" of exactly this size
    ...section(2, [1, 1, 0x65, 1, 0x6d, 2, 3, ...unsigned(pages), ...unsigned(pages)]),
    ...section(3, [1, 0]),
    ...section(7, [1, 1, 0x68, 0, 0]),
    ...section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}
