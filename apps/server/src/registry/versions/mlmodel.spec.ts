import { describe, expect, it } from '@jest/globals';
import { readMlmodel } from './mlmodel.js';

const file = `artifact_path: model
flavors:
  onnx:
    data: model.onnx
    onnx_version: 1.20.0
  python_function:
    data: model.onnx
    loader_module: mlflow.onnx
signature:
  inputs: '[{"type": "double", "name": "a", "required": true}, {"type": "string",
    "name": "b", "required": false}]'
  outputs: '[{"type": "tensor", "tensor-spec": {"dtype": "int64", "shape": [-1]}}]'
  params: null
`;

describe(readMlmodel.name, () => {
  it('reads flavours, the graph, and the named columns', () => {
    expect(readMlmodel(file)).toEqual({
      flavors: ['onnx', 'python_function'],
      onnxPath: 'model.onnx',
      inputs: [
        { name: 'a', type: 'double', nullable: false },
        { name: 'b', type: 'string', nullable: true },
      ],
    });
  });

  it('puts the flavour that says how the model was made first', () => {
    expect(readMlmodel('flavors:\n  python_function: {}\n  sklearn: {}\n')?.flavors).toEqual(['sklearn', 'python_function']);
  });

  it('has no columns where the signature has no names', () => {
    const tensors = `flavors: {sklearn: {}}\nsignature:\n  inputs: '[{"type": "tensor", "tensor-spec": {"dtype": "float32", "shape": [-1, 4]}}]'\n`;
    expect(readMlmodel(tensors)).toMatchObject({ inputs: null, onnxPath: null });
    expect(readMlmodel("flavors: {sklearn: {}}\nsignature:\n  inputs: 'no json'\n")).toMatchObject({ inputs: null });
  });

  it('reads neither rubbish nor a file that multiplies itself', () => {
    expect(readMlmodel('flavors: [')).toBeUndefined();
    expect(readMlmodel('- 1\n- 2\n')).toBeUndefined();
    const bomb = `a: &a [${'x,'.repeat(50)}x]\nflavors:\n${Array.from({ length: 60 }, (_, i) => `  f${i}: { v: *a }`).join('\n')}\n`;
    expect(readMlmodel(bomb)).toBeUndefined();
  });

  it('is done soon with a file that is deep or long', () => {
    const started = performance.now();
    readMlmodel(`flavors: ${'['.repeat(20_000)}`);
    readMlmodel(`flavors: ${'- '.repeat(20_000)}`);
    readMlmodel(`flavors: {${'a: 1, '.repeat(20_000)}}`);
    readMlmodel(`flavors:\n${Array.from({ length: 20_000 }, (_, i) => `  f${i}: {}`).join('\n')}\n`);
    expect(performance.now() - started).toBeLessThan(1500);
  });

  it('gives up on thousands of anchors or directives before the parser sees them', () => {
    const started = performance.now();
    for (const text of [Array.from({ length: 20_000 }, (_, at) => `&a${at}`).join(' '), '%x\n'.repeat(60_000)])
      expect(readMlmodel(`${text}\nflavors: {}`)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(500);
    expect(readMlmodel(`flavors: {}\nsignature: {inputs: '[{"type": "double", "name": "R&D &Co"}]'}`)?.inputs?.[0]?.name).toBe('R&D &Co');
  });
});
