import { describe, expect, it } from '@jest/globals';
import { newPlugin, replacements } from './new-plugin.js';

describe(newPlugin, () => {
  it('names id and package after kind and name', () => {
    expect(newPlugin('notifier', 'shop-chat')).toEqual({
      kind: 'notifier',
      name: 'shop-chat',
      id: 'notifier-shop-chat',
      packageName: 'crisol-notifier-shop-chat',
    });
  });

  it('takes a name that repeats the kind', () => {
    expect(newPlugin('model-type', 'model-type-tree')).toMatchObject({ name: 'tree', id: 'model-type-tree' });
  });

  it.each([
    ['chat', 'x', /^--kind is one of model-type, feature-store, validator, notifier, not "chat"\.$/],
    ['notifier', 'Shop Chat', /^--name is kebab-case/],
    ['notifier', '../etc', /^--name is kebab-case/],
    ['notifier', 'notifier-', /^--name is kebab-case/],
    ['notifier', 'x'.repeat(60), /and short/],
  ])('says what would be right instead of %s %s', (kind, name, sentence) => {
    expect(newPlugin(kind, name)).toMatch(sentence);
  });
});

describe(replacements, () => {
  it('writes the name in the forms that code needs', () => {
    const plugin = newPlugin('validator', 'shop-rules');
    const words = typeof plugin === 'string' ? undefined : replacements(plugin, 2026);
    expect([words?.get('__CAMEL__'), words?.get('__SNAKE__'), words?.get('__TITLE__'), words?.get('__YEAR__')]).toEqual([
      'shopRules',
      'shop_rules',
      'Shop rules',
      '2026',
    ]);
  });
});
