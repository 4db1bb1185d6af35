// Packs plugin-api and plugin-testing as a registry would hold them, into dist/vendor: compiled, with declarations, and
// with the API as a peer. The scaffolder lays them into each new plugin until they are on a public registry.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeBinary, nodeEnvironment, repositoryRoot } from '../../scripts/node-binary.mjs';

const vendor = join(import.meta.dirname, 'dist', 'vendor');
const stage = mkdtempSync(join(tmpdir(), 'crisol-vendor-'));
const modules = join(stage, 'node_modules');
const tsc = join(repositoryRoot, 'node_modules', 'typescript', 'bin', 'tsc');

/** Compiles one library beside those that were staged before, so that it sees them as its users will. */
function packLibrary(name, { peers, bin }) {
  const source = join(repositoryRoot, 'libs', name);
  const target = join(modules, '@crisol', name);
  mkdirSync(target, { recursive: true });
  cpSync(join(source, 'src'), join(target, 'src'), { recursive: true, filter: (path) => !/[.-]spec\.ts$/.test(path) });
  const compilerOptions = {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable'],
    module: 'nodenext',
    strict: true,
    skipLibCheck: true,
    declaration: true,
    types: ['node'],
    typeRoots: [join(repositoryRoot, 'node_modules', '@types')],
    rootDir: 'src',
    outDir: 'dist',
  };
  writeFileSync(join(target, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  const own = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  const manifest = {
    name: own.name,
    version: own.version,
    description: own.description,
    license: own.license,
    type: 'module',
    exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
    ...(bin ? { bin: own.bin } : {}),
    files: ['dist', 'README.md'],
    peerDependencies: peers,
  };
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  if (existsSync(join(source, 'README.md'))) cpSync(join(source, 'README.md'), join(target, 'README.md'));
  execFileSync(nodeBinary(), [tsc, '-p', target], { stdio: ['ignore', 'inherit', 'inherit'] });
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--no-workspaces', '--pack-destination', vendor], {
    cwd: target,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: nodeEnvironment(),
    shell: process.platform === 'win32',
  });
}

try {
  rmSync(vendor, { recursive: true, force: true });
  mkdirSync(vendor, { recursive: true });
  mkdirSync(modules, { recursive: true });
  writeFileSync(join(stage, 'package.json'), '{ "private": true, "type": "module" }\n');
  symlinkSync(join(repositoryRoot, 'node_modules', 'zod'), join(modules, 'zod'), 'junction');
  packLibrary('plugin-api', { peers: { zod: '^4.0.0' } });
  packLibrary('plugin-testing', { peers: { '@crisol/plugin-api': '^1.1.0', zod: '^4.0.0' }, bin: true });
  console.log(`Packed ${readdirSync(vendor).sort().join(', ')}`);
} finally {
  rmSync(stage, { recursive: true, force: true });
}
