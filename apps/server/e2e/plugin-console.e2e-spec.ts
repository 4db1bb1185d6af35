import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { chromium, type Browser, type Page } from 'playwright-core';
import { ApiClient, BuiltServer, repositoryRoot } from './built-server.js';

const onPath = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, 'chromium'));
const executable = [process.env['CRISOL_CHROMIUM'], ...onPath].find((file) => file !== undefined && existsSync(file));
const screenshots = join(repositoryRoot, 'test-results', 'screenshots');

/** A small notifier as somebody else would pack it; its second version reaches more hosts. */
const sourceOf = (greeting: string): string => `import { definePlugin, Logger } from '@crisol/plugin-api';
import { z } from 'zod';

export default definePlugin({
  id: 'notifier-herald',
  settings: z.strictObject({ town: z.string().min(1).default('Sevilla').meta({ title: 'Town' }) }),
  uses: { log: Logger },
  setup({ log, settings: { town } }) {
    log.info('${greeting} ' + town);
    return {
      notifiers: [
        {
          name: 'herald',
          title: 'Herald',
          target: z.strictObject({}),
          async send(message) {
            log.info('Cried out: ' + message.title);
            return { deliveredAt: new Date() };
          },
        },
      ],
      check: async () => ({ message: 'The herald stands in ' + town }),
    };
  },
});
`;
async function pack(folder: string, version: string, hosts: readonly string[], greeting: string): Promise<string> {
  const home = join(folder, version);
  await mkdir(home);
  const manifest = {
    name: 'crisol-plugin-herald',
    version,
    description: 'Cries out what happened',
    type: 'module',
    exports: './index.js',
    files: ['index.js', 'README.md'],
    peerDependencies: { '@crisol/plugin-api': '^1.0.0', zod: '^4.0.0' },
    crisol: { id: 'notifier-herald', kinds: ['notifier'], api: '^1.0', permissions: { hosts } },
  };
  await writeFile(join(home, 'package.json'), JSON.stringify(manifest));
  await writeFile(join(home, 'README.md'), '# Herald\n\nCries out what happened.\n');
  await writeFile(join(home, 'index.js'), sourceOf(greeting));
  await promisify(execFile)('npm', ['pack'], { cwd: home });
  const packed = (await readdir(home)).find((file) => file.endsWith('.tgz'));
  if (!packed) throw new Error(`npm pack made no tarball in ${home}`);
  return join(home, packed);
}

/** The life of a plugin from outside, all of it with the mouse: nothing here is done by the API but the channel that uses it. */
(executable ? describe : describe.skip)('a plugin in the console (needs chromium)', () => {
  let folder: string;
  let server: BuiltServer;
  let client: ApiClient;
  let browser: Browser;
  let page: Page;
  const faults: string[] = [];

  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
  const tab = (name: string) => page.getByRole('tab', { name });
  const dialog = () => page.getByRole('dialog');
  const shot = (name: string) => page.screenshot({ path: join(screenshots, `plugin-${name}.png`) });
  const choose = (file: string) => dialog().locator('input[type=file]').setInputFiles(file);
  const row = (permission: string) => dialog().getByRole('row', { name: permission });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'crisol-herald-'));
    await mkdir(screenshots, { recursive: true });
    server = await BuiltServer.start();
    client = await ApiClient.bootstrap(server);
    browser = await chromium.launch({ executablePath: executable ?? '', args: ['--no-sandbox', '--disable-gpu', '--no-first-run'] });
    page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' })).newPage();
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
    page.on('response', (response) => response.status() >= 500 && faults.push(`${response.status()} ${response.url()}`));
    await page.goto(`${server.url}/console/`);
    await page.getByLabel('User name').fill('ada');
    await page.getByLabel('Password').first().fill('tidal-quartz-lemon-42');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Plugins' }).first().click();
    await page.getByRole('heading', { level: 1, name: 'Plugins' }).waitFor();
  }, 120_000);

  afterAll(async () => {
    await browser.close();
    await server.remove();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  it('refuses what is no package, and says why', async () => {
    const file = join(folder, 'notes.tgz');
    await writeFile(file, 'shopping: bread, salt');
    await button('Install plugin').click();
    await choose(file);
    await dialog().getByText('not_a_tarball').first().waitFor();
    await shot('refused');
    expect(await dialog().getByRole('button', { name: 'Install and enable' }).count()).toBe(0);
    await dialog().getByRole('button', { name: 'Another one' }).click();
    await dialog().locator('input[type=file]').waitFor({ state: 'attached' });
  }, 60_000);

  it('shows the manifest and the permissions before anything runs, and installs once they were read', async () => {
    await choose(await pack(folder, '1.0.0', ['a.example'], 'Good morning'));
    await dialog().getByText('crisol-plugin-herald 1.0.0', { exact: true }).first().waitFor();
    await row('Network hosts').getByText('a.example', { exact: true }).first().waitFor();
    await shot('install');
    const install = dialog().getByRole('button', { name: 'Install and enable' });
    expect(await install.isDisabled()).toBe(true);
    expect(
      await dialog()
        .getByRole('radio', { name: /Isolated/ })
        .isChecked(),
    ).toBe(true);
    await dialog().getByLabel('I have read what it may do').check();
    await install.click();
    await page.getByRole('heading', { level: 1, name: 'notifier-herald' }).waitFor();
  }, 60_000);

  it('opens its page, active and isolated in every process', async () => {
    const header = page.locator('header').filter({ has: page.getByRole('heading', { level: 1 }) });
    await header.getByText('Active').first().waitFor();
    await header.getByText('1 of 1 applied').first().waitFor();
    await header.getByText('Isolated').first().waitFor();
    await page.getByText('Contained on this machine').first().waitFor();
    await shot('page');
  }, 60_000);

  it('saves its settings and tests it with them', async () => {
    await page.getByLabel('Town').fill('Cádiz');
    expect(await button('Test').isDisabled()).toBe(true);
    await button('Save changes').click();
    await page.getByText('1 of 1 applied').first().waitFor();
    await button('Test').click();
    await page.getByText('The herald stands in Cádiz').first().waitFor();
    await shot('tested');
  }, 60_000);

  it('shows its calls, its log and its history', async () => {
    await client.call('POST', 'channels', { name: 'square', notifier: 'herald', events: ['job.finished'], target: {} });
    const { data } = await client.call('GET', 'channels');
    await client.call('POST', `channels/${data[0].id}/test`);
    await tab('Log').click();
    await page.getByText('Good morning Cádiz').first().waitFor();
    await page
      .getByText(/^Cried out/)
      .first()
      .waitFor();
    await tab('History').click();
    await page.getByText('Settings changed').first().waitFor();
    await page.getByText('Installed', { exact: true }).first().waitFor();
    await shot('history');
    await tab('Health').click();
    await page.getByText('Calls over time').first().waitFor({ timeout: 40_000 });
    await shot('health');
  }, 90_000);

  it('asks again before an update that may do more', async () => {
    const second = await pack(folder, '1.1.0', ['a.example', 'b.example'], 'Good evening');
    await button('Actions').click();
    await page.getByRole('menuitem', { name: 'Update' }).click();
    await choose(second);
    await dialog().getByText('It may do more than the version that runs now.').first().waitFor();
    await row('Network hosts').getByText('+ b.example').first().waitFor();
    await shot('update');
    const update = dialog().getByRole('button', { name: 'Update', exact: true });
    expect(await update.isDisabled()).toBe(true);
    await dialog().getByLabel('I have read what it may do').check();
    await update.click();
    await dialog().waitFor({ state: 'hidden' });
    await tab('Log').click();
    await page.getByText('Good evening Cádiz').first().waitFor();
    await tab('Overview').click();
    await page.getByText('1.1.0', { exact: true }).first().waitFor();
    expect(await page.getByLabel('Town').inputValue()).toBe('Cádiz');
  }, 60_000);

  it('lists who uses it before it is disabled', async () => {
    await button('Disable').click();
    await dialog().getByText('square').first().waitFor();
    await shot('disable');
    await dialog().getByRole('button', { name: 'Disable', exact: true }).click();
    await page.locator('header').getByText('Disabled').first().waitFor();
    expect(await button('Test').isDisabled()).toBe(true);
    await button('Enable').click();
    await page.locator('header').getByText('Active').first().waitFor();
  }, 60_000);

  it('is uninstalled only on purpose, and is gone from the list', async () => {
    await button('Actions').click();
    await page.getByRole('menuitem', { name: 'Uninstall' }).click();
    const uninstall = dialog().getByRole('button', { name: 'Uninstall', exact: true });
    await dialog().getByLabel('Type notifier-herald to confirm').fill('notifier-herald');
    expect(await uninstall.isDisabled()).toBe(true);
    await dialog().getByLabel('Uninstall all the same; they stop working').check();
    await shot('uninstall');
    await uninstall.click();
    await page.getByRole('heading', { level: 1, name: 'Plugins' }).waitFor();
    await page.getByRole('link', { name: 'notifier-log' }).waitFor();
    await page.getByRole('link', { name: 'notifier-herald' }).waitFor({ state: 'detached' });
    expect(faults).toEqual([]);
  }, 60_000);
});
