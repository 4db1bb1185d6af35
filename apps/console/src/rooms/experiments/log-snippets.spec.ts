import { describe, expect, it } from 'vitest';
import { logSnippets } from './log-snippets';

describe(logSnippets, () => {
  it('keeps a name with quotes in one piece', () => {
    const { mlflow, curl } = logSnippets('http://localhost:7070', `it's "one"`);
    expect(mlflow).toContain(`mlflow.set_experiment("it's \\"one\\"")`);
    expect(curl).toContain(`'{"experiment":"it'\\''s \\"one\\""`);
  });
});
