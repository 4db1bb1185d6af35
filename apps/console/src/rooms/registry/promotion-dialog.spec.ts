import type { PromotionCheck } from '@crisol/contracts';
import { mount } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { useSession } from '../../shared/api/session';
import { loadMessages } from '../../shared/i18n/messages';
import PromotionDialog from './components/promotion/PromotionDialog.vue';
import { fakeServer, pagePlugins, problem, settle, type Asked } from './testing/fake-server';
import { sampleCheck, sampleVersion } from './testing/samples';

beforeAll(() => loadMessages('en', ['ui', 'registry', 'governance']));
beforeEach(() => setActivePinia(createPinia()));
afterEach(() => {
  vi.unstubAllGlobals();
  document.body.innerHTML = '';
});

async function open(check: PromotionCheck, moved: { status?: number; body?: unknown } = {}, scopes = ['models:promote', 'models:write']) {
  const asked = fakeServer(({ method, path }: Asked) => {
    if (method === 'PUT') return { body: { ...check, revision: 8 }, ...moved };
    return path.endsWith('/promotion') ? { body: check } : { body: { data: [], standings: [] } };
  });
  const session = useSession();
  // Only what the dialogue reads of a signed-in user.
  session.me = { id: 'usr_ada', name: 'ada', scopes } as unknown as NonNullable<typeof session.me>;
  const { plugins } = pagePlugins();
  mount(PromotionDialog, {
    props: { open: true, model: 'churn', versions: [sampleVersion(4), sampleVersion(2)], aliases: ['champion'], start: 4 },
    attachTo: document.body,
    global: { plugins },
  });
  await settle();
  return asked;
}
const moveButton = (): HTMLButtonElement => {
  const found = [...document.querySelectorAll('button')].find((button) => button.textContent?.includes('Move champion to v4'));
  if (!found) throw new Error('There is no button to move the alias.');
  return found;
};
const words = (): string => document.body.textContent ?? '';

describe('the promotion dialogue', () => {
  it('moves the alias from the revision that was seen', async () => {
    const asked = await open(sampleCheck({ metrics: [{ name: 'auc', incumbent: 0.8, candidate: 0.9 }] }));
    expect(words()).toContain('▲ +0.1');
    moveButton().click();
    await settle();
    expect(asked.find(({ method }) => method === 'PUT')).toMatchObject({
      path: '/models/churn/aliases/champion',
      ifMatch: '"r7"',
      body: { version: 4 },
    });
  });
  it('keeps the button off and says every reason', async () => {
    await open(
      sampleCheck({
        allowed: false,
        approvalsNeeded: 2,
        blockers: [
          { code: 'approval', message: '', until: null },
          { code: 'same_version', message: '', until: null },
        ],
      }),
    );
    expect(moveButton().disabled).toBe(true);
    expect(words()).toContain('0 of 2 approvals are in.');
    expect(words()).toContain('The alias is there already.');
  });
  it('marks inputs that break callers', async () => {
    await open(
      sampleCheck({ signature: { compatible: false, changes: [{ column: 'age', change: 'removed', breaking: true, detail: '' }] } }),
    );
    expect(words()).toContain('breaks callers');
  });
  it('names the missing permission', async () => {
    await open(sampleCheck(), {}, ['models:read']);
    expect(moveButton().disabled).toBe(true);
    expect(words()).toContain('Needs the permission models:promote');
  });
  it('stays open and shows the new state when somebody else was faster', async () => {
    const asked = await open(sampleCheck(), { status: 412, body: problem(412, 'precondition_failed') });
    const before = asked.filter(({ path }) => path.endsWith('/promotion')).length;
    moveButton().click();
    await settle();
    expect(words()).toContain('Somebody changed it in between');
    expect(asked.filter(({ path }) => path.endsWith('/promotion')).length).toBeGreaterThan(before);
  });
});
