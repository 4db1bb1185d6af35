import type { RunFields } from '@crisol/contracts';
import { attributeNames, metricField, readField } from './run-field';

/** Which columns a table of runs shows: their order, which are pinned, and how wide. */
export interface ColumnChoice {
  readonly fields: readonly string[];
  readonly pinned: readonly string[];
  readonly widths: Readonly<Record<string, number>>;
}

export const nameField = 'attributes.name';
const fixed = ['attributes.state', nameField] as const;
const mostMetrics = 6;
const mostParams = 6;

/** Without a choice: what tells runs apart. Metrics that most runs have, parameters that are not always the same. */
export function defaultColumns(fields: RunFields | undefined): ColumnChoice {
  const metrics = (fields?.metrics ?? [])
    .toSorted((a, b) => b.runs - a.runs)
    .slice(0, mostMetrics)
    .map((metric) => metricField(metric.name, 'last'));
  const params = (fields?.params ?? [])
    .filter((param) => param.distinct > 1)
    .toSorted((a, b) => b.runs - a.runs || a.distinct - b.distinct)
    .slice(0, mostParams)
    .map((param) => `params.${param.name}`);
  return {
    fields: [...fixed, 'attributes.startedAt', 'attributes.durationMs', ...metrics, ...params, 'attributes.user'],
    pinned: [...fixed],
    widths: {},
  };
}

/** `*` marks a pinned column and `:n` its width; a comma parts columns and is written as %2C inside a name. */
export function writeColumns(choice: ColumnChoice): string {
  return choice.fields
    .map((field) => {
      const name = field.replaceAll('%', '%25').replaceAll(',', '%2C').replaceAll(':', '%3A').replaceAll('*', '%2A');
      const width = choice.widths[field];
      return `${choice.pinned.includes(field) ? '*' : ''}${name}${width === undefined ? '' : `:${Math.round(width)}`}`;
    })
    .join(',');
}

export function readColumns(text: string): ColumnChoice | null {
  const fields: string[] = [];
  const pinned: string[] = [];
  const widths: Record<string, number> = {};
  for (const part of text.split(',')) {
    const [head = '', width] = part.split(':');
    const star = head.startsWith('*');
    const field = decode(star ? head.slice(1) : head);
    if (!readField(field) || fields.includes(field)) continue;
    fields.push(field);
    if (star) pinned.push(field);
    if (width && Number(width) >= 40) widths[field] = Math.min(1200, Number(width));
  }
  if (fields.length === 0) return null;
  return { fields: fields.includes(nameField) ? fields : [nameField, ...fields], pinned, widths };
}
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export interface FieldOffer {
  readonly field: string;
  readonly group: 'metrics' | 'params' | 'tags' | 'attributes';
  readonly name: string;
  readonly runs: number | null;
  /** Runs are not all alike in it, as far as the server's counts tell. */
  readonly differs: boolean;
}
/** All columns that there are to choose from. */
export function offersOf(fields: RunFields | undefined): FieldOffer[] {
  return [
    ...(fields?.metrics ?? []).map((metric): FieldOffer => ({
      field: metricField(metric.name, 'last'),
      group: 'metrics',
      name: metric.name,
      runs: metric.runs,
      differs: metric.min !== metric.max || metric.runs < (fields?.runs ?? 0),
    })),
    ...(fields?.params ?? []).map((param): FieldOffer => ({
      field: `params.${param.name}`,
      group: 'params',
      name: param.name,
      runs: param.runs,
      differs: param.distinct > 1 || param.runs < (fields?.runs ?? 0),
    })),
    ...(fields?.tags ?? []).map((tag): FieldOffer => ({
      field: `tags.${tag.name}`,
      group: 'tags',
      name: tag.name,
      runs: tag.runs,
      differs: tag.values.length > 1 || tag.runs < (fields?.runs ?? 0),
    })),
    ...attributeNames.map((name): FieldOffer => ({ field: `attributes.${name}`, group: 'attributes', name, runs: null, differs: true })),
  ];
}

export function withColumn(choice: ColumnChoice, field: string, shown: boolean): ColumnChoice {
  if (!shown)
    return {
      ...choice,
      fields: choice.fields.filter((other) => other !== field),
      pinned: choice.pinned.filter((other) => other !== field),
    };
  return choice.fields.includes(field) ? choice : { ...choice, fields: [...choice.fields, field] };
}
export function withPin(choice: ColumnChoice, field: string, pinned: boolean): ColumnChoice {
  return {
    ...choice,
    pinned: pinned ? [...choice.pinned.filter((other) => other !== field), field] : choice.pinned.filter((other) => other !== field),
  };
}
export function moved(choice: ColumnChoice, field: string, before: string): ColumnChoice {
  if (field === before) return choice;
  const others = choice.fields.filter((other) => other !== field);
  const place = others.indexOf(before);
  return place < 0 ? choice : { ...choice, fields: others.toSpliced(place, 0, field) };
}
/** Another aggregate of a metric takes the place of the one before. */
export function withAggregate(choice: ColumnChoice, field: string, of: 'last' | 'min' | 'max'): ColumnChoice {
  const read = readField(field);
  if (read?.kind !== 'metric') return choice;
  const other = metricField(read.name, of);
  const swap = (name: string): string => (name === field ? other : name);
  const { [field]: width, ...widths } = choice.widths;
  return {
    fields: [...new Set(choice.fields.map(swap))],
    pinned: [...new Set(choice.pinned.map(swap))],
    widths: width === undefined ? widths : { ...widths, [other]: width },
  };
}
