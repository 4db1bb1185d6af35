import { currentLocale } from './messages';

type Loose = number | string | null | undefined;

function tag(): string {
  const language = currentLocale.value;
  return navigator.languages.find((candidate) => candidate.toLowerCase().startsWith(language)) ?? language;
}
// Making a formatter costs a hundred times what formatting does, and a table formats thousands of cells.
const made = new Map<string, unknown>();
function once<Formatter>(kind: string, options: object, make: (language: string) => Formatter): Formatter {
  const language = tag();
  const key = `${kind} ${language} ${JSON.stringify(options)}`;
  const known = made.get(key);
  // The key names the kind, so what stands there is what `make` of that kind made.
  if (known !== undefined) return known as Formatter;
  const formatter = make(language);
  made.set(key, formatter);
  return formatter;
}
function finite(value: Loose): number | string {
  if (value === null || value === undefined) return '—';
  return typeof value === 'number' ? (Number.isFinite(value) ? value : String(value)) : value;
}
function number(value: Loose, options: Intl.NumberFormatOptions): string {
  const checked = finite(value);
  return typeof checked === 'string'
    ? checked
    : once('number', options, (language) => new Intl.NumberFormat(language, options)).format(checked);
}

/** A metric: four significant digits. */
export const metric = (value: Loose): string => number(value, { maximumSignificantDigits: 4 });
export const count = (value: Loose): string => number(value, { maximumFractionDigits: 0 });
export const compact = (value: Loose): string => number(value, { notation: 'compact', maximumFractionDigits: 1 });
export const decimal = (value: Loose): string => number(value, { maximumFractionDigits: 3 });
/** A share of 0 to 1. */
export const percent = (share: Loose): string => number(share, { style: 'percent', maximumFractionDigits: 1 });

export function latency(ms: Loose): string {
  const checked = finite(ms);
  if (typeof checked === 'string') return checked;
  if (checked >= 1000) return duration(checked);
  return `${number(checked, { maximumSignificantDigits: checked < 1 ? 2 : 3 })} ms`;
}

export function duration(ms: Loose): string {
  const checked = finite(ms);
  if (typeof checked === 'string') return checked;
  const seconds = Math.max(0, checked) / 1000;
  if (seconds < 60) return `${number(seconds, { maximumFractionDigits: seconds < 10 ? 1 : 0 })}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${Math.floor(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** A length of time in one unit, in words: 2 hours. */
export const span = (amount: number, unit: 'minute' | 'hour' | 'day'): string =>
  number(amount, { style: 'unit', unit, unitDisplay: 'long', maximumFractionDigits: 0 });

export function bytes(value: Loose): string {
  const checked = finite(value);
  if (typeof checked === 'string') return checked;
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = checked;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${number(size, { maximumFractionDigits: unit === 0 || size >= 100 ? 0 : 1 })} ${units[unit]}`;
}

export function relativeTime(at: string | null | undefined, now: number): string {
  if (!at) return '—';
  const seconds = (new Date(at).getTime() - now) / 1000;
  const steps: [Intl.RelativeTimeFormatUnit, number][] = [
    ['second', 60],
    ['minute', 60],
    ['hour', 24],
    ['day', 30],
    ['month', 12],
    ['year', Infinity],
  ];
  let amount = Math.abs(seconds) < 5 ? 0 : seconds;
  for (const [unit, size] of steps) {
    if (Math.abs(Math.round(amount)) < size)
      return once('relative', {}, (language) => new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' })).format(
        Math.round(amount),
        unit,
      );
    amount /= size;
  }
  return dateTime(at);
}

const full = {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  timeZoneName: 'short',
} as const;
const clock = { hour: '2-digit', minute: '2-digit' } as const;
/** Local date and time with its zone. */
export function dateTime(at: string | null | undefined): string {
  if (!at) return '—';
  return once('date', full, (language) => new Intl.DateTimeFormat(language, full)).format(new Date(at));
}
export const timeOfDay = (at: number): string =>
  once('date', clock, (language) => new Intl.DateTimeFormat(language, clock)).format(new Date(at));
export const list = (items: readonly string[], type: 'conjunction' | 'disjunction' = 'conjunction'): string =>
  new Intl.ListFormat(tag(), { type }).format(items);
export const utc = (at: string): string => `${new Date(at).toISOString().replace('T', ' ').slice(0, 19)} UTC`;
