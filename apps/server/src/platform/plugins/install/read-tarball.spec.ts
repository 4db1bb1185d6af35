import { afterAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { makeTarball, paxRecord, type TarEntry } from '../../../../test/medium/plugins/make-tarball.js';
import { readTarball } from './read-tarball.js';

/** A tarball whose first header has other bytes at a place, with a sum that fits. */
function withBytes(entries: readonly TarEntry[], at: number, bytes: string): Buffer {
  const tar = gunzipSync(makeTarball(entries));
  tar.write(bytes, at, 'latin1');
  tar.write('        ', 148);
  const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return gzipSync(tar);
}

/** The bytes of further entries, as the body of one. */
const inner = (...entries: readonly TarEntry[]): Buffer => gunzipSync(makeTarball(entries)).subarray(0, -1024);

describe(readTarball, () => {
  const folder = mkdtempSync(join(tmpdir(), 'crisol-tarball-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const read = (tarball: Buffer) => {
    const path = join(folder, 'package.tgz');
    writeFileSync(path, tarball);
    return readTarball(path, (name) => name === 'package.json');
  };
  const shown: TarEntry = { path: 'package/package.json', body: '{"shown":true}' };
  const hidden: TarEntry = { path: 'package/package.json', body: '{"shown":false}' };

  it('lists files of one folder and reads those that are asked for', async () => {
    const long = `package/${'a/'.repeat(60)}b.js`;
    const listing = await read(
      makeTarball([
        { path: 'package/', type: '5' },
        shown,
        { path: 'PaxHeader', type: 'x', body: paxRecord('path', long) + paxRecord('size', '3') },
        { path: 'cut', body: 'abc' },
      ]),
    );
    expect([...listing.files.keys()]).toEqual(['package.json', long.slice('package/'.length)]);
    expect(listing.texts.get('package.json')).toBe(shown.body);
  });

  // Each of these npm lays out otherwise than a plain reading says.
  const cases: [string, () => Buffer, string][] = [
    ['two files of one name', () => makeTarball([shown, hidden]), 'unsafe_path'],
    ['two files whose names differ by case only', () => makeTarball([shown, { path: 'package/Package.JSON', body: '{}' }]), 'unsafe_path'],
    [
      'a file within the bytes of one that is called as a folder',
      () => makeTarball([shown, { path: 'package/a/', body: inner(hidden) }]),
      'special_file',
    ],
    ['a path with a dot before it', () => makeTarball([{ ...shown, path: './package/package.json' }]), 'unsafe_path'],
    ['a path with an empty step', () => makeTarball([{ ...shown, path: 'package//package.json' }]), 'unsafe_path'],
    ['a name with a line end', () => makeTarball([{ ...shown, path: 'package/a\n' }]), 'unsafe_path'],
    [
      'a pax record whose value holds another',
      () =>
        makeTarball([
          { path: 'x', type: 'x', body: paxRecord('comment', `a\n${paxRecord('path', 'package/package.json')}`) },
          { path: 'package/a', body: '{}' },
        ]),
      'not_a_tarball',
    ],
    [
      'a pax size that is no decimal number',
      () =>
        makeTarball([
          { path: 'x', type: 'x', body: paxRecord('size', '0x2') },
          { path: 'package/a', body: '{}' },
        ]),
      'not_a_tarball',
    ],
  ];
  it.each(cases)('refuses %s', async (_name, tarball, code) => {
    await expect(read(tarball())).rejects.toMatchObject({ code });
  });

  it('takes a prefix only where npm does, and never beside another name', async () => {
    const entry = { path: 'package/package.json', body: '{}' };
    expect([...(await read(withBytes([entry], 345, 'p'))).files.keys()]).toEqual(['package/package.json']);
    // GNU's own magic: what stands in the place of the prefix is none.
    const gnu = `ustar  \0${'\0'.repeat(80)}p`;
    expect([...(await read(withBytes([entry], 257, gnu))).files.keys()]).toEqual(['package.json']);
    const tar = gunzipSync(
      makeTarball([
        { path: 'x', type: 'x', body: paxRecord('path', 'package/a') },
        { path: 'b', body: '' },
      ]),
    );
    const second = tar.subarray(1024);
    const twice = gunzipSync(withBytes([{ path: 'b', body: '' }], 345, 'package'));
    twice.copy(second, 0, 0, 512);
    await expect(read(gzipSync(tar))).rejects.toMatchObject({ code: 'not_a_tarball' });
  });
});
