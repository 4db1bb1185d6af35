import { existsSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

/** How npm is run: its program on this Node, or where it was looked for. */
export type NpmProgram =
  | { readonly ok: true; readonly cli: string; readonly environment: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly tried: readonly string[] };

/** What npm may know of our environment: where to write, how to reach a registry, and nothing of ours. */
const passedOn =
  /^(path|home|userprofile|appdata|localappdata|systemroot|tmpdir|temp|tmp|lang|https?_proxy|no_proxy|all_proxy|node_extra_ca_certs|ssl_cert_file|ssl_cert_dir|npm_config_(registry|.*:registry|userconfig|globalconfig|cache|ca|cafile|proxy|https_proxy|noproxy|strict_ssl|_auth|\/\/.*))$/i;

/**
 * Finds npm: the one that started this process (`npm_execpath`), the one beside this Node, the first on the PATH.
 * @param nodePath - the running Node
 */
export function findNpm(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  nodePath: string = process.execPath,
): NpmProgram {
  const started = environment['npm_execpath'];
  const bin = dirname(nodePath);
  const candidates = [
    ...(started && /^np[mx]-cli\.[cm]?js$/.test(basename(started)) ? [join(dirname(started), 'npm-cli.js')] : []),
    join(bin, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(bin, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    ...(environment['PATH'] ?? environment['Path'] ?? '')
      .split(delimiter)
      .filter(Boolean)
      .flatMap((folder) => [onPath(folder), join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js')].filter((path) => path !== undefined)),
  ];
  const cli = candidates.find((path) => existsSync(path));
  if (cli === undefined) return { ok: false, tried: ['npm_execpath', `beside ${nodePath}`, 'PATH'] };
  const passed = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && passedOn.test(name) ? [[name, value] as const] : [],
  );
  return { ok: true, cli, environment: Object.fromEntries(passed) };
}

/** `npm` of a folder is a link to its program, except on Windows. */
function onPath(folder: string): string | undefined {
  const link = join(folder, 'npm');
  if (!existsSync(link)) return undefined;
  const target = realpathSync(link);
  return basename(target) === 'npm-cli.js' ? target : undefined;
}
