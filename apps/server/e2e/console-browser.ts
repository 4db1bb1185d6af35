import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { repositoryRoot } from './built-server.js';

const onPath = (process.env['PATH'] ?? '').split(':').map((folder) => join(folder, 'chromium'));
const executable = [process.env['CRISOL_CHROMIUM'], ...onPath].find((file) => file !== undefined && existsSync(file));
export const hasChromium = executable !== undefined;
export const screenshots = join(repositoryRoot, 'test-results', 'screenshots');
/** Four looks that every page must stand: scheme of colours, width and height. */
export const looks = [
  ['light', 1280, 720],
  ['dark', 1280, 720],
  ['light', 390, 844],
  ['dark', 390, 844],
] as const;

/** What axe finds serious or critical on the page, as rule and place. */
const seriousViolations = `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
  violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ target, failureSummary }) => id + ' at ' + target.join(' ') + ': ' + failureSummary)))`;

/** A real browser on the console of a server. What goes wrong inside gathers in `faults`. */
export class ConsoleBrowser {
  readonly faults: string[] = [];
  private constructor(
    private readonly browser: Browser,
    private readonly url: string,
    private readonly axe: string,
  ) {}

  static async open(url: string): Promise<ConsoleBrowser> {
    const axe = await readFile(join(repositoryRoot, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8');
    await mkdir(screenshots, { recursive: true });
    const args = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update'];
    return new ConsoleBrowser(await chromium.launch({ executablePath: executable ?? '', args }), url, axe);
  }

  /** A signed-in page of a browser of its own. */
  async signIn(username: string, password: string): Promise<Page> {
    const context: BrowserContext = await this.browser.newContext({
      viewport: { width: 1280, height: 720 },
      locale: 'en-GB',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const page = await context.newPage();
    this.watch(page);
    await page.goto(this.address('/'));
    await page.getByLabel('User name').fill(username);
    await page.getByLabel('Password').first().fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: 'Experiments' }).first().waitFor();
    return page;
  }

  address(path: string): string {
    return `${this.url}/console${path}`;
  }

  watch(page: Page): void {
    page.setDefaultTimeout(20_000);
    page.on('pageerror', (error) => this.faults.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      // A refused filter is an answer of 400, which the browser writes down by itself.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
        this.faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on('response', (response) => response.status() >= 500 && this.faults.push(`${response.status()} ${response.url()}`));
  }

  /** Keeps a picture of the page as it stands; what is too wide for it or shuts somebody out. */
  async look(page: Page, name: string): Promise<string[]> {
    await page.screenshot({ path: join(screenshots, `${name}.png`) });
    const overflow = Number(
      await page.evaluate(
        `Math.max(...[document.documentElement, document.querySelector('#main')].map((box) => box ? box.scrollWidth - box.clientWidth : 0))`,
      ),
    );
    await page.evaluate(this.axe);
    const found: unknown = await page.evaluate(seriousViolations);
    const violations = Array.isArray(found) ? found.map(String) : [];
    return [...(overflow > 1 ? [`${overflow} px too wide`] : []), ...violations].map((fault) => `${name}: ${fault}`);
  }

  async close(): Promise<void> {
    await this.browser.close();
  }
}
