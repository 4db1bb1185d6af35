import { OnnxFormatError } from './onnx-error.js';

/** Wire types of protobuf that are read here; groups are long gone and refused. */
export const WireType = { VARINT: 0, FIXED64: 1, LENGTH: 2, FIXED32: 5 } as const;

/** One field of a message: its number, its wire type, and where its payload sits. */
export interface Field {
  readonly number: number;
  readonly wire: number;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Walks protobuf bytes between two positions. Every length is checked against the bytes that are really there before
 * anything is made from it.
 */
export class WireReader {
  private position: number;

  constructor(
    private readonly bytes: Uint8Array,
    start = 0,
    private readonly end = bytes.length,
  ) {
    this.position = start;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  field(): Field {
    const tag = this.varint();
    const number = Number(tag >> 3n);
    const wire = Number(tag & 7n);
    if (number < 1 || number > 536_870_911) throw new OnnxFormatError('a field number is out of range');
    return { number, wire };
  }

  /** An unsigned 64-bit varint. */
  varint(): bigint {
    let low = 0;
    let shift = 0;
    // Most varints are one or two bytes: plain numbers up to 28 bits, bigint only beyond.
    for (; shift < 28; shift += 7) {
      const byte = this.byte();
      low += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return BigInt(low);
    }
    let value = BigInt(low);
    for (let wide = 28n; wide < 70n; wide += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << wide;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new OnnxFormatError('a varint is longer than 10 bytes');
  }

  /** A varint as a signed 64-bit number. */
  int64(): bigint {
    return BigInt.asIntN(64, this.varint());
  }

  /** A varint as a number; beyond 2^53 it is refused. */
  integer(): number {
    const value = this.int64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)) {
      throw new OnnxFormatError('an integer is beyond 2^53');
    }
    return Number(value);
  }

  float32(): number {
    const at = this.take(4);
    return this.view().getFloat32(at, true);
  }

  float64(): number {
    const at = this.take(8);
    return this.view().getFloat64(at, true);
  }

  /** A view of the payload of a length-delimited field; not a copy. */
  payload(): Uint8Array {
    const length = this.varint();
    const at = this.take(length > BigInt(this.end) ? Number.POSITIVE_INFINITY : Number(length));
    return this.bytes.subarray(at, this.position);
  }

  message(): WireReader {
    const bytes = this.payload();
    return new WireReader(bytes, 0, bytes.length);
  }

  text(): string {
    try {
      return utf8.decode(this.payload());
    } catch (cause) {
      if (cause instanceof OnnxFormatError) throw cause;
      throw new OnnxFormatError('a text is not UTF-8', { cause });
    }
  }

  skip(wire: number): void {
    if (wire === WireType.VARINT) this.varint();
    else if (wire === WireType.FIXED64) this.take(8);
    else if (wire === WireType.LENGTH) this.payload();
    else if (wire === WireType.FIXED32) this.take(4);
    else throw new OnnxFormatError(`wire type ${wire} is not read`);
  }

  private byte(): number {
    const value = this.position < this.end ? this.bytes[this.position] : undefined;
    if (value === undefined) throw new OnnxFormatError('the file ends in the middle of a value');
    this.position++;
    return value;
  }

  private take(length: number): number {
    const at = this.position;
    if (length > this.end - at) throw new OnnxFormatError('a length goes past the end of its message');
    this.position += length;
    return at;
  }

  private view(): DataView {
    return new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }
}
