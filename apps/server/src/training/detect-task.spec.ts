import { describe, expect, it } from '@jest/globals';
import { detectTask } from './detect-task.js';

describe(detectTask.name, () => {
  it('takes booleans and two-valued columns as binary', () => {
    expect(detectTask('boolean', 2)).toBe('binary');
    expect(detectTask('text', 2)).toBe('binary');
    expect(detectTask('integer', 2)).toBe('binary');
  });

  it('takes texts and small integers as classes, amounts as regression', () => {
    expect(detectTask('text', 3)).toBe('multiclass');
    expect(detectTask('integer', 10)).toBe('multiclass');
    expect(detectTask('integer', 11)).toBe('regression');
    expect(detectTask('number', 2)).toBe('regression');
  });
});
