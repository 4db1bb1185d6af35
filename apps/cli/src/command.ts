import type { Crisol } from '@crisol/client';
import type { ParseArgsConfig } from 'node:util';
import { UsageError } from './exit-codes.js';
import type { Output, Sink } from './output.js';

/** The world around a run; a test gives its own. */
export interface World {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly signal: AbortSignal;
  readonly readStdin: () => Promise<string>;
  /** Asks a person at the terminal; undefined when there is none. */
  readonly ask?: (question: string) => Promise<string>;
  readonly fetch?: typeof globalThis.fetch;
}

export type OptionValues = Readonly<Record<string, string | boolean | readonly (string | boolean)[] | undefined>>;

/** What a command gets. */
export interface Run {
  readonly world: World;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Asks for a key the first time. */
  readonly crisol: () => Crisol;
  /** Where the server is, or should be. */
  readonly url: string;
  readonly arguments: readonly string[];
  readonly values: OptionValues;
}

export interface Command {
  /** One or two words. */
  readonly name: string;
  /** What follows the name. */
  readonly synopsis: string;
  readonly summary: string;
  /** Lines of `--help`. */
  readonly help?: readonly string[];
  readonly options?: NonNullable<ParseArgsConfig['options']>;
  /** How many arguments it takes. */
  readonly takes: 0 | 1 | 2;
  /** Whether the last one may be left out. */
  readonly lastIsOptional?: boolean;
  /** A result code other than 0 is thrown as ExitError. */
  readonly run: (run: Run) => Promise<void>;
}

export function textOption(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function requiredOption(values: OptionValues, name: string): string {
  const value = textOption(values, name);
  if (value === undefined || value === '') throw new UsageError(`--${name} is missing.`);
  return value;
}

export function listOption(values: OptionValues, name: string): string[] {
  const value = values[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** Seconds as a signal that ends the command with 124. */
export function withTimeout(signal: AbortSignal, seconds: string | undefined): AbortSignal {
  if (seconds === undefined) return signal;
  const value = Number(seconds);
  if (!(value > 0) || value > 2_000_000) throw new UsageError(`--timeout takes seconds, not ${seconds}.`);
  return AbortSignal.any([signal, AbortSignal.timeout(value * 1000)]);
}

export function firstArgument(run: Run): string {
  const [first] = run.arguments;
  if (first === undefined) throw new UsageError('An argument is missing.');
  return first;
}

/** Up to 200 items of a list. */
export async function firstItems<Item>(list: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of list) {
    items.push(item);
    if (items.length === 200) break;
  }
  return items;
}
