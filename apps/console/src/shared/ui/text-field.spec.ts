import { mount } from '@vue/test-utils';
import { expect, it } from 'vitest';
import TextField from './TextField.vue';

it.each(['text', 'number'] as const)('hands out text from a field of type %s', async (type) => {
  const field = mount(TextField, { props: { label: 'Approvals', type, modelValue: '0' } });
  await field.get('input').setValue('12');
  expect(field.emitted('update:modelValue')).toEqual([['12']]);
});
