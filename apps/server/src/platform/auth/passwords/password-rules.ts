import { problem } from '../../http/problem.js';
import { commonPasswords } from './common-passwords.js';

const shortest = 12;
const longest = 128;

function fail(pointer: string, message: string): never {
  throw problem('weak_password', { detail: message, errors: [{ pointer, code: 'weak_password', message }] });
}

/** Letters and digits only, in lower case, so that `P@ssw0rd-1234` and `p-assw0rd1234` meet the same entry. */
const bare = (text: string) => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');

/**
 * Refuses a password that is short, long, common, a repetition, or built on the user's name.
 * @param pointer - where the password stands in the request
 */
export function checkPassword(password: string, username: string, pointer = '/password'): void {
  const length = [...password].length;
  if (length < shortest) fail(pointer, `It has ${length} characters; ${shortest} are the least.`);
  if (password.length > longest) fail(pointer, `It is longer than ${longest} characters.`);
  const plain = bare(password);
  if (new Set(password.toLowerCase()).size < 5) fail(pointer, 'It repeats a few characters.');
  if (commonPasswords.has(password.toLowerCase()) || commonPasswords.has(plain)) fail(pointer, 'It is on the list of common passwords.');
  const stem = plain.replace(/\d+$/, '').replace(/^\d+/, '');
  if (commonPasswords.has(stem)) fail(pointer, 'It is a common password with digits added.');
  const name = bare(username);
  if (plain === name || (name.length >= 4 && plain.replaceAll(name, '').length < 6)) fail(pointer, 'It is built on the user name.');
}
