import { parse } from 'yaml';
import { z } from 'zod';

/** Longer ones are not read: nothing of a real model comes near. */
export const mlmodelLimitBytes = 256 * 1024;

/** Keys and nesting far beyond any real model, on which a parser of YAML would spend seconds of the API's thread. */
const mostKeys = 1000;
const mostMarks = 100;
const nested = /(?:[[{?-]\s*){50}/;

const Text = z.string().max(mlmodelLimitBytes);
const Flavor = z.record(z.string(), z.unknown());
const File = z.object({
  flavors: z.record(z.string().max(100), z.union([Flavor, z.null()])).default({}),
  signature: z.object({ inputs: Text.nullish(), outputs: Text.nullish() }).nullish(),
});
const Column = z.object({
  name: z.string().max(500).optional(),
  type: z.string(),
  required: z.boolean().optional(),
  'tensor-spec': z.object({ dtype: z.string(), shape: z.array(z.number()) }).optional(),
});

/** A named input column, as far as MLflow's signature says it. */
export interface MlmodelColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
}
/** What the file `MLmodel` of a logged model says. */
export interface Mlmodel {
  /** `python_function` last: it stands for whatever the others are. */
  readonly flavors: readonly string[];
  /** Path of the graph in an ONNX flavour, relative to the model's folder. */
  readonly onnxPath: string | null;
  /** Null when it has none, or when its columns have no names. */
  readonly inputs: readonly MlmodelColumn[] | null;
}

/** The parser's time grows with the square of the anchors. */
const anchorsAndDirectives = /(?<![^\s[{,:-])&\S|^%/gm;

/**
 * Reads an `MLmodel` file. Aliases of YAML are not expanded beyond a few, and nothing in it becomes anything but plain data.
 * Undefined for what is none.
 */
export function readMlmodel(text: string): Mlmodel | undefined {
  if (text.length > mlmodelLimitBytes || nested.test(text)) return undefined;
  if (count(text, /^[ \t]*[\w"'.-]+:/gm) > mostKeys || count(text, anchorsAndDirectives) > mostMarks) return undefined;
  let file: z.infer<typeof File>;
  try {
    file = File.parse(parse(text, { maxAliasCount: 20, merge: false, logLevel: 'silent', uniqueKeys: false }));
  } catch {
    return undefined;
  }
  const names = Object.keys(file.flavors).slice(0, 50);
  const path = file.flavors['onnx']?.['data'];
  return {
    flavors: [...names.filter((name) => name !== 'python_function'), ...names.filter((name) => name === 'python_function')],
    onnxPath: typeof path === 'string' && path.length < 1000 ? path : null,
    inputs: columnsOf(file.signature?.inputs),
  };
}

const count = (text: string, what: RegExp): number => text.match(what)?.length ?? 0;

function columnsOf(text: string | null | undefined): MlmodelColumn[] | null {
  if (text == null) return null;
  try {
    const columns = z.array(Column).max(10_000).parse(JSON.parse(text));
    const named = columns.flatMap(({ name, type, required }) =>
      name === undefined || type === 'tensor' ? [] : [{ name, type, nullable: required === false }],
    );
    return named.length > 0 && named.length === columns.length ? named : null;
  } catch {
    return null;
  }
}
