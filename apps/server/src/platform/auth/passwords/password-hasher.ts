import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { problem } from '../../http/problem.js';

/** Cost of a hash. Written into each hash, so that it can be raised later and old hashes still verify. */
interface Cost {
  readonly memoryKib: number;
  readonly passes: number;
  readonly parallelism: number;
}

// 19 MiB, two passes, one lane: the smallest setting that OWASP's password storage sheet names for argon2id.
const currentCost: Cost = { memoryKib: 19 * 1024, passes: 2, parallelism: 1 };
const hashBytes = 32;
const saltBytes = 16;
// Hashing shares libuv's four threads with files and DNS: more than two at once starve them.
const atOnce = 2;
const mayWait = 20;

interface ParsedHash {
  readonly cost: Cost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

const encode = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

function formatHash({ cost, salt, hash }: ParsedHash): string {
  return `$argon2id$v=19$m=${cost.memoryKib},t=${cost.passes},p=${cost.parallelism}$${encode(salt)}$${encode(hash)}`;
}

function parseHash(text: string): ParsedHash | null {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(text);
  if (!match) return null;
  const [, memory, passes, parallelism, salt = '', hash = ''] = match;
  return {
    cost: { memoryKib: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  };
}

/** Hashes and checks passwords with argon2id, a few at a time. */
export class PasswordHasher {
  private running = 0;
  private readonly waiting: (() => void)[] = [];
  private readonly dummy: ParsedHash = { cost: currentCost, salt: randomBytes(saltBytes), hash: randomBytes(hashBytes) };

  /** The hash to keep, in the PHC format. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltBytes);
    return formatHash({ cost: currentCost, salt, hash: await this.derive(password, salt, currentCost, hashBytes) });
  }

  /** Checks a password. Without a stored hash (no such user) it does the same work and says no, so that time tells nothing. */
  async verify(password: string, stored: string | null): Promise<boolean> {
    const known = stored === null ? null : parseHash(stored);
    const { cost, salt, hash } = known ?? this.dummy;
    const derived = await this.derive(password, salt, cost, hash.length);
    return timingSafeEqual(derived, hash) && known !== null;
  }

  /** Whether a hash was made with other costs than today's, and is to be made anew at the next sign-in. */
  isOutdated(stored: string): boolean {
    const cost = parseHash(stored)?.cost;
    return cost?.memoryKib !== currentCost.memoryKib || cost.passes !== currentCost.passes || cost.parallelism !== currentCost.parallelism;
  }

  private async derive(password: string, salt: Buffer, cost: Cost, length: number): Promise<Buffer> {
    await this.enter();
    try {
      return await new Promise<Buffer>((resolve, reject) => {
        argon2(
          'argon2id',
          {
            message: password.normalize('NFC'),
            nonce: salt,
            parallelism: cost.parallelism,
            tagLength: length,
            memory: cost.memoryKib,
            passes: cost.passes,
          },
          (error, key) => (error ? reject(error) : resolve(key)),
        );
      });
    } finally {
      this.leave();
    }
  }

  private async enter(): Promise<void> {
    if (this.running < atOnce) {
      this.running++;
      return;
    }
    if (this.waiting.length >= mayWait) {
      throw problem('rate_limited', { detail: 'Too many people sign in at this moment. Try again in a second.', retryAfterSeconds: 1 });
    }
    // The one that leaves hands its place over, so `running` does not change here.
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private leave(): void {
    const next = this.waiting.shift();
    if (next) next();
    else this.running--;
  }
}
