import { reactive } from 'vue';
import { describe, expect, it } from 'vitest';
import {
  asSchema,
  choicesOf,
  cleaned,
  defaultOf,
  discriminator,
  exampleOf,
  helpOf,
  isVisible,
  itemOf,
  kindOf,
  orderedFields,
  sliderOf,
  titleOf,
} from './schema';

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
  it('says each value in the words of the plugin where it has some', () => {
    const schema = { enum: ['us', 'eu', 'mars'], 'x-ui': { optionTitles: { us: 'United States', eu: 'Europe' } } };
    expect(choicesOf(schema).map(({ label }) => label)).toEqual(['United States', 'Europe', 'mars']);
  });
});
describe(isVisible, () => {
  const properties = {
    auth: { type: 'string', default: 'none' },
    user: { type: 'string', 'x-ui': { visibleIf: { field: 'auth', equals: 'basic' } } },
    realm: { type: 'string', 'x-ui': { visibleIf: { field: 'user', equals: 'root' } } },
    open: { type: 'string', 'x-ui': { visibleIf: { field: 'auth', equals: 'none' } } },
  };
  it('takes the default of a field that is not set', () => {
    expect(isVisible(properties.open, {}, properties)).toBe(true);
    expect(isVisible(properties.open, { auth: 'basic' }, properties)).toBe(false);
  });
  it('hides what depends on a hidden field, whatever stands in that one', () => {
    expect(isVisible(properties.realm, { auth: 'basic', user: 'root' }, properties)).toBe(true);
    expect(isVisible(properties.realm, { auth: 'none', user: 'root' }, properties)).toBe(false);
    expect(cleaned({ type: 'object', properties }, { auth: 'none', user: 'root', realm: 'x' })).toEqual({ auth: 'none' });
  });
});
describe('examples', () => {
  it('are shown as text, plain or JSON', () => {
    expect(exampleOf({ type: 'string', examples: ['smtp.example.com'] })).toBe('smtp.example.com');
    expect(exampleOf({ type: 'object', examples: [{ team: 'risk' }] })).toBe('{\n  "team": "risk"\n}');
    expect(exampleOf({ type: 'string' })).toBeUndefined();
  });
  it('of a list give its items one, unless they have their own', () => {
    const list = { type: 'array', items: { type: 'string' }, examples: [['team@example.com']] };
    expect(itemOf(list)).toEqual({ type: 'string', examples: ['team@example.com'] });
    expect(itemOf({ ...list, items: { type: 'string', examples: ['own'] } }).examples).toEqual(['own']);
  });
});
describe(sliderOf, () => {
  const slider = { type: 'integer', minimum: 1, maximum: 9, 'x-ui': { widget: 'slider' } };
  it('steps by one for whole numbers, and by a hundredth of the range for others', () => {
    expect(sliderOf(slider)).toEqual({ min: 1, max: 9, step: 1 });
    expect(sliderOf({ ...slider, type: 'number', minimum: 0, maximum: 1 })).toEqual({ min: 0, max: 1, step: 0.01 });
  });
  it('needs two bounds and the hint', () => {
    expect(sliderOf({ ...slider, maximum: undefined })).toBeUndefined();
    expect(sliderOf({ ...slider, 'x-ui': {} })).toBeUndefined();
  });
});
