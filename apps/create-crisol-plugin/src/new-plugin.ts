import { z } from 'zod';

export const kinds = ['model-type', 'feature-store', 'validator', 'notifier'] as const;
export const Kind = z.enum(kinds);
export type Kind = z.infer<typeof Kind>;

/** What a new plugin is called, in all the forms that its files need. */
export interface NewPlugin {
  readonly kind: Kind;
  /** Kebab-case, without the kind, such as `shop-chat`. */
  readonly name: string;
  /** Id of the manifest and folder, such as `notifier-shop-chat`. */
  readonly id: string;
  readonly packageName: string;
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** @returns the plugin, or a sentence that says what would be right */
export function newPlugin(kind: string, given: string): NewPlugin | string {
  const parsed = Kind.safeParse(kind);
  if (!parsed.success) return `--kind is one of ${kinds.join(', ')}, not "${kind}".`;
  const name = given.startsWith(`${parsed.data}-`) ? given.slice(parsed.data.length + 1) : given;
  const id = `${parsed.data}-${name}`;
  if (!NAME.test(name) || id.length > 64) return `--name is kebab-case, such as shop-chat, and short; not "${given}".`;
  return { kind: parsed.data, name, id, packageName: `crisol-${id}` };
}

/** The texts that stand for placeholders of the templates. */
export function replacements({ kind, name, id, packageName }: NewPlugin, year: number): ReadonlyMap<string, string> {
  const words = name.split('-');
  const camel = words.map((word, i) => (i === 0 ? word : capital(word))).join('');
  return new Map([
    ['__KIND__', kind],
    ['__NAME__', name],
    ['__ID__', id],
    ['__PACKAGE__', packageName],
    ['__CAMEL__', camel],
    ['__SNAKE__', words.join('_')],
    ['__TITLE__', capital(words.join(' '))],
    ['__YEAR__', String(year)],
    ['__WHAT__', what[kind]],
  ]);
}

const capital = (word: string): string => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
const what: Readonly<Record<Kind, string>> = {
  'model-type':
    'a kind of model that can be trained. It starts as a baseline that answers with the trimmed mean, in an ONNX graph of its own making.',
  'feature-store':
    'a store of features, the newest values and their history. It starts as one that keeps its rows in the storage of the plugin.',
  validator: 'checks of tables and of model versions. It starts with one of each: the least value of a column, and of a metric.',
  notifier: 'a channel that tells people. It starts with a POST of a text from a template.',
};
