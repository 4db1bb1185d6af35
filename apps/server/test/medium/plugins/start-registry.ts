import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A tarball as a file of this machine, as a dependency that no registry knows. */
export function registryFile(tarball: Buffer): string {
  const path = join(mkdtempSync(join(tmpdir(), 'crisol-elsewhere-')), 'elsewhere.tgz');
  writeFileSync(path, tarball);
  return `file:${path}`;
}

/** An npm registry on a port of its own, for the npm client as it is; `npm_config_registry` leads to it until it is closed. */
export async function startRegistry(packages: readonly (readonly [name: string, version: string, tarball: Buffer])[]) {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://registry').pathname).slice(1);
    const file = packages.find(([name, version]) => path === `files/${name}-${version}.tgz`);
    if (file) return void response.end(file[2]);
    const versions = packages.filter(([name]) => name === path);
    if (versions.length === 0) return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"not found"}');
    const entries = versions.map(([name, version, tarball]) => [
      version,
      {
        ...packageJsonOf(tarball),
        name,
        version,
        dist: {
          tarball: `${url}/files/${name}-${version}.tgz`,
          integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
          shasum: createHash('sha1').update(tarball).digest('hex'),
        },
      },
    ]);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ name: path, 'dist-tags': { latest: versions[0]?.[1] }, versions: Object.fromEntries(entries) }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  const former = { registry: process.env['npm_config_registry'], cache: process.env['npm_config_cache'] };
  process.env['npm_config_registry'] = url;
  // What an earlier run kept of the same names is not what this registry has.
  const cache = mkdtempSync(join(tmpdir(), 'crisol-npm-cache-'));
  process.env['npm_config_cache'] = cache;
  return {
    url,
    close: async () => {
      for (const [name, value] of Object.entries(former)) {
        if (value === undefined) delete process.env[`npm_config_${name}`];
        else process.env[`npm_config_${name}`] = value;
      }
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      rmSync(cache, { recursive: true, force: true });
    },
  };
}

/** The first file of the archive is its package.json. */
function packageJsonOf(tarball: Buffer): object {
  const bytes = gunzipSync(tarball);
  const size = parseInt(bytes.subarray(124, 135).toString('latin1'), 8);
  return JSON.parse(bytes.subarray(512, 512 + size).toString('utf8'));
}
