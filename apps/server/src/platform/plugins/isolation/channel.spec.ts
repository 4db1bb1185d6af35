import { describe, expect, it } from '@jest/globals';
import { duplexPair } from 'node:stream';
import fc from 'fast-check';
import { Channel } from './channel.js';

const limits = { jsonBytes: 1_000, binaryBytes: 1_000_000 };

function aPair() {
  const [near, far] = duplexPair();
  const messages: unknown[] = [];
  const violations: string[] = [];
  const channel = new Channel(far, {
    limits,
    onMessage: (message) => messages.push(message),
    onViolation: (reason) => violations.push(reason),
  });
  const sender = new Channel(near, { limits, onMessage: () => undefined, onViolation: () => undefined });
  return { near, channel, sender, messages, violations };
}
const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
function header(magic: number, jsonBytes: number, binaryBytes: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(magic, 0);
  bytes.writeUInt32LE(jsonBytes, 4);
  bytes.writeUInt32LE(binaryBytes, 8);
  return bytes;
}
const magic = 0x4c53_5243;

describe(Channel, () => {
  it('brings messages over in their order, small and large arrays among them', async () => {
    const { sender, messages } = aPair();
    const large = Float64Array.from({ length: 20_000 }, (_, i) => i);
    sender.send({ n: 1, values: Int32Array.of(1, 2, 3) });
    sender.send({ n: 2, large });
    sender.send({ n: 3 });
    await settled();
    expect(messages).toEqual([{ n: 1, values: Int32Array.of(1, 2, 3) }, { n: 2, large }, { n: 3 }]);
  });

  it('puts frames together however the pipe cuts them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 60 }), async (cuts) => {
        const bytes: Buffer[] = [];
        const [near, far] = duplexPair();
        near.on('data', (chunk: Buffer) => bytes.push(chunk));
        const sender = new Channel(far, { limits, onMessage: () => undefined, onViolation: () => undefined });
        sender.send({ text: 'ñandú', bytes: Uint8Array.of(1, 2, 3) });
        sender.send([1, 2]);
        await settled();
        const whole = Buffer.concat(bytes);
        const receiver = aPair();
        let at = 0;
        for (const cut of cuts) receiver.near.write(whole.subarray(at, (at += cut)));
        receiver.near.write(whole.subarray(at));
        await settled();
        expect(receiver.messages).toEqual([{ text: 'ñandú', bytes: Uint8Array.of(1, 2, 3) }, [1, 2]]);
      }),
      { numRuns: 50 },
    );
  });

  it('refuses a frame over its limits by the header, before any of it has come', async () => {
    for (const [jsonBytes, binaryBytes] of [
      [1_001, 0],
      [2, 2 ** 30],
    ] as const) {
      const { near, violations, messages } = aPair();
      near.write(header(magic, jsonBytes, binaryBytes));
      await settled();
      expect(violations).toHaveLength(1);
      expect(messages).toEqual([]);
    }
  });

  it('cuts off whoever writes something else, and hears nothing more of them', async () => {
    const { near, sender, violations, messages } = aPair();
    near.write('GET / HTTP/1.1\r\n\r\n');
    sender.send({ n: 1 });
    await settled();
    expect(violations).toEqual(['it wrote something else than messages to its pipe']);
    expect(messages).toEqual([]);
  });

  it('refuses JSON that is none, and a message that is no pair', async () => {
    for (const json of ['{{', '{"a":1}', '[1]', '[{"$":"b"},null]']) {
      const { near, violations } = aPair();
      const body = Buffer.alloc(Math.ceil(json.length / 8) * 8);
      body.write(json);
      near.write(Buffer.concat([header(magic, json.length, 0), body]));
      await settled();
      expect(violations).toHaveLength(1);
    }
  });
});
