import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { BuiltServer, repositoryRoot, waitUntil } from './built-server.js';

const onPath = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, 'chromium'));
const executable = [process.env['CRISOL_CHROMIUM'], ...onPath].find((file) => file !== undefined && existsSync(file));
const screenshots = join(repositoryRoot, 'test-results', 'screenshots');
const pages: [string, string][] = [
  ['overview', '/'],
  ['datasets', '/datasets'],
  ['dataset', '/datasets/penguins'],
  ['training', '/training'],
  ['new-training', '/training/new'],
  ['new-training-columns', '/training/new?dataset=penguins'],
  ['models', '/models'],
  ['model', '/models/penguins'],
  ['gates', '/models/penguins?tab=gates'],
  ['features', '/features'],
  ['endpoints', '/endpoints'],
  ['endpoint', '/endpoints/penguins'],
  ['endpoint-playground', '/endpoints/penguins?tab=playground'],
  ['endpoint-features', '/endpoints/penguins?tab=features'],
  ['keys', '/keys'],
  ['plugins', '/plugins'],
  ['plugin', '/plugins/feature-store-postgres'],
  ['plugin-health', '/plugins/feature-store-postgres?tab=health'],
  ['plugin-log', '/plugins/feature-store-postgres?tab=log'],
  ['plugin-history', '/plugins/feature-store-postgres?tab=history'],
  ['plugin-misconfigured', '/plugins/feature-store-redis'],
  ['plugin-install', '/plugins?install=1'],
  ['channels', '/channels'],
  ['jobs', '/jobs'],
  ['settings', '/settings'],
];

/** What axe finds serious or critical on the page, as rule and place. */
const seriousViolations = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary)))`;

/** From the sign-in link to a prediction with the mouse and the keyboard, in a real browser. */
(executable ? describe : describe.skip)('the console (needs chromium)', () => {
  let server: BuiltServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const faults: string[] = [];
  let axe: string;

  beforeAll(async () => {
    axe = await readFile(join(repositoryRoot, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
    server = await BuiltServer.start();
    browser = await chromium.launch({
      executablePath: executable ?? '',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    context = await browser.newContext({ viewport: { width: 1280, height: 720 } });
    page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      if (/Content Security Policy|Trusted ?Type/i.test(message.text())) faults.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(server.url) && !/^(data|blob):/.test(request.url())) faults.push(`another host: ${request.url()}`);
    });
    page.on('response', (response) => {
      if (response.status() >= 500) faults.push(`${response.status()} ${response.url()}`);
    });
    await mkdir(screenshots, { recursive: true });
  }, 90_000);

  afterAll(async () => {
    await browser.close();
    await server.remove();
  }, 60_000);

  it('lets the first administrator in by the one-time link', async () => {
    await page.goto(`${server.url}/console/welcome?token=${server.signInToken}`);
    await page.getByLabel('User name').fill('ada');
    await page.getByLabel('Password', { exact: false }).first().fill('tidal-quartz-lemon-42');
    await page.getByLabel('Password again').fill('tidal-quartz-lemon-42');
    await page.getByRole('button', { name: 'Create the administrator' }).click();
    await page.getByText('From a table to a prediction').waitFor();
  }, 60_000);

  it('takes the sample data and shows its rows', async () => {
    await page
      .getByRole('button', { name: /Take the sample/ })
      .first()
      .click();
    await waitUntil(
      async () =>
        (await page.evaluate(
          `fetch('/api/v1/datasets/penguins').then((answer) => answer.json()).then((found) => found.latestVersion?.rows)`,
        )) === 344,
      20_000,
    );
    await page.goto(`${server.url}/console/datasets/penguins`);
    await page.getByText('Torgersen').first().waitFor();
  }, 60_000);

  it('trains a model on it and registers the result', async () => {
    await page.goto(`${server.url}/console/training/new`);
    await page.getByLabel('Data set', { exact: false }).first().selectOption('penguins');
    await page.getByLabel('Column to predict').selectOption('species');
    await page
      .getByRole('radio', { name: /boost/i })
      .or(page.getByText('Gradient boosting', { exact: false }))
      .first()
      .click();
    const register = page.getByLabel('Register the result as a model version');
    if (!(await register.isChecked())) await register.check();
    await page.getByRole('button', { name: 'Start training' }).click();
    await page.getByRole('link', { name: /Open .* v1/ }).waitFor({ timeout: 60_000 });
  }, 120_000);

  it('serves it', async () => {
    await page.goto(`${server.url}/console/models`);
    const model = String(await page.evaluate(`fetch('/api/v1/models').then((answer) => answer.json()).then((list) => list.data[0].name)`));
    await waitUntil(
      async () =>
        (await page.evaluate(
          `fetch('/api/v1/models/${model}').then((answer) => answer.json()).then((found) => found.aliases.champion)`,
        )) === 1,
      20_000,
    );
    await page.goto(`${server.url}/console/endpoints`);
    await page.getByRole('button', { name: 'Create an endpoint' }).first().click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: false }).first().fill('penguins');
    await dialog.getByRole('button', { name: 'Create an endpoint' }).click();
    await page.getByText('Playground').first().waitFor();
  }, 60_000);

  it('predicts in the playground, whose form is made from the signature', async () => {
    await page.goto(`${server.url}/console/endpoints/penguins`);
    await page
      .getByRole('tab', { name: /Playground/ })
      .or(page.getByRole('link', { name: /Playground/ }))
      .first()
      .click();
    await page.getByRole('button', { name: 'Fill with an example' }).click();
    await page.getByRole('button', { name: 'Predict', exact: true }).click();
    await page
      .getByText(/Adelie|Gentoo|Chinstrap/)
      .first()
      .waitFor();
    await page
      .getByText(/· inference /)
      .filter({ visible: true })
      .first()
      .waitFor();
  }, 60_000);

  it('makes a key that is shown once', async () => {
    await page.goto(`${server.url}/console/keys`);
    await page
      .getByRole('button', { name: /Create an API key/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: false }).first().fill('shop');
    await dialog
      .getByRole('button', { name: /Create/ })
      .last()
      .click();
    await page
      .getByText(/crs_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}/)
      .first()
      .waitFor();
  }, 60_000);

  it('guards the champion with a gate, and looks features up before it predicts', async () => {
    // Signed in as the page is: the calls below are those of the console's own forms.
    const call = async (method: string, path: string, body: unknown, revision = ''): Promise<void> => {
      const status = await page.evaluate(
        async ([verb, target, json, match]) => {
          const { csrfToken } = (await (await fetch('/api/v1/me')).json()) as { csrfToken: string };
          const answer = await fetch(`/api/v1/${target}`, {
            method: verb,
            headers: { 'content-type': 'application/json', 'x-csrf-token': csrfToken, ...(match ? { 'if-match': match } : {}) },
            body: json,
          });
          return answer.ok ? 'ok' : `${answer.status} ${await answer.text()}`;
        },
        [method, path, JSON.stringify(body), revision] as const,
      );
      expect([path, status]).toEqual([path, 'ok']);
    };
    const checks = [{ type: 'metric_threshold', kwargs: { metric: 'accuracy', min: 0.5 } }];
    await call('PUT', 'models/penguins/gates/good-enough', { alias: 'champion', validator: 'metric-gate', checks });
    await page.goto(`${server.url}/console/models/penguins?tab=gates`);
    await page.getByRole('button', { name: 'Judge for @champion' }).click();
    await page.getByText('passed', { exact: true }).first().waitFor();

    const view = { entities: ['penguin_id'], features: [{ name: 'bill_length_mm', type: 'number' }], maxAgeSeconds: 86_400 };
    await call('PUT', 'feature-stores/postgres/views/penguin', view);
    const rows = [{ keys: { penguin_id: 7 }, at: new Date(Date.now() - 60_000).toISOString(), values: { bill_length_mm: 39.1 } }];
    await call('POST', 'feature-stores/postgres/views/penguin/rows', { rows });
    await page.goto(`${server.url}/console/features`);
    await page.getByLabel('Keys: penguin_id').fill('7\n8');
    await page.getByRole('button', { name: 'Read', exact: true }).click();
    await page.getByRole('cell', { name: '39.1' }).waitFor();
    await page.getByRole('cell', { name: 'not found' }).waitFor();

    await page.goto(`${server.url}/console/endpoints/penguins?tab=features`);
    await page.getByLabel('Feature store').selectOption('postgres');
    await page.getByLabel('Add a feature').selectOption('penguin:bill_length_mm');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('Saved').first().waitFor();
    await page.getByRole('tab', { name: /Playground/ }).click();
    await page.getByLabel('penguin_id').fill('7');
    await page.getByRole('button', { name: 'Predict', exact: true }).click();
    await page
      .getByText(/Adelie|Gentoo|Chinstrap/)
      .first()
      .waitFor();
  }, 90_000);

  it.each([
    ['light', 1280, 720],
    ['dark', 1280, 720],
    ['light', 390, 844],
    ['dark', 390, 844],
  ] as const)(
    'shows every page in %s at %i px without a fault',
    async (theme, width, height) => {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme: theme });
      for (const [name, path] of pages) {
        await page.goto(`${server.url}/console${path}`);
        // By its tag: an open dialogue takes the page behind it out of what roles find.
        await page.locator('h1').first().waitFor();
        await page.waitForLoadState('load');
        await page.screenshot({ path: join(screenshots, `${name}-${theme}-${width}.png`) });
        const overflow = Number(
          await page.evaluate(
            `Math.max(...[document.documentElement, document.querySelector('#main')].map((box) => box ? box.scrollWidth - box.clientWidth : 0))`,
          ),
        );
        expect([name, overflow <= 1]).toEqual([name, true]);
        await page.evaluate(axe);
        expect([name, await page.evaluate(seriousViolations)]).toEqual([name, []]);
      }
      expect(faults).toEqual([]);
    },
    240_000,
  );
});
