import { describe, expect, it } from 'vitest';
import { pageOfMlflowLink } from './mlflow-links';

describe(pageOfMlflowLink, () => {
  it.each([
    ['#/experiments/5/runs/01a210d7c7487b46a8fdf587c327fa64', '/runs/01a210d7c7487b46a8fdf587c327fa64'],
    ['#/experiments/5', '/experiments/5'],
    ['#/experiments/5/runs/01a2/artifacts?path=model', '/runs/01a2'],
    ['#/models/iris/versions/3', '/models/iris?version=3'],
    ['#/models/my%20model', '/models/my%20model'],
  ])('takes %s to %s', (hash, page) => {
    expect(pageOfMlflowLink(hash)).toBe(page);
  });
  it.each(['', '#', '#main', '#/experiments', '#/metric?runs=1'])('leaves %j alone', (hash) => {
    expect(pageOfMlflowLink(hash)).toBeNull();
  });
});
