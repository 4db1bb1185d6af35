// Where a file stands in the house, and what that place may import. The order of rooms is that of the architecture: a
// later room may use an earlier one; news going up travels as events.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { repositoryRoot } from '../node-binary.mjs';

export const rooms = [
  'notifications',
  'lineage',
  'datasets',
  'quality',
  'features',
  'experiments',
  'training',
  'registry',
  'serving',
  'monitoring',
  'pipelines',
];

/** Packages that each lib may import besides itself. */
export const libs = {
  contracts: ['zod'],
  'plugin-api': ['zod'],
  'plugin-testing': ['@crisol/plugin-api', 'zod'],
  frame: [],
  onnx: ['onnx-proto'],
  learners: ['@crisol/frame', '@crisol/onnx'],
  tuning: ['@crisol/statistics'],
  statistics: [],
  explain: ['@crisol/frame', '@crisol/onnx', '@crisol/statistics'],
  client: ['@crisol/contracts'],
};
/** What a plugin may import: the public contract, for model types the libraries that train, for validators the one that measures. */
export const pluginPackages = ['@crisol/plugin-api', '@crisol/learners', '@crisol/onnx', '@crisol/frame', '@crisol/statistics', 'zod'];
/** Clients of wire protocols that no ref speaks: each for the one plugin whose other side speaks it. */
export const pluginClients = { 'feature-store-redis': ['ioredis'], 'notifier-email': ['nodemailer'] };
export const testPackages = ['@jest/globals', 'fast-check', '@crisol/plugin-testing', 'standardwebhooks'];
/** What a page of the console may import by name; `shared/` and the shell may do more. */
const consoleDoors = [
  { packages: /^(reka-ui|@tanstack\/vue-table|@tanstack\/vue-virtual|@lucide\/vue)(\/|$)/, folder: 'shared/ui/', name: 'shared/ui' },
  { packages: /^echarts(\/|$)/, folder: 'shared/charts/', name: 'shared/charts' },
  { packages: /^(@vue-flow|@dagrejs)\//, folder: 'shared/graph/', name: 'shared/graph' },
];

export const isSpec = (path) =>
  /[.-]spec\.ts$/.test(path) || /\.contract\.ts$/.test(path) || path.includes('/test/') || path.includes('/e2e/');

/** `{ house, name, room, path }` of a file: house is server, console, cli, lib or plugin. */
export function placeOf(file) {
  const path = relative(repositoryRoot, file).split(sep).join('/');
  const [group, name, , first] = path.split('/');
  if (path.startsWith('apps/server/src/')) {
    const inside = path.slice('apps/server/src/'.length);
    const room = rooms.indexOf(first);
    const floor = !inside.includes('/') ? 4 : first === 'gateways' ? 3 : first === 'platform' ? 1 : room >= 0 ? 2 : 4;
    return { house: 'server', name: first, floor, room, path, inside };
  }
  if (group === 'libs') return { house: 'lib', name, path };
  if (group === 'plugins') return { house: 'plugin', name, path };
  if (path.startsWith('apps/console/src/')) return { house: 'console', name: first, path, inside: path.slice('apps/console/src/'.length) };
  return { house: group === 'apps' ? (name ?? 'apps') : 'other', name, path };
}

const floorNames = { 1: 'platform', 2: 'a room', 3: 'a gateway', 4: 'the top of the server' };
/** Files of a room that other rooms may import by their role; a class of any other file must be exported by the module. */
const openFile = /\.(module|service|port|handler|queries)\.[jt]s$/;
/** Plain functions without state, which later rooms speak too: the language of filters, the two forms of a run's id, media types. */
const openLanguage = /\/experiments\/(search\/(filter-parser|filter-tree|sql-values)|runs\/run-ids|artifacts\/artifact-headers)\.[jt]s$/;

/** Why `file` may not import `specifier`, or undefined. */
export function refusal(file, specifier, typeOnly, names = []) {
  const from = placeOf(file);
  if (specifier.startsWith('.')) {
    const target = join(dirname(file), specifier);
    const to = placeOf(target);
    return isSpec(from.path) && from.house === to.house ? undefined : refuseRelative(from, to, typeOnly, names);
  }
  return refusePackage(from, specifier, typeOnly);
}

/** Whether the room's module exports one of the names. */
function isExported(to, names) {
  const file = join(repositoryRoot, 'apps/server/src', to.name, `${to.name}.module.ts`);
  const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const listed = /exports:\s*\[([^\]]*)\]/.exec(text)?.[1] ?? '';
  // `...tracking` stands for the list of that name in the same file.
  const exported = listed.replaceAll(/\.\.\.(\w+)/g, (_all, name) => new RegExp(`const ${name} = \\[([^\\]]*)\\]`).exec(text)?.[1] ?? '');
  return names.length > 0 && names.some((name) => new RegExp(`\\b${name}\\b`).test(exported));
}

function refuseRelative(from, to, typeOnly, names) {
  const fromHouse = from.path.split('/').slice(0, 2).join('/');
  const toHouse = to.path.split('/').slice(0, 2).join('/');
  if (fromHouse !== toHouse) return `A relative path leaves ${fromHouse}: import the package by its name.`;
  if (from.house === 'console' && from.inside.startsWith('rooms/') && to.inside.startsWith('rooms/')) {
    const [, a] = from.inside.split('/');
    const [, b] = to.inside.split('/');
    if (a !== b) return `The console's room ${a} may not import room ${b}: put what both need in shared/.`;
  }
  if (from.house === 'console' && from.inside.startsWith('shared/') && !to.inside.startsWith('shared/'))
    return 'shared/ may not import a room or the shell of the console.';
  if (from.house !== 'server' || from.floor === 4) return undefined;
  if (to.floor > from.floor)
    return `${from.name} may not import ${floorNames[to.floor]}: imports go down from gateways to rooms to platform.`;
  if (from.floor === 2 && to.floor === 2 && from.room !== to.room) {
    if (to.room > from.room)
      return `${from.name} stands before ${to.name}: only a later room may use an earlier one. Send an event instead.`;
    // A program runs in a child of its own, without the container: it calls plain code of the rooms before its own.
    if (!typeOnly && !openFile.test(to.path) && !openLanguage.test(to.path) && !from.path.endsWith('.program.ts') && !isExported(to, names))
      return `${to.name} is open to other rooms by its module, its handlers, its ports and what the module exports.`;
  }
  if (from.floor === 3 && to.floor === 3 && from.inside.split('/')[1] !== to.inside.split('/')[1])
    return 'A gateway may not import another gateway.';
  return undefined;
}

function refusePackage(from, specifier, typeOnly) {
  const name = specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
  const builtIn = specifier.startsWith('node:');
  const spec = isSpec(from.path);
  if (from.house === 'lib' && from.path.includes('/src/')) {
    if (builtIn)
      return spec ||
        ['node:buffer', 'node:util'].includes(name) ||
        (from.name === 'learners' && ['node:os', 'node:worker_threads'].includes(name)) ||
        // The command `crisol-plugin` is a program, not a part of the library.
        (from.name === 'plugin-testing' && from.path.includes('/src/command/'))
        ? undefined
        : 'A lib is pure TypeScript: it does not touch files, network or processes.';
    const allowed = libs[from.name];
    if (!allowed) return `libs/${from.name} has no row in scripts/lint-rules/places.mjs that says what it may import.`;
    if (allowed.includes(name) || (spec && [...testPackages, ...Object.keys(libs).map((lib) => `@crisol/${lib}`)].includes(name)))
      return undefined;
    if (typeOnly && from.name === 'frame' && name === '@duckdb/node-api') return undefined;
    return `libs/${from.name} may import ${allowed.join(', ') || 'nothing'}, not ${name}.`;
  }
  if (from.house === 'plugin' && from.path.includes('/src/')) {
    if (pluginPackages.includes(name) || pluginClients[from.name]?.includes(name) || (spec && testPackages.includes(name)))
      return undefined;
    if (builtIn && (spec || ['node:crypto', 'node:buffer', 'node:util'].includes(name))) return undefined;
    return `A plugin imports the public contract (${pluginPackages.join(', ')}), not ${name}: what it needs of the outside comes through \`uses\`.`;
  }
  if (from.house === 'console') {
    if (builtIn && !spec) return 'The console runs in a browser.';
    const door = consoleDoors.find((candidate) => candidate.packages.test(specifier));
    if (door && !from.inside.startsWith(door.folder)) return `Only ${door.name} imports ${name}.`;
    if (name === '@crisol/contracts' && !typeOnly && !spec)
      return 'The console takes types of contracts, never values: zod stays out of the browser.';
    if (name.startsWith('@crisol/') && name !== '@crisol/contracts' && name !== '@crisol/client')
      return `The console may not import ${name}.`;
    if (name.startsWith('@nestjs') || name.startsWith('@mikro-orm')) return `The console may not import ${name}.`;
    return undefined;
  }
  if (from.house === 'server' && !spec) return refuseDoor(from, name);
  return undefined;
}

/** Each outside thing has one door in the server. */
const doors = [
  {
    packages: ['node:child_process'],
    open: /^(platform\/(jobs|database|plugins\/(install|isolation))\/|serving\/|datasets\/reader\/|experiments\/artifacts\/preview\/|registry\/.*(admission|child))/,
    say: 'Child processes are started by platform/jobs, the database starter, the readers of tables, the previews of artifacts and the lanes of serving.',
  },
  {
    packages: ['node:vm', 'node:inspector', 'node:repl'],
    open: /^$/,
    say: 'Nothing here runs text as code.',
  },
  {
    packages: ['undici', 'node:http', 'node:https', 'node:net', 'node:tls', 'node:dgram'],
    open: /^(app\.factory\.ts|platform\/(plugins\/(http-guard|isolation\/child)|http|events|auth|rate-limit)\/)/,
    say: 'Calls to other machines go through the guarded HTTP client in platform/plugins/http-guard.',
  },
  {
    packages: ['pg'],
    open: /^platform\/(database|events|jobs)\//,
    say: 'PostgreSQL is reached through Database.',
  },
  {
    packages: ['ioredis', 'bull', '@nestjs/bull'],
    open: /^platform\//,
    say: 'Redis is reached through the ports of the platform.',
  },
];

function refuseDoor(from, name) {
  const door = doors.find((candidate) => candidate.packages.includes(name));
  return door && !door.open.test(from.inside) ? door.say : undefined;
}
