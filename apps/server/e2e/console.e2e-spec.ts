import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
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
  ['models', '/models'],
  ['model', '/models/penguins'],
  ['endpoints', '/endpoints'],
  ['endpoint', '/endpoints/penguins'],
  ['keys', '/keys'],
  ['plugins', '/plugins'],
  ['channels', '/channels'],
  ['jobs', '/jobs'],
  ['settings', '/settings'],
];

/** From the sign-in link to a prediction with the mouse and the keyboard, in a real browser. */
(executable ? describe : describe.skip)('the console (needs chromium)', () => {
  let server: BuiltServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const faults: string[] = [];

  beforeAll(async () => {
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
        await page.getByRole('heading', { level: 1 }).first().waitFor();
        await page.waitForLoadState('load');
        await page.screenshot({ path: join(screenshots, `${name}-${theme}-${width}.png`) });
        const overflow = Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'));
        expect([name, overflow <= 1]).toEqual([name, true]);
      }
      expect(faults).toEqual([]);
    },
    120_000,
  );
});
