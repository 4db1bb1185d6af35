import { describe, expect, it } from '@jest/globals';
import { argon2Sync } from 'node:crypto';
import { ProblemError } from '../../http/problem.js';
import { PasswordHasher } from './password-hasher.js';

const password = 'correct horse battery';

describe(PasswordHasher.name, () => {
  it('writes its costs into the hash and verifies it', async () => {
    const hasher = new PasswordHasher();
    const hash = await hasher.hash(password);
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await hasher.verify(password, hash)).toBe(true);
    expect(await hasher.verify(`${password}!`, hash)).toBe(false);
    expect(hasher.isOutdated(hash)).toBe(false);
  });

  it('verifies a hash of other costs and calls it outdated', async () => {
    const salt = Buffer.alloc(16, 7);
    const key = argon2Sync('argon2id', { message: password, nonce: salt, parallelism: 1, tagLength: 32, memory: 1024, passes: 1 });
    const stored = `$argon2id$v=19$m=1024,t=1,p=1$${salt.toString('base64').replace(/=+$/, '')}$${key.toString('base64').replace(/=+$/, '')}`;
    const hasher = new PasswordHasher();
    expect(await hasher.verify(password, stored)).toBe(true);
    expect(hasher.isOutdated(stored)).toBe(true);
  });

  it('says no for an unknown user and for an unreadable hash', async () => {
    const hasher = new PasswordHasher();
    expect(await hasher.verify(password, null)).toBe(false);
    expect(await hasher.verify(password, 'plain')).toBe(false);
  });

  it('runs two, lets twenty wait and refuses the rest', async () => {
    const hasher = new PasswordHasher();
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => hasher.verify(password, null)));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(refused).toHaveLength(8);
    expect(refused.every(({ reason }) => reason instanceof ProblemError && reason.status === 429)).toBe(true);
    expect(await hasher.verify(password, null)).toBe(false);
  });
});
