import { describe, expect, it } from '@jest/globals';
import { bareMark, MlflowInput, queryInput } from './mlflow-input.js';

const input = (fields: Record<string, unknown>) => new MlflowInput(fields);

describe(MlflowInput.name, () => {
  it('takes null for absent, and asks for what is required', () => {
    expect(input({ a: null }).text('a')).toBeUndefined();
    expect(() => input({ a: '' }).requiredText('a')).toThrow(
      "Missing value for required parameter 'a'. See the API docs for more information about request parameters.",
    );
  });

  it.each([
    [5, `Invalid value 5 for parameter 'a' supplied:  Hint: Value was of type 'int'.`],
    [1.5, `Hint: Value was of type 'float'.`],
    [{ b: 1 }, `Invalid value {"b":1} for parameter 'a' supplied:  Hint: Value was of type 'dict'.`],
    [[1], `Hint: Value was of type 'list'.`],
    [true, `Hint: Value was of type 'bool'.`],
  ])('refuses %j as a text', (value, message) => {
    expect(() => input({ a: value }).text('a')).toThrow(message);
  });

  it('reads 64-bit integers from numbers and texts without losing a digit', () => {
    expect(input({ a: 7 }).integer('a')).toBe(7);
    expect(input({ a: '7' }).integer('a')).toBe(7);
    expect(input({ a: '9007199254740993' }).integer('a')).toBe(9007199254740993n);
    expect(() => input({ a: '9223372036854775808' }).integer('a')).toThrow('Invalid value');
    expect(() => input({ a: 'x' }).integer('a')).toThrow(`Hint: Value was of type 'str'`);
    expect(input({ a: 1.5 }).integer('a')).toBe(0);
  });

  it.each([
    ['NaN', Number.NaN],
    ['inf', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['1e3', 1000],
    [`${bareMark}Infinity`, Number.POSITIVE_INFINITY],
    [true, 1],
  ])('reads %j as a number', (value, expected) => {
    expect(input({ a: value }).double('a')).toBe(expected);
  });

  it('refuses what is no number', () => {
    expect(() => input({ a: 'abc' }).double('a')).toThrow('Invalid value "abc"');
    expect(() => input({ a: '0x10' }).double('a')).toThrow('Invalid value');
  });

  it('says where in a list the fault is', () => {
    expect(() =>
      input({ m: [{ v: 1 }, {}] })
        .objects('m')[1]
        ?.requiredText('k'),
    ).toThrow("'m[1].k'");
    expect(() => input({ m: [5] }).objects('m')).toThrow("'m[0]'");
    expect(() => input({ m: 'x' }).objects('m')).toThrow(`Invalid value "x" for parameter 'm'`);
  });

  it('keeps no character that PostgreSQL cannot', () => {
    expect(() => input({ a: 'x\u0000' }).text('a')).toThrow('Invalid value');
    expect(input({ a: 'x\ud800' }).text('a')).toBe('x\ufffd');
  });
});

describe(queryInput.name, () => {
  it('makes lists of what may repeat, and takes the last of what may not', () => {
    const fields = queryInput({ run_ids: 'a', key: ['x', 'y'] }, ['run_ids']);
    expect(fields.texts('run_ids')).toEqual(['a']);
    expect(fields.text('key')).toBe('y');
  });
});
