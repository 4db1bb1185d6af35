import type { Plugin, Provided } from '@crisol/plugin-api';
import { fakesById, makeFakes, type Fakes } from './fakes/fake-refs.js';

/** A plugin running on fakes. @public @since 1.0 */
export interface PluginHarness {
  readonly provided: Provided;
  readonly fakes: Fakes;
}
/** How to run it. @public @since 1.1 */
export interface HarnessOptions {
  readonly settings?: unknown;
  readonly fakes?: Fakes;
  /** What stands for a ref instead of its fake, by the id of the ref, such as a real database. */
  readonly refs?: Readonly<Record<string, unknown>>;
}

/**
 * Runs a plugin without the server: parses the settings by its schema and gives it a fake of every ref that it uses.
 * @throws ZodError when the settings do not fit
 * @example const { provided, fakes } = createPluginHarness(plugin); fakes.http.answer = { status: 503 };
 * @public
 * @since 1.0
 */
export function createPluginHarness(plugin: Plugin, options: HarnessOptions = {}): PluginHarness {
  const fakes = options.fakes ?? makeFakes();
  const known = new Map([...fakesById(fakes), ...Object.entries(options.refs ?? {})]);
  const refs = Object.entries(plugin.uses).map(([name, ref]) => {
    if (!known.has(ref.id)) throw new TypeError(`No fake stands for ${ref.id}, which the plugin uses as ${name}.`);
    return [name, known.get(ref.id)];
  });
  const settings = plugin.settings.parse(options.settings ?? {});
  return { provided: plugin.setup({ ...Object.fromEntries(refs), settings }), fakes };
}
