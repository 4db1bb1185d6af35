import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { bareMachine, sandboxCommand } from '../../../src/platform/plugins/isolation/sandbox.js';

const built = join(import.meta.dirname, '../../../dist/platform/plugins/isolation');

/** What a process tries that runs as an isolated plugin does, on a machine that gives nothing else. */
const program = `
  import { createRequire } from 'node:module';
  import { refuseSockets } from ${JSON.stringify(pathToFileURL(join(built, 'child', 'refusals.js')).href)};
  import dgram from 'node:dgram';
  import fs from 'node:fs';
  import net from 'node:net';
  refuseSockets();
  const require = createRequire(import.meta.url);
  const outside = process.cwd() + '/..';
  const tries = {
    sqlite: () => new (require('node:sqlite').DatabaseSync)(outside + '/made.db'),
    'sqlite by name': () => new (process.getBuiltinModule('node:sqlite').DatabaseSync)(outside + '/made.db'),
    'sqlite imported': async () => new (await import('node:sqlite')).DatabaseSync(outside + '/made.db'),
    'socket in the file system': () => net._createServerHandle(outside + '/made.sock', -1, -1),
    'listen by its inner name': () => net.createServer()._listen2(null, 0, 4, 1),
    'socket of datagrams': () => dgram._createSocketHandle('127.0.0.1', 0, 'udp4'),
    link: () => fs.symlinkSync('..', 'up'),
    'another program': () => process.execve('/bin/true', ['true'], {}),
    report: () => process.report.writeReport(outside + '/made.json'),
    'heap snapshot': () => require('node:v8').writeHeapSnapshot(outside + '/made.heapsnapshot'),
    inspector: () => new (require('node:inspector').Session)().connect(),
    binding: () => process.binding('fs'),
    'working directory': () => (process.chdir('..'), fs.writeFileSync('made.txt', '')),
  };
  const outcomes = {};
  for (const [name, attempt] of Object.entries(tries))
    outcomes[name] = await Promise.resolve().then(attempt).then(() => 'done', () => 'refused');
  console.log(JSON.stringify(outcomes));
`;

describe('the process of an isolated plugin', () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'crisol-containment-')));
  const [code, scratchFolder] = [join(root, 'code'), join(root, 'scratch')];
  beforeAll(() => {
    for (const folder of [code, scratchFolder]) mkdirSync(folder);
    writeFileSync(join(code, 'main.mjs'), program);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('finds no way around the permission model in what Node brings', () => {
    const { command, args, env } = sandboxCommand(bareMachine, {
      permissions: { memoryMb: 128, cpus: 1 },
      readable: [code, built],
      scratchFolder,
      program: join(code, 'main.mjs'),
      niceness: 0,
    });
    const { stdout, stderr } = spawnSync(command, args, { cwd: scratchFolder, env: { ...env }, encoding: 'utf8', timeout: 20_000 });
    expect(stderr).toBe('');
    const outcomes = z.record(z.string(), z.string()).parse(JSON.parse(stdout));
    expect(Object.entries(outcomes).filter(([, outcome]) => outcome !== 'refused')).toEqual([]);
    expect(Object.keys(outcomes)).toHaveLength(13);
    expect(readdirSync(root).sort()).toEqual(['code', 'scratch']);
  });
});
