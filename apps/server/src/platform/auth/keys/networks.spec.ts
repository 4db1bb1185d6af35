import { describe, expect, it } from '@jest/globals';
import { isLoopback, networkTest } from './networks.js';

describe(networkTest.name, () => {
  const inside = networkTest(['10.0.0.0/8', '2001:db8::/32']);
  it.each(['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::7'])('takes %s', (address) => expect(inside(address)).toBe(true));
  it.each(['11.0.0.1', '2001:db9::1', '', 'nonsense', '::ffff:11.0.0.1'])('refuses %j', (address) => expect(inside(address)).toBe(false));
});

describe('isLoopback', () => {
  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['10.0.0.1', false],
    ['::', false],
  ])('of %s is %s', (address, expected) => expect(isLoopback(address)).toBe(expected));
});
