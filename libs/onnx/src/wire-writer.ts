const utf8 = new TextEncoder();

/** Writes protobuf fields into one growing buffer. Absent values are the caller's business; nothing is skipped here. */
export class WireWriter {
  private bytes = new Uint8Array(1024);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  /** What has been written, without copying. */
  finish(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }

  /** A varint field: integers, enumerations, booleans. Negative numbers take ten bytes, as protobuf's int64 does. */
  integer(field: number, value: number | bigint): void {
    this.tag(field, 0);
    this.varint(value);
  }

  /** A fixed 32-bit field: float. */
  float(field: number, value: number): void {
    this.tag(field, 5);
    this.reserve(4);
    this.view.setFloat32(this.length, value, true);
    this.length += 4;
  }

  text(field: number, value: string): void {
    this.blob(field, utf8.encode(value));
  }

  blob(field: number, value: Uint8Array): void {
    this.tag(field, 2);
    this.varint(value.length);
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  /** A nested message. */
  message(field: number, write: (writer: WireWriter) => void): void {
    const inner = new WireWriter();
    write(inner);
    this.blob(field, inner.finish());
  }

  packedFloats(field: number, values: Float32Array): void {
    this.tag(field, 2);
    this.varint(values.length * 4);
    this.reserve(values.length * 4);
    for (const value of values) {
      this.view.setFloat32(this.length, value, true);
      this.length += 4;
    }
  }

  packedDoubles(field: number, values: Float64Array): void {
    this.tag(field, 2);
    this.varint(values.length * 8);
    this.reserve(values.length * 8);
    for (const value of values) {
      this.view.setFloat64(this.length, value, true);
      this.length += 8;
    }
  }

  packedIntegers(field: number, values: Iterable<number | bigint>): void {
    const inner = new WireWriter();
    if (values instanceof BigInt64Array) inner.bigIntegers(values);
    else for (const value of values) inner.varint(value);
    this.blob(field, inner.finish());
  }

  // Small non-negative numbers, read by halves, do without a bigint for each: trees hold millions of them.
  private bigIntegers(values: BigInt64Array): void {
    const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
    for (let i = 0; i < values.length; i++) {
      const low = halves[2 * i] ?? 0;
      this.varint(low >= 0 && halves[2 * i + 1] === 0 ? low : (values[i] ?? 0n));
    }
  }

  private tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }

  private varint(value: number | bigint): void {
    this.reserve(10);
    if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) {
      let rest = value;
      while (rest >= 128) {
        this.bytes[this.length++] = (rest % 128) + 128;
        rest = Math.floor(rest / 128);
      }
      this.bytes[this.length++] = rest;
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest >= 128n) {
      this.bytes[this.length++] = Number(rest & 127n) + 128;
      rest >>= 7n;
    }
    this.bytes[this.length++] = Number(rest);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
    this.view = new DataView(larger.buffer);
  }
}
