import { mount, type VueWrapper } from '@vue/test-utils';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadMessages } from '../i18n/messages';
import type { FormValue, JsonSchema } from './schema';
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
const lastOf = (wrapper: VueWrapper): unknown => wrapper.emitted('update:modelValue')?.at(-1)?.[0];

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

describe('the fields of the schema form', () => {
  const of = (properties: Readonly<Record<string, JsonSchema>>, modelValue: FormValue = {}, extra: object = {}) =>
    mount(SchemaForm, { props: { schema: { type: 'object', properties }, modelValue, ...extra } });
  const button = (wrapper: ReturnType<typeof of>, text: string) => wrapper.findAll('button').find((one) => one.text() === text);

  it('stand in groups, whose known titles are translated and whose others stay as written', () => {
    const wrapper = of({
      host: { type: 'string', 'x-ui': { group: 'Server' } },
      user: { type: 'string', 'x-ui': { group: 'Sign-in' } },
      port: { type: 'integer', 'x-ui': { group: 'Server' } },
      odd: { type: 'string', 'x-ui': { group: 'Flux capacitor' } },
    });
    expect(wrapper.findAll('legend').map((legend) => legend.text())).toEqual(['Server', 'Sign-in', 'Flux capacitor']);
    expect(wrapper.findAll('fieldset')[0]?.findAll('input')).toHaveLength(2);
  });
  it('show the help text below and the example as a placeholder', () => {
    const wrapper = of({ host: { type: 'string', title: 'Host', description: 'Name or address', examples: ['smtp.example.com'] } });
    const field = wrapper.get('input');
    expect(field.attributes('placeholder')).toBe('smtp.example.com');
    expect(wrapper.get(`#${field.attributes('aria-describedby')}`).text()).toBe('Name or address');
  });
  it('offer the options of a select in words', async () => {
    const wrapper = of({ region: { enum: ['us', 'eu'], 'x-ui': { optionTitles: { us: 'United States', eu: 'Europe' } } } });
    expect(wrapper.findAll('option').map((option) => option.text())).toEqual(['Not set', 'United States', 'Europe']);
    await wrapper.get('select').setValue('"eu"');
    expect(lastOf(wrapper)).toEqual({ region: 'eu' });
  });
  it('offer a radio group with its default chosen', async () => {
    const schema = { enum: ['none', 'tls'], default: 'none', 'x-ui': { widget: 'radio', optionTitles: { none: 'None', tls: 'TLS' } } };
    const wrapper = of({ security: schema });
    const [none, tls] = wrapper.findAll<HTMLInputElement>('input[type=radio]');
    expect(none?.element.checked).toBe(true);
    await tls?.setValue(true);
    expect(lastOf(wrapper)).toEqual({ security: 'tls' });
  });
  it('draw a slider between its bounds, at its default', async () => {
    const wrapper = of({ share: { type: 'number', minimum: 0, maximum: 1, default: 0.25, 'x-ui': { widget: 'slider' } } });
    expect(wrapper.get('output').text()).toBe('0.25');
    await wrapper.get('input[type=range]').setValue('0.5');
    expect(lastOf(wrapper)).toEqual({ share: 0.5 });
  });
  it('take long text in a text area', async () => {
    const wrapper = of({ text: { type: 'string', 'x-ui': { widget: 'textarea' } } });
    await wrapper.get('textarea').setValue('one\ntwo');
    expect(lastOf(wrapper)).toEqual({ text: 'one\ntwo' });
  });
  it('take a list of texts, item by item', async () => {
    const to = { type: 'array', items: { type: 'string', format: 'email' }, examples: [['team@example.com']], maxItems: 2 };
    const wrapper = of({ to }, { to: ['ada@example.com'] });
    expect(wrapper.get('input').attributes()).toMatchObject({ type: 'email', placeholder: 'team@example.com' });
    await button(wrapper, 'Add an item')?.trigger('click');
    expect(lastOf(wrapper)).toEqual({ to: ['ada@example.com', ''] });
    await button(wrapper, 'Remove')?.trigger('click');
    expect(lastOf(wrapper)).toEqual({ to: [''] });
    await wrapper.setProps({ modelValue: { to: ['a@x.example', 'b@x.example'] } });
    expect(button(wrapper, 'Add an item')?.attributes('disabled')).toBeDefined();
  });
  it('hold a form for a nested object, with errors at their place', async () => {
    const retry = { type: 'object', title: 'Retries', properties: { times: { type: 'integer', title: 'Times' } } };
    const wrapper = of({ retry }, { retry: { times: 1 } }, { errors: { '/retry/times': 'too few' } });
    expect(wrapper.text()).toContain('too few');
    await wrapper.get('input[type=number]').setValue('5');
    expect(lastOf(wrapper)).toEqual({ retry: { times: 5 } });
  });
  it('appear and go with the field that they depend on', async () => {
    const user = { type: 'string', title: 'User', 'x-ui': { visibleIf: { field: 'auth', equals: 'basic' } } };
    const wrapper = of({ auth: { enum: ['none', 'basic'], default: 'none' }, user }, { auth: 'none' });
    expect(wrapper.text()).not.toContain('User');
    await wrapper.setProps({ modelValue: { auth: 'basic' } });
    expect(wrapper.text()).toContain('User');
  });

  const secret: JsonSchema = { type: 'string', title: 'Password', 'x-ui': { secret: true } };
  it('keep a stored secret unless told otherwise: replace sends the new one, keeping it again sends nothing', async () => {
    const wrapper = of({ secret }, {}, { secretsSet: ['secret'] });
    await button(wrapper, 'Replace')?.trigger('click');
    await wrapper.get('input[type=password]').setValue('new');
    expect(lastOf(wrapper)).toEqual({ secret: 'new' });
    await button(wrapper, 'Keep the stored value')?.trigger('click');
    expect(lastOf(wrapper)).toEqual({});
  });
  it('remove a stored secret by null, say so, and take it back', async () => {
    const wrapper = of({ secret }, {}, { secretsSet: ['secret'] });
    await button(wrapper, 'Remove')?.trigger('click');
    expect(lastOf(wrapper)).toEqual({ secret: null });
    await wrapper.setProps({ modelValue: { secret: null } });
    expect(wrapper.text()).toContain('is removed when you save');
    await button(wrapper, 'Keep the stored value')?.trigger('click');
    expect(lastOf(wrapper)).toEqual({});
  });
  it('do not offer to remove a secret that is required', () => {
    const wrapper = mount(SchemaForm, {
      props: { schema: { type: 'object', properties: { secret }, required: ['secret'] }, modelValue: {}, secretsSet: ['secret'] },
    });
    expect(wrapper.findAll('button').map((one) => one.text())).toEqual(['Replace']);
  });
});
