import { reactive } from 'vue';
import { describe, expect, it } from 'vitest';
import { asSchema, choicesOf, cleaned, defaultOf, discriminator, helpOf, isVisible, kindOf, orderedFields, titleOf } from './schema';

describe(kindOf, () => {
  it('draws nullable values as what they are without null', () => {
    expect(kindOf({ anyOf: [{ type: 'number' }, { type: 'null' }] })).toBe('number');
    expect(kindOf({ type: ['string', 'null'] })).toBe('text');
  });
  it('tells the options of a union apart by their constant', () => {
    const options = [
      { type: 'object', properties: { kind: { const: 'holdout' } } },
      { type: 'object', properties: { kind: { const: 'kfold' } } },
    ];
    expect(kindOf({ oneOf: options })).toBe('variant');
    expect(discriminator(options)).toBe('kind');
  });
  it('leaves an unknown shape to the JSON editor', () => {
    expect(kindOf({ oneOf: [{ type: 'string' }, { type: 'number' }] })).toBe('json');
    expect(kindOf(asSchema('nonsense'))).toBe('json');
  });
});
describe(defaultOf, () => {
  it('takes the default of each field and leaves out what has none', () => {
    const schema = {
      type: 'object',
      properties: { depth: { type: 'integer', default: 6 }, name: { type: 'string' }, on: { type: 'boolean' } },
    };
    expect(defaultOf(schema)).toEqual({ depth: 6, on: false });
  });
  it('copies a default out of a reactive schema', () => {
    const schema = reactive({ type: 'object', properties: { monotone: { type: 'object', default: { age: 1 } } } });
    expect(defaultOf(schema)).toEqual({ monotone: { age: 1 } });
  });
});
describe(cleaned, () => {
  const schema = {
    type: 'object',
    properties: { early: { type: 'boolean' }, patience: { type: 'integer', 'x-ui': { visibleIf: { field: 'early', equals: true } } } },
  };
  it('leaves out fields that are hidden', () => {
    expect(cleaned(schema, { early: false, patience: 10 })).toEqual({ early: false });
    expect(cleaned(schema, { early: true, patience: 10 })).toEqual({ early: true, patience: 10 });
    expect(isVisible(schema.properties.patience, { early: true })).toBe(true);
  });
});
describe(orderedFields, () => {
  it('follows the order hints and asks for what is required without a default', () => {
    const fields = orderedFields({
      properties: { b: { type: 'string' }, a: { type: 'string', default: '', 'x-ui': { order: 1 } } },
      required: ['a', 'b'],
    });
    expect(fields.map((field) => [field.name, field.required])).toEqual([
      ['a', false],
      ['b', true],
    ]);
  });
});
describe('words of a field', () => {
  it('are in Spanish where the plugin gives them', () => {
    const field = { title: 'Rounds', 'x-ui': { i18n: { es: { title: 'Rondas' } } } };
    expect(titleOf(field, 'rounds', 'es')).toBe('Rondas');
    expect(titleOf(field, 'rounds', 'en')).toBe('Rounds');
  });
  it('are made from the name when there are none', () => {
    expect(titleOf({}, 'learning_rate', 'en')).toBe('Learning rate');
  });
  it('say the limits, but not those of safe integers', () => {
    expect(helpOf({ type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER }, 'en')).toBe('≥ 1');
  });
});
describe(choicesOf, () => {
  it('keeps the type of each value', () => {
    expect(choicesOf({ enum: [1, 'one', null] }).map((choice) => choice.raw)).toEqual([1, 'one']);
  });
});
