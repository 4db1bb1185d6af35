import { describe, expect, it } from '@jest/globals';
import { checkPassword } from './password-rules.js';

describe(checkPassword.name, () => {
  it.each(['correct horse battery', 'Ñandú-corre-rápido', 'x7!kQ2#vR9$m', 'tres tristes tigres'])('takes %s', (password) => {
    expect(() => checkPassword(password, 'ada')).not.toThrow();
  });

  it.each([
    ['', 'short'],
    ['eleven-char', 'eleven characters'],
    ['x'.repeat(129), 'past 128'],
    ['aaaaaaaaaaaaaaaa', 'one character'],
    ['abababababababab', 'two characters'],
    ['Password-1234', 'a stem and digits'],
    ['1q2w3e4r5t6y', 'a keyboard walk'],
    ['123456789012', 'a sequence'],
    ['Correct-Horse-Battery-Staple', 'the famous one'],
    ['Administrator2026', 'a stem and a year'],
  ])('refuses %j (%s)', (password) => {
    expect(() => checkPassword(password, 'ada')).toThrow();
  });

  it('refuses the user name, alone or lengthened a little', () => {
    expect(() => checkPassword('grace.hopper1', 'grace.hopper')).toThrow('user name');
    expect(() => checkPassword('gracehopper!!', 'grace.hopper')).toThrow('user name');
    expect(() => checkPassword('grace.hopper has a parrot', 'grace.hopper')).not.toThrow();
  });
});
