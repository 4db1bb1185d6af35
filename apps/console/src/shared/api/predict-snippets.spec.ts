import { describe, expect, it } from 'vitest';
import { exampleOf, predictSnippets } from './predict-snippets';

describe(exampleOf, () => {
  it('prefers the example, then the commonest level, then the middle of the range', () => {
    expect(exampleOf({ name: 'a', type: 'number', nullable: false, example: 7, min: 0, max: 2 })).toBe(7);
    expect(exampleOf({ name: 'a', type: 'text', nullable: false, levels: ['Biscoe', 'Dream'] })).toBe('Biscoe');
    expect(exampleOf({ name: 'a', type: 'integer', nullable: false, min: 0, max: 5 })).toBe(3);
  });
});
describe(predictSnippets, () => {
  const snippets = predictSnippets('http://127.0.0.1:7070', '/endpoints/penguins/predict', [{ name: "O'Hara", known: true, mass: null }]);
  it('closes and reopens the quote of a shell around an apostrophe', () => {
    expect(snippets.curl).toContain(`"name":"O'\\''Hara"`);
  });
  it('writes the literals of Python', () => {
    expect(snippets.python).toContain('"known": True, "mass": None');
  });
  it('never holds a key', () => {
    for (const text of Object.values(snippets)) expect(text).toMatch(/CRISOL_API_KEY/);
  });
});
