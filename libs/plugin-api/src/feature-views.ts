import type { EntityKeys, FeatureRow, FeatureValue, FeatureViewInfo } from './feature-store.js';
import { PluginError } from './plugin-error.js';

/** A feature that was asked for by name, with its view. @public @since 1.1 */
export interface ResolvedFeature {
  readonly view: FeatureViewInfo;
  /** Name inside the view. */
  readonly feature: string;
}

const NAME = /^[^\s/:@%\\\p{Cc}]{1,128}$/u;
const MOST_NAMES = 30;

/**
 * Finds `view:feature` names among the views of a store.
 * @throws PluginError `invalid_input` with the names that exist, for the first one that does not
 * @example resolveFeatures(views, ['driver:trips'])[0]?.view.name // 'driver'
 * @public
 * @since 1.1
 */
export function resolveFeatures(views: readonly FeatureViewInfo[], features: readonly string[]): ResolvedFeature[] {
  return features.map((asked) => {
    const at = asked.indexOf(':');
    if (at < 1) throw new PluginError('invalid_input', `${asked} is no feature; one is named view:feature, such as driver:trips.`);
    const view = findView(views, asked.slice(0, at));
    const feature = asked.slice(at + 1);
    if (!view.features.some(({ name }) => name === feature)) {
      const known = list(view.features.map(({ name }) => name));
      throw new PluginError('invalid_input', `The view ${view.name} has no feature ${feature}; it has ${known}.`);
    }
    return { view, feature };
  });
}

/**
 * Finds a view by its name.
 * @throws PluginError `invalid_input` with the names that exist
 * @public
 * @since 1.1
 */
export function findView<View extends FeatureViewInfo>(views: readonly View[], name: string): View {
  const view = views.find((one) => one.name === name);
  if (view) return view;
  const known = views.length > 0 ? `There are: ${list(views.map((one) => one.name))}.` : 'There is no view yet.';
  throw new PluginError('invalid_input', `There is no view ${name}. ${known}`);
}

/**
 * One text for the entity that a row means in a view; the same for `1001` and `"1001"`, since callers get their keys from JSON,
 * forms and CSV alike. Keys of other views in the row are left aside.
 * @throws PluginError `invalid_input` when a key of the view is missing
 * @example entityKey(driver, { driver_id: 1001 }) // '["1001"]'
 * @public
 * @since 1.1
 */
export function entityKey(view: FeatureViewInfo, keys: EntityKeys): string {
  return JSON.stringify(
    view.entities.map((entity) => {
      const key = keys[entity];
      if (typeof key === 'string' || Number.isFinite(key)) return String(key);
      throw new PluginError('invalid_input', `The view ${view.name} needs the key ${entity}, a text or a number; a row has none.`);
    }),
  );
}

/**
 * Checks a view before it is kept: names that fit, at least one entity and one feature, none twice, and the entities of the
 * former view of that name, under which its values lie.
 * @throws PluginError `invalid_input`
 * @public
 * @since 1.1
 */
export function checkView(view: FeatureViewInfo, former?: FeatureViewInfo): void {
  const names = [...view.entities, ...view.features.map(({ name }) => name)];
  const odd = [view.name, ...names].find((name) => !NAME.test(name));
  if (odd !== undefined)
    throw new PluginError('invalid_input', `"${odd}" is no name: 1 to 128 characters, none of them white space or one of / : @ % \\.`);
  if (view.entities.length === 0 || view.features.length === 0)
    throw new PluginError('invalid_input', `The view ${view.name} needs at least one entity and one feature.`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new PluginError('invalid_input', `The view ${view.name} has the name ${twice} twice.`);
  if (typeof view.maxAgeSeconds === 'number' && !(view.maxAgeSeconds > 0))
    throw new PluginError('invalid_input', `The age of the view ${view.name} must be more than 0 seconds.`);
  if (former && JSON.stringify(former.entities) !== JSON.stringify(view.entities)) {
    const entities = former.entities.join(', ');
    throw new PluginError('invalid_input', `The view ${view.name} has the entities ${entities}; they stay. Make another view instead.`);
  }
}

const fits: Readonly<Record<FeatureViewInfo['features'][number]['type'], (value: unknown) => boolean>> = {
  number: Number.isFinite,
  integer: Number.isSafeInteger,
  boolean: (value) => typeof value === 'boolean',
  text: (value) => typeof value === 'string',
  timestamp: (value) => typeof value === 'string' && !Number.isNaN(Date.parse(value)),
};

/**
 * Checks a row before it is written: the keys of the view, a time, and values of its features and their types; null fits each.
 * @param index - position of the row, for the words
 * @throws PluginError `invalid_input`
 * @public
 * @since 1.1
 */
export function checkFeatureRow(view: FeatureViewInfo, row: FeatureRow, index: number): void {
  entityKey(view, row.keys);
  if (!Number.isSafeInteger(row.at)) throw new PluginError('invalid_input', `Row ${index}: the time is no whole number of milliseconds.`);
  for (const [name, value] of Object.entries(row.values)) {
    const feature = view.features.find((one) => one.name === name);
    if (!feature) {
      const known = list(view.features.map((one) => one.name));
      throw new PluginError('invalid_input', `Row ${index}: the view ${view.name} has no feature ${name}; it has ${known}.`);
    }
    if (value !== null && !fits[feature.type](value))
      throw new PluginError('invalid_input', `Row ${index}: ${name} must be of the type ${feature.type} or null.`);
  }
}

/**
 * What to answer for a value that a store found, or did not find.
 * @param now - milliseconds since 1970-01-01 UTC at which the age counts: now, or the time of the row of a point-in-time read
 * @public
 * @since 1.1
 */
export function agedValue(
  view: FeatureViewInfo,
  found: { readonly value: FeatureValue['value']; readonly at: number } | undefined,
  now: number,
): FeatureValue {
  if (!found) return { value: null, status: 'not_found', eventTime: null };
  const { value, at } = found;
  const maxAge = view.maxAgeSeconds ?? null;
  if (maxAge !== null && now - at > maxAge * 1000) return { value: null, status: 'outside_max_age', eventTime: at };
  return { value, status: value === null ? 'null_value' : 'present', eventTime: at };
}

function list(names: readonly string[]): string {
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : '';
  return `${names.slice(0, MOST_NAMES).join(', ')}${more}`;
}
