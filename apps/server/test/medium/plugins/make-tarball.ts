import { gzipSync } from 'node:zlib';

export interface TarEntry {
  readonly path: string;
  readonly body?: string | Buffer;
  /** 0 a file, 1 a hard link, 2 a symbolic link, 3 a device, 5 a folder, x a pax record. */
  readonly type?: string;
  readonly link?: string;
}

/** A .tgz of exactly these entries, made by hand so that it can be wrong in every way. */
export function makeTarball(entries: readonly TarEntry[]): Buffer {
  return gzipSync(
    Buffer.concat([
      ...entries.flatMap(({ path, body = '', type = '0', link = '' }) => entry(path, Buffer.from(body), type, link)),
      Buffer.alloc(1024),
    ]),
  );
}

function entry(path: string, body: Buffer, type: string, link: string): Buffer[] {
  const header = Buffer.alloc(512);
  header.write(path, 0, 100, 'utf8');
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${body.length.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157, 100, 'utf8');
  header.write('ustar\x0000', 257, 'latin1');
  header.write(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)];
}

/** One pax record: its length counts itself. */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + 1;
  while (`${length}${rest}`.length !== length) length++;
  return `${length}${rest}`;
}

export interface PluginText {
  readonly id?: string;
  readonly name?: string;
  readonly version?: string;
  readonly permissions?: Record<string, unknown>;
  readonly api?: string;
  /** Fields of the settings schema, as source text. */
  readonly settings?: string;
  /** What `send` does, as source text. */
  readonly send?: string;
  /** Further members of what `setup` gives. */
  readonly more?: string;
  /** Ran before anything else of the module. */
  readonly atImport?: string;
  readonly packageJson?: Record<string, unknown>;
}

/** The files of a small notifier, by path below its package. */
export function pluginFiles(text: PluginText = {}): Record<string, string> {
  const id = text.id ?? 'notifier-parcel';
  const packageJson = {
    name: text.name ?? 'crisol-plugin-parcel',
    version: text.version ?? '1.0.0',
    description: 'A notifier of a test',
    type: 'module',
    exports: './index.js',
    peerDependencies: { '@crisol/plugin-api': '^1.0.0', zod: '^4.0.0' },
    crisol: { id, kinds: ['notifier'], api: text.api ?? '^1.0', permissions: text.permissions ?? { hosts: ['a.example'] } },
    ...text.packageJson,
  };
  const index = `
    import { definePlugin, KeyValue, Logger, Secrets } from '@crisol/plugin-api';
    import { z } from 'zod';
    ${text.atImport ?? ''}
    export default definePlugin({
      id: '${id}',
      settings: z.strictObject({ ${text.settings ?? ''} }),
      uses: { keyValue: KeyValue, log: Logger, secrets: Secrets },
      setup: ({ settings, keyValue, log, secrets }) => ({
        notifiers: [{
          name: '${id.replace('notifier-', '')}',
          title: 'Parcel',
          target: z.strictObject({}),
          async send(message, target, signal) {
            ${text.send ?? `return { deliveredAt: 0, reference: '${packageJson.version}' };`}
          },
        }],
        ${text.more ?? ''}
      }),
    });`;
  return { 'package.json': JSON.stringify(packageJson, null, 2), 'index.js': index, 'README.md': `# ${packageJson.name}\n` };
}

export function pluginTarball(text: PluginText = {}): Buffer {
  return makeTarball(Object.entries(pluginFiles(text)).map(([path, body]) => ({ path: `package/${path}`, body })));
}
