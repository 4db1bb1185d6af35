import type { Job, ReadOptions, Upload } from '@crisol/contracts';
import { api, call, changeHeaders, newIdempotencyKey, path, url } from '../../shared/api/http';
import { ProblemError, unreachable } from '../../shared/api/problem-error';

/** Above this a file goes up in parts that survive a lost connection. */
export const resumableFromBytes = 100 * 1024 * 1024;
export interface UploadRequest {
  readonly name: string;
  readonly file: File;
  readonly read: ReadOptions;
}
type OnProgress = (ratio: number) => void;

export const uploadFile = (request: UploadRequest, onProgress: OnProgress, signal: AbortSignal): Promise<Job> =>
  request.file.size > resumableFromBytes ? uploadInParts(request, onProgress, signal) : uploadAtOnce(request, onProgress, signal);

/** `fetch` reports no upload progress, so this one call uses XMLHttpRequest. */
function uploadAtOnce({ name, file, read }: UploadRequest, onProgress: OnProgress, signal: AbortSignal): Promise<Job> {
  const form = new FormData();
  form.set('name', name);
  form.set('read', JSON.stringify(read));
  form.set('file', file);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', url('/datasets'));
    request.responseType = 'json';
    for (const [header, value] of Object.entries({ ...changeHeaders(), 'Idempotency-Key': newIdempotencyKey() }))
      request.setRequestHeader(header, value);
    request.upload.onprogress = (event) => onProgress(event.total ? event.loaded / event.total : 0);
    request.onload = () => (request.status < 300 ? resolve(request.response) : reject(problemOf(request)));
    request.onerror = () => reject(unreachable('/datasets', null));
    request.onabort = () => reject(new DOMException('Aborted', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}
function problemOf(request: XMLHttpRequest): ProblemError {
  const body: unknown = request.response;
  // The server answers every error with a problem document.
  return typeof body === 'object' && body !== null && 'code' in body
    ? new ProblemError(body as ProblemError['problem'])
    : unreachable('/datasets', null);
}

const resumeKey = ({ name, file }: UploadRequest): string => `crisol.upload.${name}.${file.name}.${file.size}.${file.lastModified}`;

async function openUpload(request: UploadRequest, signal: AbortSignal): Promise<Upload> {
  const known = localStorage.getItem(resumeKey(request));
  if (known) {
    const held = await api.get<Upload>(path('uploads', known), {}, signal).catch(() => null);
    if (held?.state === 'open') return held;
  }
  const { name, file, read } = request;
  const made = await api.post<Upload>('/uploads', { name, fileName: file.name, sizeBytes: file.size, read }, { signal });
  localStorage.setItem(resumeKey(request), made.id);
  return made;
}

/** `Content-Digest` of a part; left out on plain HTTP, where browsers give no digests. */
async function digestHeader(part: Blob): Promise<Record<string, string>> {
  if (!globalThis.crypto.subtle) return {};
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await part.arrayBuffer()));
  return { 'Content-Digest': `sha-256=:${btoa(String.fromCharCode(...digest))}:` };
}

async function uploadInParts(request: UploadRequest, onProgress: OnProgress, signal: AbortSignal): Promise<Job> {
  const upload = await openUpload(request, signal);
  const total = Math.ceil(request.file.size / upload.partSizeBytes);
  const held = new Set(upload.parts);
  for (let number = 1; number <= total; number++) {
    onProgress((number - 1) / total);
    if (held.has(number)) continue;
    const part = request.file.slice((number - 1) * upload.partSizeBytes, number * upload.partSizeBytes);
    await putPart(`${path('uploads', upload.id)}/parts/${number}`, part, signal);
  }
  onProgress(1);
  const job = await api.post<Job>(`${path('uploads', upload.id)}/complete`, {}, { signal });
  localStorage.removeItem(resumeKey(request));
  return job;
}
async function putPart(target: string, part: Blob, signal: AbortSignal): Promise<void> {
  const headers = await digestHeader(part);
  for (let attempt = 1; ; attempt++) {
    try {
      await call('PUT', target, { bytes: part, headers, signal });
      return;
    } catch (error) {
      if (attempt === 4 || !(error instanceof ProblemError) || !error.problem.retryable) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000 * 2 ** attempt));
    }
  }
}
