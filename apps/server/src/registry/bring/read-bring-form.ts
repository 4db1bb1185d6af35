import '@fastify/multipart';
import { BroughtSignature, JsonObject, ModelBringInput } from '@crisol/contracts';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { problem, ProblemError } from '../../platform/http/problem.js';
import { hasCode } from '../../platform/plugins/has-code.js';
import { toIssues } from '../../platform/http/validation.pipe.js';
import type { StoredObject } from '../../platform/storage/object-storage.port.js';

export interface StoredFile {
  readonly name: string;
  readonly stored: StoredObject;
}
/** A model as it came by form; its bytes are stored while they come in. */
export interface BringForm {
  readonly files: readonly StoredFile[];
  readonly samples: StoredFile | null;
  readonly rest: Omit<ModelBringInput, 'model' | 'files' | 'samples'>;
}
export interface IncomingPart {
  readonly name: string;
  readonly bytes: NodeJS.ReadableStream & { readonly truncated: boolean };
  readonly limitBytes: number;
}

const mostFiles = 16;
const largestModelBytes = 2 * 1024 ** 3;
const largestSamplesBytes = 32 * 1024 ** 2;
const fieldBytes = 4 * 1024 ** 2;
const known = ['modelType', 'params', 'signature', 'labels', 'description', 'alias', 'tags'] as const;
const jsonFields: ReadonlySet<string> = new Set(['params', 'signature', 'labels', 'tags']);
const Fields = ModelBringInput.omit({ model: true, files: true, samples: true }).extend({
  params: JsonObject.default({}),
  labels: BroughtSignature.shape.labels,
});

/**
 * Reads `file` (one or more), `samples` (a file or a field), and the fields `modelType`, `params`, `signature`, `labels`,
 * `description`, `alias`, `tags` of a multipart body in any order. On a fault nothing stays stored.
 */
export async function readBringForm(
  request: FastifyRequest,
  store: (part: IncomingPart) => Promise<StoredObject>,
  drop: (stored: StoredObject) => Promise<void>,
): Promise<BringForm> {
  const files: StoredFile[] = [];
  let samples: StoredFile | null = null;
  const fields = new Map<string, string>();
  try {
    // One byte more than is taken: the storage refuses it, and nothing is cut short in silence.
    const limits = { files: mostFiles + 1, fields: 16, fieldSize: fieldBytes, fileSize: largestModelBytes + 1, parts: 40, headerPairs: 32 };
    for await (const part of request.parts({ limits })) {
      if (part.type === 'field') {
        if (typeof part.value === 'string') fields.set(part.fieldname, part.value);
        continue;
      }
      const isSamples = part.fieldname === 'samples';
      if (!isSamples && part.fieldname !== 'file')
        throw invalid(`/${part.fieldname}`, 'unknown_field', 'a file comes as "file" or "samples"');
      if (isSamples && samples) throw invalid('/samples', 'duplicate', 'is there twice');
      const name = part.filename.replace(/^.*[\\/]/, '').slice(0, 255) || (isSamples ? 'samples' : 'model.onnx');
      const limitBytes = isSamples ? largestSamplesBytes : largestModelBytes;
      const kept = { name, stored: await store({ name, bytes: part.file, limitBytes }) };
      if (isSamples) samples = kept;
      else files.push(kept);
    }
    if (files.length === 0) throw invalid('/file', 'required', 'is missing: send the model as a file');
    if (new Set(files.map(({ name }) => name)).size !== files.length) throw invalid('/file', 'duplicate', 'has two files of one name');
    return { files, samples, rest: readFields(fields) };
  } catch (error) {
    for (const { stored } of [...files, ...(samples ? [samples] : [])]) await drop(stored);
    if (error instanceof ProblemError) throw error;
    if (hasCode(error, 'FST_FILES_LIMIT')) throw invalid('/file', 'too_big', `at most ${mostFiles} files make a model`);
    throw problem('malformed_request', { detail: 'The form is cut short or not valid multipart/form-data.', cause: error });
  }
}

function readFields(fields: ReadonlyMap<string, string>): BringForm['rest'] {
  const unknown = [...fields.keys()].find((name) => !known.some((one) => one === name));
  if (unknown !== undefined) throw invalid(`/${unknown}`, 'unknown_field', `there is no such field; there are ${known.join(', ')}`);
  const values = Object.fromEntries([...fields].filter(([, text]) => text !== '').map(([name, text]) => [name, readField(name, text)]));
  const parsed = Fields.safeParse(values);
  if (!parsed.success) throw problem('validation_failed', { errors: parsed.error.issues.flatMap(toIssues).slice(0, 100) });
  const { labels, ...rest } = parsed.data;
  return labels ? { ...rest, signature: { ...rest.signature, labels } } : rest;
}

function readField(name: string, text: string): unknown {
  if (!jsonFields.has(name)) return text;
  // Labels may also come as a plain list.
  if (name === 'labels' && !text.trimStart().startsWith('[')) return text.split(',').map((label) => label.trim());
  try {
    return z.json().parse(JSON.parse(text));
  } catch (error) {
    throw problem('validation_failed', { errors: [{ pointer: `/${name}`, code: 'invalid_json', message: 'must be JSON' }], cause: error });
  }
}

function invalid(pointer: string, code: string, message: string): Error {
  return problem('validation_failed', { errors: [{ pointer, code, message }] });
}
