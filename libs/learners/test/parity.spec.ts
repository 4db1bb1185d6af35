import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

interface Line {
  readonly name: string;
  readonly task: string;
  readonly worst: number;
  readonly wrongLabels: number;
  readonly sameBytes: boolean;
}

// onnxruntime runs in a child: inside Jest's module world its native code crashes. The child takes the built packages, so
// they are built first.
describe('exported graphs run by onnxruntime', () => {
  let lines: Line[] = [];
  beforeAll(() => {
    const root = join(import.meta.dirname, '..', '..', '..');
    for (const name of ['frame', 'onnx', 'learners']) {
      const args = ['src', '-d', 'dist', '--strip-leading-paths', '--config-file', '../../.swcrc', '--ignore', '**/*.spec.ts,**/*-spec.ts'];
      execFileSync(process.execPath, [join(root, 'scripts/run.mjs'), 'swc', ...args], { cwd: join(root, 'libs', name) });
    }
    const child = spawnSync(process.execPath, [join(import.meta.dirname, 'parity.mjs'), '10000'], { encoding: 'utf8' });
    if (child.status !== 0) throw new Error(child.stderr);
    lines = child.stdout
      .trim()
      .split('\n')
      .map((line): Line => JSON.parse(line));
  }, 240_000);

  it('cover every model type and task', () => expect(lines).toHaveLength(18));
  it('answer as the trainer does, within 1e-5, on 10,000 rows with missing and unseen values', () => {
    expect(lines.filter(({ worst }) => !(worst <= 1e-5))).toEqual([]);
  });
  it('name the likeliest class', () => expect(lines.filter(({ wrongLabels }) => wrongLabels > 0)).toEqual([]));
  it('are the same bytes for the same seed, with one thread or two', () => expect(lines.filter(({ sameBytes }) => !sameBytes)).toEqual([]));
});
