import { mount } from '@vue/test-utils';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadMessages } from '../i18n/messages';
import SchemaForm from './SchemaForm.vue';

beforeAll(() => loadMessages('en', ['ui']));

const schema = {
  type: 'object',
  properties: {
    url: { type: 'string', format: 'uri', title: 'Address' },
    retries: { type: 'integer', title: 'Retries', default: 3 },
    signingKey: { type: 'string', title: 'Signing key', 'x-ui': { secret: true } },
    verbose: { type: 'boolean', title: 'Verbose' },
    level: { type: 'string', title: 'Level', 'x-ui': { visibleIf: { field: 'verbose', equals: true } } },
  },
  required: ['url'],
};
const form = (extra: object = {}) => mount(SchemaForm, { props: { schema, modelValue: { retries: 3, verbose: false }, ...extra } });
const lastOf = (wrapper: ReturnType<typeof form>): unknown => wrapper.emitted('update:modelValue')?.at(-1)?.[0];

describe('the schema form', () => {
  it('labels every field and names the required one in words', () => {
    const labels = form()
      .findAll('label')
      .map((label) => label.text());
    expect(labels.some((text) => text.includes('Address') && text.includes('(required)'))).toBe(true);
    expect(labels.some((text) => text.startsWith('Retries') && !text.includes('(required)'))).toBe(true);
  });
  it('emits a number, and leaves the field out when it is emptied', async () => {
    const wrapper = form();
    const field = wrapper.get('input[type=number]');
    await field.setValue('12');
    expect(lastOf(wrapper)).toEqual({ retries: 12, verbose: false });
    await field.setValue('');
    expect(lastOf(wrapper)).toEqual({ verbose: false });
  });
  it('shows a field only while its condition holds', () => {
    expect(form().text()).not.toContain('Level');
    expect(form({ modelValue: { verbose: true } }).text()).toContain('Level');
  });
  it('puts the message of a pointer beside its field and says so to assistive technology', () => {
    const wrapper = form({ errors: { '/url': 'must be https' } });
    const field = wrapper.get('input[type=url]');
    expect(field.attributes('aria-invalid')).toBe('true');
    expect(wrapper.get(`#${field.attributes('aria-describedby')}`).text()).toBe('must be https');
  });
  it('never shows a stored secret and takes a new one only on Replace', async () => {
    const wrapper = form({ secretsSet: ['signingKey'] });
    expect(wrapper.find('input[type=password]').exists()).toBe(false);
    await wrapper
      .findAll('button')
      .find((button) => button.text() === 'Replace')
      ?.trigger('click');
    expect(wrapper.find('input[type=password]').exists()).toBe(true);
  });
});
