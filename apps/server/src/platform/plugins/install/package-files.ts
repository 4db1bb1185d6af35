import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** SHA-512 of a file, in hexadecimal. */
export async function sha512Of(path: string): Promise<string> {
  const digest = createHash('sha512');
  for await (const chunk of createReadStream(path)) digest.update(chunk);
  return digest.digest('hex');
}

/**
 * SHA-256 of every plain file below a folder, by path with `/`; of a link, where it goes.
 * @param ownLinks - paths of the links that the host makes, which are left out
 */
export async function digestsOf(folder: string, ownLinks: readonly string[]): Promise<Record<string, string>> {
  const found: [string, string][] = [];
  const walk = async (inside: string): Promise<void> => {
    for (const entry of await readdir(join(folder, inside), { withFileTypes: true })) {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory()) await walk(path);
      else if (entry.isFile()) {
        const digest = createHash('sha256');
        for await (const chunk of createReadStream(join(folder, path))) digest.update(chunk);
        found.push([path, digest.digest('base64')]);
      } else if (!ownLinks.includes(path)) {
        found.push([path, `link ${await readlink(join(folder, path)).catch(() => '')}`]);
      }
    }
  };
  await walk('');
  return Object.fromEntries(found.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The first path whose bytes are not what they were, or that came or went. */
export function firstDifference(was: Readonly<Record<string, string>>, is: Readonly<Record<string, string>>): string | undefined {
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].sort().find((path) => was[path] !== is[path]);
}
