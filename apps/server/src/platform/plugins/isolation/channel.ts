import type { Duplex } from 'node:stream';
import { aligned, CodecError, encode, parse, revive, type Bytes, type EncodedValue } from './codec.js';

/** First bytes of each frame: a process that writes anything else to its pipe is cut off at once. */
const magic = 0x4c53_5243;
const headerBytes = 16;
/** Sections of so many bytes go to the pipe as they are; smaller ones are put together first. */
const copyBelow = 65_536;

export interface FrameLimits {
  readonly jsonBytes: number;
  readonly binaryBytes: number;
}

export interface ChannelOptions {
  /** A frame over them is refused by its header, before anything of it is read. */
  readonly limits: FrameLimits;
  /** @param bytes - what it came in; views of them live as long as the message */
  onMessage(message: unknown, bytes: number): void;
  /** The other side broke the protocol, or what it sent is too large; nothing more is read. */
  onViolation(reason: string): void;
  /** Share of the time that reading may take; more than that of one second, and the rest of it nothing is read. */
  readonly busyShare?: number;
  /** Gives the bytes of the file beside a message: its `fileSections`. Without it no message may have one. */
  readonly openFile?: (path: string) => Bytes;
}

/**
 * Messages over a pipe. A frame: magic, length of the JSON, length of the raw sections, 0 (four little-endian uint32); the
 * JSON, filled up to a boundary of 8 bytes; the sections, each filled up likewise.
 */
export class Channel {
  private readonly header = Buffer.alloc(headerBytes);
  private headerHas = 0;
  private body: Buffer<ArrayBuffer> | undefined;
  private bodyHas = 0;
  private broken = false;
  private secondBegan = 0;
  private busyMs = 0;

  constructor(
    private readonly stream: Duplex,
    private readonly options: ChannelOptions,
  ) {
    stream.on('data', (chunk: Buffer) => {
      const before = performance.now();
      this.push(chunk);
      if (options.busyShare !== undefined) this.rest(before, options.busyShare);
    });
  }

  send(message: unknown): void {
    this.write(encode([message, null]));
  }

  /** Sends what was encoded as `[message, path of the file beside it or null]`. */
  write({ json, sections }: EncodedValue): void {
    if (this.broken || !this.stream.writable) return;
    const jsonBytes = Buffer.byteLength(json);
    const binaryBytes = sections.reduce((sum, section) => sum + aligned(section.byteLength), 0);
    const isSmall = binaryBytes < copyBelow;
    const head = Buffer.allocUnsafe(headerBytes + aligned(jsonBytes) + (isSmall ? binaryBytes : 0));
    head.writeUInt32LE(magic, 0);
    head.writeUInt32LE(jsonBytes, 4);
    head.writeUInt32LE(binaryBytes, 8);
    head.writeUInt32LE(0, 12);
    head.write(json, headerBytes, 'utf8');
    if (isSmall) {
      let at = headerBytes + aligned(jsonBytes);
      for (const section of sections) {
        head.set(section, at);
        at += aligned(section.byteLength);
      }
      this.stream.write(head);
      return;
    }
    this.stream.cork();
    this.stream.write(head);
    for (const section of sections) {
      this.stream.write(section);
      const rest = aligned(section.byteLength) - section.byteLength;
      if (rest > 0) this.stream.write(Buffer.alloc(rest));
    }
    this.stream.uncork();
  }

  /** Keeps a process that never stops talking from keeping this one busy. */
  private rest(before: number, share: number): void {
    const now = performance.now();
    if (before - this.secondBegan > 1_000) {
      this.secondBegan = before;
      this.busyMs = 0;
    }
    this.busyMs += now - before;
    if (this.busyMs < share * 1_000 || this.broken) return;
    this.stream.pause();
    setTimeout(
      () => {
        if (!this.broken) this.stream.resume();
      },
      Math.max(0, this.secondBegan + 1_000 - now),
    ).unref();
  }

  private push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && !this.broken) {
      if (!this.body) {
        const taken = chunk.copy(this.header, this.headerHas, at, at + headerBytes - this.headerHas);
        this.headerHas += taken;
        at += taken;
        if (this.headerHas < headerBytes || !this.begin()) continue;
      }
      if (!this.body) continue;
      const taken = chunk.copy(this.body, this.bodyHas, at);
      this.bodyHas += taken;
      at += taken;
      if (this.bodyHas === this.body.length) this.complete(this.body);
    }
  }

  private begin(): boolean {
    const [jsonBytes, binaryBytes] = [this.header.readUInt32LE(4), this.header.readUInt32LE(8)];
    const { limits } = this.options;
    if (this.header.readUInt32LE(0) !== magic) return this.refuse('it wrote something else than messages to its pipe');
    if (jsonBytes > limits.jsonBytes || binaryBytes > limits.binaryBytes)
      return this.refuse(
        `a message of ${jsonBytes + binaryBytes} bytes; at most ${limits.jsonBytes} and ${limits.binaryBytes} raw are taken`,
      );
    // A buffer of its own: views of it must start on a boundary of 8 bytes.
    this.body = Buffer.allocUnsafeSlow(aligned(jsonBytes) + binaryBytes);
    this.bodyHas = 0;
    return true;
  }

  private complete(body: Buffer<ArrayBuffer>): void {
    const jsonBytes = this.header.readUInt32LE(4);
    this.body = undefined;
    this.headerHas = 0;
    let message: unknown;
    try {
      message = this.decode(body, jsonBytes);
    } catch (error) {
      this.refuse(error instanceof CodecError ? error.message : String(error));
      return;
    }
    this.options.onMessage(message, body.length);
  }

  private decode(body: Buffer<ArrayBuffer>, jsonBytes: number): unknown {
    const pair = parse(body.toString('utf8', 0, jsonBytes));
    if (!Array.isArray(pair) || pair.length !== 2) throw new CodecError('A message is not a pair.');
    const path: unknown = pair[1];
    const file = typeof path === 'string' ? this.options.openFile?.(path) : undefined;
    return revive(pair[0], body.subarray(aligned(jsonBytes)), file);
  }

  private refuse(reason: string): false {
    this.broken = true;
    this.body = undefined;
    this.stream.pause();
    this.options.onViolation(reason);
    return false;
  }
}
