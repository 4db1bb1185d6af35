import type { MlflowServer } from './mlflow-server.js';
import { FilePage, type FileAnswer } from './wire.js';
import type { Tally } from './report.js';
import { inParallel } from './pool.js';

const proxied = '/api/2.0/mlflow-artifacts/artifacts';

/** The files of a run or of a logged model at one server. */
export interface FileRoot {
  readonly server: MlflowServer;
  /** As the server names it. */
  readonly uri: string;
  readonly kind: 'run' | 'model';
  readonly id: string;
}

const encoded = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

/** Path of a file through the server's own proxy; undefined where the store is not behind it. */
function proxiedPath({ uri }: FileRoot, path: string): string | undefined {
  const folder = /^mlflow-artifacts:(?:\/\/[^/]*)?\/?(.*)$/.exec(uri)?.[1];
  return folder === undefined ? undefined : `${proxied}/${encoded(`${folder}/${path}`)}`;
}

function downloadPath(root: FileRoot, path: string): string {
  const own = proxiedPath(root, path);
  if (own !== undefined) return own;
  if (root.kind === 'model') throw new Error(`files of a logged model at ${schemeOf(root.uri)} cannot be read through the server`);
  return `/get-artifact?${new URLSearchParams({ run_id: root.id, path }).toString()}`;
}
const schemeOf = (uri: string): string => (/^[a-z0-9+-]+:/i.exec(uri)?.[0] ?? 'a path') + (uri.includes('://') ? '//…' : '');

/** Files in one folder, by their paths from the root. */
async function listFolder({ server, kind, id }: FileRoot, folder: string): Promise<FileAnswer[]> {
  const files: FileAnswer[] = [];
  for (let token = ''; ;) {
    const more = token === '' ? {} : { page_token: token };
    const page =
      kind === 'run'
        ? await server.get('/api/2.0/mlflow/artifacts/list', { run_id: id, path: folder || undefined, ...more }, FilePage)
        : await server.get(
            `/api/2.0/mlflow/logged-models/${id}/artifacts/directories`,
            { artifact_directory_path: folder || undefined, ...more },
            FilePage,
          );
    files.push(...page.files);
    if (page.next_page_token === '') return files;
    token = page.next_page_token;
  }
}

async function* filesBelow(root: FileRoot, folder = ''): AsyncGenerator<FileAnswer> {
  for (const file of await listFolder(root, folder)) {
    if (file.is_dir) yield* filesBelow(root, file.path);
    else yield file;
  }
}

async function sizesBelow(root: FileRoot): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const file of filesBelow(root)) sizes.set(file.path, file.file_size);
  return sizes;
}

/**
 * Streams every file that the target does not have in that size, then looks whether all are there.
 * @throws when a size differs afterwards
 */
export async function copyFiles(from: FileRoot, to: FileRoot, tally: Tally, atOnce: number): Promise<void> {
  const [wanted, there] = [await sizesBelow(from), await sizesBelow(to)];
  if (wanted.size === 0) return;
  await inParallel(wanted, atOnce, async ([path, size]) => {
    if (there.get(path) === size) {
      tally.present.artifacts++;
      return;
    }
    const destination = proxiedPath(to, path);
    if (destination === undefined)
      throw new Error(`the target keeps its files at ${schemeOf(to.uri)}, where only its own clients can write`);
    await to.server.upload(destination, size, () => from.server.download(downloadPath(from, path)));
    tally.copied.artifacts++;
    tally.bytes += size;
  });
  const written = await sizesBelow(to);
  const wrong = [...wanted].filter(([path, size]) => written.get(path) !== size).map(([path]) => path);
  if (wrong.length > 0) throw new Error(`not whole at the target: ${wrong.slice(0, 5).join(', ')}`);
}
