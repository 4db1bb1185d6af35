import { mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { useSession } from '../../shared/api/session';
import { RouterView } from 'vue-router';
import { defineComponent, h } from 'vue';
import { loadMessages } from '../../shared/i18n/messages';
import CardTab from './components/card/CardTab.vue';
import { fakeServer, pagePlugins, problem, settle } from './testing/fake-server';
import { sampleCard } from './testing/samples';

beforeAll(() => loadMessages('en', ['ui', 'registry', 'governance']));
beforeEach(() => setActivePinia(createPinia()));
afterEach(() => {
  vi.unstubAllGlobals();
  document.body.innerHTML = '';
});

async function open(refuse: boolean) {
  let card = sampleCard({ owner: 'Risk' });
  const asked = fakeServer(({ method, ifMatch }) => {
    if (method === 'GET') return { body: card };
    if (refuse && ifMatch === '"r1"') {
      card = sampleCard({ owner: 'Risk', licence: 'MIT', revision: 2, sections: [{ key: 'summary', text: 'Theirs' }] });
      return { status: 412, body: problem(412, 'precondition_failed') };
    }
    return { body: { ...card, revision: 3 } };
  });
  const session = useSession();
  // Only what the card reads of a signed-in user.
  session.me = { id: 'usr_ada', name: 'ada', scopes: ['models:write'] } as unknown as NonNullable<typeof session.me>;
  const { router, plugins } = pagePlugins(defineComponent(() => () => h(CardTab, { model: 'churn', version: 4 })));
  await router.push('/models/churn?tab=card');
  const tab = mount(RouterView, { attachTo: document.body, global: { plugins } });
  await settle();
  return { tab, asked, router };
}
async function press(tab: Awaited<ReturnType<typeof open>>['tab'], name: string): Promise<void> {
  const button = tab.findAll('button').find((one) => one.text() === name || one.attributes('aria-label') === name);
  if (!button) throw new Error(`There is no button ${name}.`);
  await button.trigger('click');
  await settle();
}
const saves = (asked: Awaited<ReturnType<typeof open>>['asked']) => asked.filter(({ method }) => method === 'PUT');

describe('the card', () => {
  it('saves all eight sections against the revision that was read', async () => {
    const { tab, asked } = await open(false);
    await press(tab, 'Edit: Summary');
    await tab.find('textarea').setValue('Who leaves');
    expect(tab.text()).toContain('Not saved: Summary');
    await press(tab, 'Save card');
    const [saved] = saves(asked);
    expect(saved).toMatchObject({ path: '/models/churn/versions/4/card', ifMatch: '"r1"' });
    expect(saved?.body).toMatchObject({ owner: 'Risk', sections: expect.arrayContaining([{ key: 'summary', text: 'Who leaves' }]) });
  });
  it('keeps the words of both when somebody saved in between', async () => {
    const { tab, asked } = await open(true);
    await press(tab, 'Edit: Summary');
    await tab.find('textarea').setValue('Mine');
    await press(tab, 'Save card');
    expect(tab.text()).toContain('You both changed: Summary.');
    expect(tab.text()).toContain('Theirs');
    await press(tab, 'Save card');
    expect(saves(asked)[1]).toMatchObject({ ifMatch: '"r2"' });
    expect(saves(asked)[1]?.body).toMatchObject({ licence: 'MIT', sections: expect.arrayContaining([{ key: 'summary', text: 'Mine' }]) });
  });
  it('asks before unsaved words are left, for another tab too', async () => {
    const { tab, router } = await open(false);
    const ask = vi.fn(() => false);
    vi.stubGlobal('confirm', ask);
    await press(tab, 'Edit: Summary');
    await router.push('/models/churn?tab=card&event=evt_1');
    expect(ask).not.toHaveBeenCalled();
    await tab.find('textarea').setValue('Who leaves');
    await router.push('/models/churn?tab=versions');
    expect(ask).toHaveBeenCalledOnce();
    expect(router.currentRoute.value.query['tab']).toBe('card');
  });
});
