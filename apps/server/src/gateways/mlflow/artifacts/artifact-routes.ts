import { grants } from '@crisol/contracts';
import { Injectable } from '@nestjs/common';
import type { Readable } from 'node:stream';
import { ArtifactFiles } from '../../../experiments/artifacts/artifact-files.js';
import { ArtifactRoots } from '../../../experiments/artifacts/artifact-roots.js';
import { ArtifactViews } from '../../../experiments/artifacts/artifact-views.js';
import { checkArtifactPath } from '../../../experiments/artifacts/artifact-path.js';
import type { Actor } from '../../../platform/auth/actor.js';
import { invalid, missing, MlflowError } from '../mlflow-error.js';
import { missingValue, queryInput } from '../mlflow-input.js';
import { byName, described } from './artifact-answers.js';
import { mlflowPaths, type MlflowCall, type MlflowRoute, type MlflowRoutes } from '../mlflow-route.js';

const prefixes = ['/api/2.0/mlflow-artifacts', '/ajax-api/2.0/mlflow-artifacts'];
const notHere = 'Multipart upload is not supported for the current artifact repository';

/** Artifacts through the server: bytes, listings, and what belongs to a run. */
@Injectable()
export class ArtifactRoutes implements MlflowRoutes {
  constructor(
    private readonly files: ArtifactFiles,
    private readonly roots: ArtifactRoots,
    private readonly views: ArtifactViews,
  ) {}

  routes(): readonly MlflowRoute[] {
    return [
      ...prefixes.flatMap((prefix) => this.proxied(prefix)),
      ...mlflowPaths('artifacts/list').map((path): MlflowRoute => ({
        method: 'GET',
        path,
        need: 'experiments:read',
        handle: (call) => this.listOfRun(call),
      })),
      { method: 'GET', path: '/get-artifact', need: 'experiments:read', handle: (call) => this.ofRun(call) },
    ];
  }

  private proxied(prefix: string): MlflowRoute[] {
    const path = `${prefix}/artifacts/*`;
    const read = 'experiments:read';
    const write = 'experiments:write';
    const at = (call: MlflowCall) => pathIn(call, `${prefix}/artifacts/`);
    const multipart = ['create', 'complete', 'abort'].map((step): MlflowRoute => ({
      method: 'POST',
      path: `${prefix}/mpu/${step}/*`,
      need: write,
      handle: () => {
        // The client falls back to one PUT on these very words.
        throw new MlflowError('NOT_IMPLEMENTED', notHere);
      },
    }));
    return [
      { method: 'PUT', path, need: write, stream: true, handle: (call) => this.put(call, at(call)) },
      { method: 'GET', path, need: read, handle: (call) => this.send(call, at(call)) },
      { method: 'DELETE', path, need: write, stream: true, handle: async (call) => (await this.files.remove(at(call)), {}) },
      { method: 'GET', path: `${prefix}/artifacts`, need: read, handle: (call) => this.list(call) },
      ...multipart,
    ];
  }

  private async put({ request, reply }: MlflowCall, path: string): Promise<undefined> {
    const body = request.body as Readable | undefined; // the parser of stream routes hands the payload on
    const stopped = new AbortController();
    request.raw.once('aborted', () => stopped.abort());
    await this.files.put(path, body ?? new Uint8Array(), stopped.signal);
    void reply.send('');
  }

  private async send({ actor, request, reply }: MlflowCall, path: string): Promise<undefined> {
    refuseRegistry(actor, path);
    const file = await this.files.find(path);
    if (!file) {
      if (await this.files.isFolder(path)) {
        void reply.status(400).header('content-type', 'application/json');
        void reply.send(JSON.stringify({ detail: `Artifact path refers to a directory, not a file: '${path}'` }));
        return;
      }
      throw missing(`No such artifact: '${path}'`);
    }
    await this.views.sendFile(file, request, reply);
  }

  private async list({ actor, input }: MlflowCall): Promise<object> {
    const folder = queryInput(input).text('path') ?? '';
    refuseRegistry(actor, folder);
    const { entries } = await this.files.list(folder);
    return entries.length === 0 ? {} : { files: byName(entries).map((entry) => described(entry, '')) };
  }

  private async listOfRun({ input }: MlflowCall): Promise<object> {
    const query = queryInput(input);
    const id = query.text('run_id') ?? query.text('run_uuid');
    if (id === undefined || id === '') throw missingValue('run_id');
    const path = checkArtifactPath(query.text('path') ?? '').replace(/\/+$/, '');
    const root = await this.roots.ofRun(id);
    if (root.folder === null) return { root_uri: root.uri };
    const { entries } = await this.files.list(path === '' ? root.folder : `${root.folder}/${path}`);
    const files = byName(entries).map((entry) => described(entry, path === '' ? '' : `${path}/`));
    return { root_uri: root.uri, ...(files.length > 0 && { files }) };
  }

  private async ofRun(call: MlflowCall): Promise<undefined> {
    const query = queryInput(call.input);
    const id = query.text('run_id') ?? query.text('run_uuid');
    const path = query.text('path');
    if (id === undefined || path === undefined || path === '') throw invalid('Give run_id and path.');
    checkArtifactPath(path);
    const root = await this.roots.ofRun(id);
    if (root.folder === null) throw missing(`No such artifact: '${path}'. The artifacts of this run are at ${root.uri}.`);
    return this.send(call, `${root.folder}/${path}`);
  }
}

/** Files of registered versions are for those who may read models, whichever way they are asked for. */
function refuseRegistry(actor: Actor, path: string): void {
  if (path.split('/', 1)[0] !== 'registry' || grants(actor.scopes, 'models:read')) return;
  throw new MlflowError('PERMISSION_DENIED', 'This needs the scope models:read, which the key does not have.');
}

/** The rest of the path, decoded once. The router's own parameter would have lost what was encoded twice. */
function pathIn({ request }: MlflowCall, prefix: string): string {
  const url = request.url.split('?', 1)[0] ?? '';
  try {
    return decodeURIComponent(url.slice(prefix.length));
  } catch {
    throw invalid('Invalid path');
  }
}
