import { agedValue, PluginError, type FeatureValue, type FeatureViewInfo } from '@crisol/plugin-api';

type FeatureType = FeatureViewInfo['features'][number]['type'];

/** How Feast writes a timestamp that is missing: the least 64-bit integer, which JSON rounds. */
const NO_TIME = -9_223_372_036_854_775_000;

/** A cell of Feast's answer as this platform says it. Feast calls a null `PRESENT` and applies no age, so both are done here. */
export function featureValue(
  view: FeatureViewInfo,
  feature: string,
  cell: { readonly value: unknown; readonly status: string; readonly eventTimestamp: string },
  now: number,
): FeatureValue {
  if (cell.status === 'NOT_FOUND' || cell.status === 'INVALID') return agedValue(view, undefined, now);
  const at = Date.parse(cell.eventTimestamp);
  if (cell.status === 'OUTSIDE_MAX_AGE') return { value: null, status: 'outside_max_age', eventTime: at };
  const type = view.features.find(({ name }) => name === feature)?.type ?? 'text';
  const value = cell.status === 'NULL_VALUE' ? null : fromFeast(cell.value, type);
  if (value === undefined) {
    const given = Array.isArray(cell.value) ? 'a list' : `a ${typeof cell.value}`;
    throw new PluginError('rejected', `Feast gives ${given} for ${view.name}:${feature}, the settings say ${type}. Correct the settings.`);
  }
  return agedValue(view, { value, at }, now);
}

/** Undefined when the value is not of the type. */
function fromFeast(value: unknown, type: FeatureType): FeatureValue['value'] | undefined {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'number':
    case 'integer':
      return number(value);
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'text':
      return typeof value === 'string' ? value : undefined;
    case 'timestamp':
      return time(value);
  }
}

/** 64-bit integers may be texts, and what is not finite always is. */
function number(value: unknown): number | null | undefined {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return null;
  const read = typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  return Number.isFinite(read) ? read : undefined;
}

function time(value: unknown): string | null | undefined {
  const seconds = number(value);
  if (typeof seconds === 'number') return seconds <= NO_TIME ? null : new Date(seconds * 1000).toISOString();
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

/** A value as Feast takes it in a frame: times in whole seconds. */
export function toFeast(value: FeatureValue['value'], type: FeatureType): FeatureValue['value'] {
  return type === 'timestamp' && typeof value === 'string' ? Math.floor(Date.parse(value) / 1000) : value;
}
