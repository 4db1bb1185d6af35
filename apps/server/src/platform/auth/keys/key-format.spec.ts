import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { newPublicId, newSecret, parseKey } from './key-format.js';

const example = 'crs_0000000000Ab_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg3WCGV4';

describe(parseKey.name, () => {
  it('reads the published example', () => {
    const secret = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg';
    expect(parseKey(example)).toEqual({ publicId: '0000000000Ab', secretHash: createHash('sha256').update(secret).digest() });
  });

  it('refuses every single changed character', () => {
    for (let i = 0; i < example.length; i++) {
      const changed = example.slice(0, i) + (example[i] === 'x' ? 'y' : 'x') + example.slice(i + 1);
      expect(parseKey(changed)).toBeNull();
    }
  });

  it.each(['', 'crs_', `${example} `, ` ${example}`, `${example}\n`, example.slice(0, -1), `${example}0`, example.toLowerCase()])(
    'refuses %j',
    (text) => {
      expect(parseKey(text)).toBeNull();
    },
  );
});

describe(newSecret.name, () => {
  it('makes keys of 66 characters that the scanner pattern finds and that read back', () => {
    const seen = new Set<string>();
    for (let i = 0; i < 200; i++) {
      const publicId = newPublicId();
      const { key, secretHash, lastFour } = newSecret(publicId);
      expect(key).toMatch(/^crs_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
      expect(parseKey(key)).toEqual({ publicId, secretHash });
      expect(key.endsWith(lastFour)).toBe(true);
      seen.add(key);
    }
    expect(seen.size).toBe(200);
  });
});
