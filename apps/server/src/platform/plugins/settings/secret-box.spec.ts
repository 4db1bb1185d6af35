import { afterEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../../config/config.js';
import { SecretBox } from './secret-box.js';

describe(SecretBox, () => {
  const folders: string[] = [];
  const folder = (): string => {
    const made = mkdtempSync(join(tmpdir(), 'crisol-box-'));
    folders.push(made);
    return made;
  };
  // Only the data folder matters to the box.
  const box = (dataFolder: string): SecretBox => new SecretBox({ dataFolder } as Config);
  afterEach(() => folders.splice(0).forEach((made) => rmSync(made, { recursive: true })));

  it('opens what another start of the same installation sealed', () => {
    const dataFolder = folder();
    expect(box(dataFolder).open(box(dataFolder).seal('swordfish', 'a/b'), 'a/b')).toBe('swordfish');
  });

  it('seals one text differently each time, and never in clear', () => {
    const one = box(folder());
    const [a, b] = [one.seal('swordfish', 'a/b'), one.seal('swordfish', 'a/b')];
    expect(a.text).not.toBe(b.text);
    expect(Buffer.from(a.text, 'base64').includes('swordfish')).toBe(false);
  });

  it('does not open a text for another purpose, a changed text, or with another installation’s key', () => {
    const one = box(folder());
    const sealed = one.seal('swordfish', 'channel-1/key');
    expect(() => one.open(sealed, 'channel-2/key')).toThrow();
    const bytes = Buffer.from(sealed.text, 'base64');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(() => one.open({ ...sealed, text: bytes.toString('base64') }, 'channel-1/key')).toThrow();
    expect(() => box(folder()).open(sealed, 'channel-1/key')).toThrow();
  });

  it('keeps its master key for the owner alone, and refuses one that others may read', () => {
    const dataFolder = folder();
    box(dataFolder);
    const file = join(dataFolder, 'master.key');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o640);
    expect(() => box(dataFolder)).toThrow();
  });

  it('takes the master key of the settings, so that another machine opens what was sealed', () => {
    const masterKey = Buffer.alloc(32, 7).toString('base64');
    const machine = (): SecretBox => new SecretBox({ dataFolder: folder(), masterKey } as Config);
    expect(machine().open(machine().seal('swordfish', 'a/b'), 'a/b')).toBe('swordfish');
    expect(box(folder()).isOurs(machine().seal('swordfish', 'a/b'))).toBe(false);
  });

  it('signs a text for one purpose and with one key', () => {
    const [one, other] = [box(folder()), box(folder())];
    expect(one.sign('text', 'a')).toBe(one.sign('text', 'a'));
    expect(new Set([one.sign('text', 'a'), one.sign('text', 'b'), one.sign('texts', 'a'), other.sign('text', 'a')]).size).toBe(4);
  });
});
