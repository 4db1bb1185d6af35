import { describe, expect, it } from '@jest/globals';
import { readSource } from './model-source.js';

const hex = '0123456789abcdef0123456789abcdef';

describe(readSource.name, () => {
  it.each([
    [`runs:/${hex}/model/sub`, { kind: 'run', run: hex, path: 'model/sub' }],
    [`models:/m-${hex}`, { kind: 'logged-model', id: `m-${hex}` }],
    ['models:/fraud/3', { kind: 'version', model: 'fraud', version: '3', alias: null }],
    ['models:/fraud@champion', { kind: 'version', model: 'fraud', version: null, alias: 'champion' }],
    [`mlflow-artifacts:/7/${hex}/artifacts/m/`, { kind: 'artifacts', path: `7/${hex}/artifacts/m` }],
    ['s3://bucket/x?y=..', { kind: 'elsewhere' }],
    ['dbfs:/x/y', { kind: 'elsewhere' }],
  ])('reads %s', (source, meant) => {
    expect(readSource(source)).toEqual(meant);
  });

  it.each([
    ['/etc/passwd', 'local path'],
    ['file:///etc', 'local path'],
    ['model', 'local path'],
    ['http://host/x', "'http' scheme"],
    ['mlflow-artifacts://host/7/x', "'mlflow-artifacts' scheme"],
    ['s3://b/a/../c', 'absolute path'],
    ['s3://b/%252e%252e/c', 'absolute path'],
    [`mlflow-artifacts:/7/${hex}/artifacts/..%2f..`, 'absolute path'],
    ['C:\\models', 'absolute path'],
  ])('refuses %s', (source, why) => {
    expect(readSource(source)).toMatchObject({ kind: 'refused', message: expect.stringContaining(why) });
  });
});
