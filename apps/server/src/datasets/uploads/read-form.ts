import '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { problem, ProblemError } from '../../platform/http/problem.js';
import type { StoredObject } from '../../platform/storage/object-storage.port.js';
import type { UploadsService } from './uploads.service.js';

/** A form with one file, its bytes stored while they came in. */
export interface FileForm {
  readonly stored: StoredObject;
  readonly fileName: string;
  readonly name: string | undefined;
  readonly read: string | undefined;
}

const fieldBytes = 20_000;
/** RFC 2046 allows 70. */
const boundaryCharacters = 70;

/** Reads `file`, `name` and `read` of a multipart body in any order. The file goes straight to the storage. */
export async function readFileForm(request: FastifyRequest, uploads: UploadsService, signal: AbortSignal): Promise<FileForm> {
  if (!request.isMultipart()) throw problem('unsupported_media_type', { detail: 'Send multipart/form-data with a field "file".' });
  const boundary = /boundary="?([^";]+)/i.exec(request.headers['content-type'] ?? '')?.[1] ?? '';
  if (boundary.length === 0 || boundary.length > boundaryCharacters)
    throw problem('malformed_request', { detail: `The boundary of the form must have 1 to ${boundaryCharacters} characters.` });
  const fields = new Map<string, string>();
  let file: { stored: StoredObject; fileName: string } | undefined;
  try {
    // One byte more than is taken: the storage refuses it, and nothing is cut short in silence.
    const limits = { files: 1, fields: 8, fieldSize: fieldBytes, fileSize: uploads.limitBytes + 1, parts: 12, headerPairs: 32 };
    for await (const part of request.parts({ limits })) {
      if (part.type === 'file') {
        const { file: bytes, filename } = part;
        file = {
          stored: await uploads.store({ fileName: filename, bytes, truncated: () => bytes.truncated }, signal),
          fileName: filename || 'table',
        };
      } else if (typeof part.value === 'string') fields.set(part.fieldname, part.value);
    }
  } catch (error) {
    if (file) await uploads.drop(file.stored);
    if (error instanceof ProblemError) throw error;
    throw problem('malformed_request', { detail: 'The form is cut short or not valid multipart/form-data.', cause: error });
  }
  if (!file)
    throw problem('validation_failed', {
      errors: [{ pointer: '/file', code: 'required', message: 'is missing: send the table as a file' }],
    });
  return { ...file, name: fields.get('name'), read: fields.get('read') };
}
