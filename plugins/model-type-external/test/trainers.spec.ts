import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

interface Line {
  readonly task: string;
  readonly texts: boolean;
  readonly rising?: boolean;
  readonly steps?: number;
  readonly curve?: number;
  readonly quality?: number;
  readonly importance?: readonly { readonly column: string; readonly value: number }[];
  readonly code?: string;
  readonly message?: string;
}
const root = join(import.meta.dirname, '..', '..', '..');
const examples = join(root, 'examples', 'trainers');
// The host's own Commands and Parquet writer run from the built server.
const host = join(root, 'apps', 'server', 'dist', 'platform', 'plugins', 'scope', 'job-commands.js');

function build(): void {
  for (const folder of ['libs/plugin-api', 'libs/onnx', 'plugins/model-type-external', ...(existsSync(host) ? [] : ['apps/server'])]) {
    const args = ['src', '-d', 'dist', '--strip-leading-paths', '--config-file', '../../.swcrc', '--ignore', '**/*.spec.ts,**/*-spec.ts'];
    execFileSync(process.execPath, [join(root, 'scripts/run.mjs'), 'swc', ...args], { cwd: join(root, folder) });
  }
}
function train(trainer: string, command: string, script: string): readonly Line[] {
  const args = [join(import.meta.dirname, 'trainers.mjs'), trainer, command, join(examples, trainer, script)];
  const child = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return child.stdout
    .trim()
    .split('\n')
    .map((line): Line => JSON.parse(line));
}
function expectGood(lines: readonly Line[]): void {
  for (const line of lines) {
    expect(line).toMatchObject({ rising: true });
    expect(line.steps).toBeGreaterThan(5);
    expect(line.curve).toBeGreaterThan(0);
    expect(line.quality).toBeGreaterThan(0.85);
    expect(line.importance?.find(({ column }) => column === 'size')?.value).toBeGreaterThan(0);
  }
}

/** A Python with the packages of the examples' requirements.txt. */
const python = process.env.CRISOL_TRAINER_PYTHON ?? join(examples, '.venv', 'bin', 'python');
const hasPython = spawnSync(python, ['-c', 'import sklearn, skl2onnx, onnxmltools, lightgbm, pandas, pyarrow']).status === 0;
const inPython = hasPython ? it : it.skip;
const needs = hasPython ? '' : ' (skipped: needs CRISOL_TRAINER_PYTHON, a Python with the packages of the requirements.txt)';

describe('the example trainers, run by the host, their graphs by onnxruntime', () => {
  beforeAll(build, 120_000);

  it('node: numbers and two classes, and refusals of what it does not learn', () => {
    const lines = train('node', process.execPath, 'train.mjs');
    expectGood(lines.filter(({ code }) => code === undefined));
    expect(lines.map(({ code }) => code)).toEqual([undefined, undefined, 'unusable_data', 'unusable_data']);
    expect(lines[2]?.message).toContain('This trainer learns numbers and two classes, not multiclass.');
  }, 120_000);

  inPython(`scikit-learn: every task, texts too${needs}`, () => expectGood(train('scikit-learn', python, 'train.py')), 240_000);

  inPython(
    `lightgbm: every task, and a refusal of texts${needs}`,
    () => {
      const lines = train('lightgbm', python, 'train.py');
      expectGood(lines.slice(0, 3));
      expect(lines[3]).toMatchObject({ code: 'unusable_data', message: expect.stringContaining('leave out colour') });
    },
    240_000,
  );
});
