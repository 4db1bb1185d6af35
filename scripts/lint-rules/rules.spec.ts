import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
interface Case {
  readonly says: string;
  readonly path: string;
  readonly code: string;
  /** Null: nothing fires. */
  readonly rule: string | null;
  readonly part?: string;
}

const server = 'apps/server/src';
const boundaries = 'crisol/boundaries';
const cases: Case[] = [
  {
    says: 'refuses a room in the platform',
    path: `${server}/platform/jobs/x.ts`,
    code: `import { A } from '../../datasets/a.service.js';\nexport const a = A;`,
    rule: boundaries,
    part: 'imports go down',
  },
  {
    says: 'refuses a gateway in a room',
    path: `${server}/registry/x.ts`,
    code: `import { A } from '../gateways/mlflow/a.js';\nexport const a = A;`,
    rule: boundaries,
    part: 'imports go down',
  },
  {
    says: 'refuses a later room, types included',
    path: `${server}/datasets/x.ts`,
    code: `import type { A } from '../serving/serving.service.js';\nexport type B = A;`,
    rule: boundaries,
    part: 'stands before',
  },
  {
    says: 'takes the service of an earlier room',
    path: `${server}/serving/x.ts`,
    code: `import { A } from '../datasets/datasets.service.js';\nexport const a = A;`,
    rule: null,
  },
  {
    says: 'refuses the inside of an earlier room',
    path: `${server}/serving/x.ts`,
    code: `import { A } from '../datasets/inner-secret.js';\nexport const a = A;`,
    rule: boundaries,
    part: 'is open to other rooms',
  },
  {
    says: 'takes files in the command that a lib brings',
    path: 'libs/plugin-testing/src/command/x.ts',
    code: `import { readFileSync } from 'node:fs';\nexport const a = readFileSync;`,
    rule: null,
  },
  {
    says: 'refuses one gateway in another',
    path: `${server}/gateways/mlflow/x.ts`,
    code: `import { A } from '../feast/a.js';\nexport const a = A;`,
    rule: boundaries,
    part: 'another gateway',
  },
  {
    says: 'refuses a way around by import()',
    path: `${server}/platform/x.ts`,
    code: `export const a = () => import('../serving/lane.js');`,
    rule: boundaries,
  },
  {
    says: 'refuses a relative path into another package',
    path: `${server}/datasets/x.ts`,
    code: `import { A } from '../../../../libs/frame/src/table.js';\nexport const a = A;`,
    rule: boundaries,
    part: 'by its name',
  },
  {
    says: 'refuses Nest in a lib',
    path: 'libs/frame/src/x.ts',
    code: `import { A } from '@nestjs/common';\nexport const a = A;`,
    rule: boundaries,
    part: 'not @nestjs/common',
  },
  {
    says: 'refuses files in a lib',
    path: 'libs/statistics/src/x.ts',
    code: `import { A } from 'node:fs';\nexport const a = A;`,
    rule: boundaries,
    part: 'pure',
  },
  {
    says: 'refuses a lib outside its row',
    path: 'libs/onnx/src/x.ts',
    code: `import { A } from '@crisol/learners';\nexport const a = A;`,
    rule: boundaries,
  },
  {
    says: 'refuses the server in a plugin',
    path: 'plugins/notifier-webhook/src/x.ts',
    code: `import { A } from '@nestjs/common';\nexport const a = A;`,
    rule: boundaries,
    part: 'public contract',
  },
  {
    says: 'refuses contracts in a plugin',
    path: 'plugins/notifier-webhook/src/x.ts',
    code: `import { A } from '@crisol/contracts';\nexport const a = A;`,
    rule: boundaries,
  },
  {
    says: 'takes the client of its other side in one plugin',
    path: 'plugins/feature-store-redis/src/x.ts',
    code: `import { Redis } from 'ioredis';\nexport const a = Redis;`,
    rule: null,
  },
  {
    says: 'refuses that client in another plugin',
    path: 'plugins/notifier-webhook/src/x.ts',
    code: `import { Redis } from 'ioredis';\nexport const a = Redis;`,
    rule: boundaries,
  },
  {
    says: 'takes the kit in a plugin spec',
    path: 'plugins/notifier-webhook/src/x.spec.ts',
    code: `import { A } from '@crisol/plugin-testing';\nexport const a = A;`,
    rule: null,
  },
  {
    says: 'refuses child processes in a room',
    path: `${server}/experiments/x.ts`,
    code: `import { fork } from 'node:child_process';\nexport const a = fork;`,
    rule: boundaries,
    part: 'Child processes',
  },
  {
    says: 'refuses vm',
    path: `${server}/platform/plugins/x.ts`,
    code: `import vm from 'node:vm';\nexport const a = vm;`,
    rule: boundaries,
    part: 'as code',
  },
  {
    says: 'refuses raw pg in a room',
    path: `${server}/serving/x.ts`,
    code: `import { Client } from 'pg';\nexport const a = Client;`,
    rule: boundaries,
    part: 'Database',
  },
  {
    says: 'refuses sockets outside the guarded client',
    path: `${server}/monitoring/x.ts`,
    code: `import { request } from 'undici';\nexport const a = request;`,
    rule: boundaries,
    part: 'guarded',
  },
  {
    says: 'refuses the environment outside config',
    path: `${server}/serving/x.ts`,
    code: `export const a = process.env['A'];`,
    rule: 'no-restricted-properties',
  },
  {
    says: 'refuses fetch outside the guarded client',
    path: `${server}/serving/x.ts`,
    code: `export const a = () => fetch('http://a');`,
    rule: 'no-restricted-globals',
  },
  { says: 'refuses new Function', path: `${server}/serving/x.ts`, code: `export const a = new Function('return 1');`, rule: 'no-new-func' },
  { says: 'refuses eval', path: `${server}/serving/x.ts`, code: `export const a = eval('1');`, rule: 'no-eval' },
  { says: 'refuses a star', path: 'libs/frame/src/x.ts', code: `export * from './table.js';`, rule: 'crisol/no-barrels' },
  {
    says: 'refuses a barrel on the server',
    path: `${server}/datasets/index.ts`,
    code: `export { A } from './a.js';`,
    rule: 'crisol/no-barrels',
  },
  { says: 'takes the list of names of a lib', path: 'libs/frame/src/index.ts', code: `export { A } from './a.js';`, rule: null },
  {
    says: 'refuses reka-ui on a page',
    path: 'apps/console/src/rooms/datasets/pages/x.ts',
    code: `import { A } from 'reka-ui';\nexport const a = A;`,
    rule: boundaries,
    part: 'shared/ui',
  },
  {
    says: 'refuses values of contracts in the console',
    path: 'apps/console/src/rooms/datasets/x.ts',
    code: `import { A } from '@crisol/contracts';\nexport const a = A;`,
    rule: boundaries,
    part: 'types of contracts',
  },
  {
    says: 'refuses one room of the console in another',
    path: 'apps/console/src/rooms/datasets/x.ts',
    code: `import { A } from '../models/a.js';\nexport const a = A;`,
    rule: boundaries,
    part: 'shared/',
  },
  { says: 'refuses any', path: `${server}/serving/x.ts`, code: `export const a: any = 1;`, rule: '@typescript-eslint/no-explicit-any' },
  {
    says: 'refuses a non-null assertion',
    path: `${server}/serving/x.ts`,
    code: `export const a = (b: string | null) => b!.length;`,
    rule: '@typescript-eslint/no-non-null-assertion',
  },
  {
    says: 'refuses an assertion without a reason',
    path: `${server}/serving/x.ts`,
    code: `export const a = JSON.parse('1') as number;`,
    rule: 'crisol/explained-assertions',
  },
  {
    says: 'takes an assertion with its reason',
    path: `${server}/serving/x.ts`,
    code: `// The library types this as unknown.\nexport const a = JSON.parse('1') as number;`,
    rule: null,
  },
];

function lint(texts: readonly { path: string; code: string }[]): { rule: string | null; message: string }[][] {
  const out = execFileSync(process.execPath, [join(root, 'scripts/lint-rules/lint-cases.mjs')], {
    cwd: root,
    input: JSON.stringify(texts),
    env: { PATH: process.env['PATH'] ?? '' },
  });
  return JSON.parse(out.toString());
}

describe('the boundary rules', () => {
  let results: ReturnType<typeof lint> = [];
  beforeAll(() => {
    results = lint(cases);
  }, 60_000);

  it.each(cases.map((one, index) => ({ ...one, index })))('$says', ({ index, rule, part }) => {
    const found = results[index] ?? [];
    if (rule === null) expect(found).toEqual([]);
    else expect(found).toContainEqual({ rule, message: expect.stringContaining(part ?? '') });
  });

  it('sees a cycle of three files that holds by types alone', () => {
    const rooms = join(root, 'apps/server/src/platform');
    mkdirSync(rooms, { recursive: true });
    const folder = mkdtempSync(join(rooms, 'cycle-'));
    try {
      writeFileSync(join(folder, 'b.ts'), `import type { C } from './c.js';\nexport type B = C;\n`);
      writeFileSync(join(folder, 'c.ts'), `import type { A } from './a.js';\nexport type C = A;\n`);
      const code = `import type { B } from './b.js';\nexport type A = B | 1;\n`;
      writeFileSync(join(folder, 'a.ts'), code);
      const [found] = lint([{ path: join(folder, 'a.ts').slice(root.length + 1), code }]);
      expect(found).toContainEqual({ rule: 'crisol/no-cycles', message: expect.stringMatching(/b\.ts → .*c\.ts → .*a\.ts/) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 30_000);
});
