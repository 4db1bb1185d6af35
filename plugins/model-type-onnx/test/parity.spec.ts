import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';

interface Line {
  readonly name: string;
  readonly task: string;
  readonly labels: readonly string[];
  readonly origin: string;
  readonly worst: number | null;
}
const golden = join(import.meta.dirname, 'golden');
const names = readdirSync(golden)
  .filter((file) => file.endsWith('.onnx'))
  .map((file) => file.replace('.onnx', ''));

// onnxruntime runs in a child: inside Jest's module world its native code crashes. The child takes the built packages.
describe('exports of scikit-learn, LightGBM, XGBoost and CatBoost, brought and run by onnxruntime', () => {
  let lines: readonly Line[] = [];
  beforeAll(() => {
    const root = join(import.meta.dirname, '..', '..', '..');
    for (const folder of ['libs/plugin-api', 'libs/onnx', 'plugins/model-type-onnx']) {
      const args = ['src', '-d', 'dist', '--strip-leading-paths', '--config-file', '../../.swcrc', '--ignore', '**/*.spec.ts,**/*-spec.ts'];
      execFileSync(process.execPath, [join(root, 'scripts/run.mjs'), 'swc', ...args], { cwd: join(root, folder) });
    }
    const child = spawnSync(process.execPath, [join(import.meta.dirname, 'parity.mjs')], { encoding: 'utf8' });
    if (child.status !== 0) throw new Error(child.stderr);
    lines = child.stdout
      .trim()
      .split('\n')
      .map((line): Line => JSON.parse(line));
  }, 120_000);

  it('are all there, and small', () => {
    expect(names.length).toBeGreaterThanOrEqual(16);
    for (const name of names) expect(statSync(join(golden, `${name}.onnx`)).size).toBeLessThan(100_000);
  });

  it.each(names)('%s: the task, the classes and the answers of the library that trained it', (name) => {
    const expected: { task: string; labels: string[] } = JSON.parse(readFileSync(join(golden, `${name}.json`), 'utf8'));
    const line = lines.find((one) => one.name === name);
    expect(line).toMatchObject({ task: expected.task, labels: expected.task === 'clustering' ? ['0', '1', '2'] : expected.labels });
    expect(line?.worst ?? Number.NaN).toBeLessThan(2e-5);
    expect(line?.origin).toMatch(/^(skl2onnx|OnnxMLTools|CatBoost)/i);
  });
});
