/** What a client names as the place of a version's files, taken apart. */
export type ModelSource =
  | { readonly kind: 'run'; readonly run: string; readonly path: string }
  | { readonly kind: 'logged-model'; readonly id: string }
  | { readonly kind: 'version'; readonly model: string; readonly version: string | null; readonly alias: string | null }
  | { readonly kind: 'artifacts'; readonly path: string }
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'refused'; readonly message: string };

const hostSchemes = ['http', 'https', 'ftp', 'sftp', 'hdfs', 'viewfs', 'mlflow-artifacts'];

/** Reads a source. What the client may not name comes back as `refused`, in MLflow's words. */
export function readSource(source: string): ModelSource {
  const refused = (why: string): ModelSource => ({ kind: 'refused', message: `Invalid model version source: '${source}'. ${why}` });
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(source)?.[1]?.toLowerCase();
  if (scheme !== undefined && hostSchemes.includes(scheme) && (scheme !== 'mlflow-artifacts' || /^[^:]+:\/\/[^/]/.test(source))) {
    return {
      kind: 'refused',
      message: `'source' cannot use the '${scheme}' scheme: the '${scheme}' scheme addresses a host other than the tracking server's configured artifact storage.`,
    };
  }
  if (scheme === undefined || scheme === 'file') {
    return refused(
      'To use a local path as a model version source, the run_id request parameter has to be specified and the local path has to be contained within the artifact directory of the run specified by the run_id.',
    );
  }
  const path = source.slice(scheme.length + 1).split(/[?#]/, 1)[0] ?? '';
  if (/^[a-z]$/.test(scheme) || isRelative(path)) {
    return refused(
      'If supplying a source as an http, https, local file path, ftp, objectstore, or mlflow-artifacts uri, an absolute path must be provided without relative path references present. Please provide an absolute path.',
    );
  }
  const parts = path.replace(/^\/+/, '').replace(/\/+$/, '');
  if (scheme === 'runs') {
    const [run = '', ...rest] = parts.split('/');
    return { kind: 'run', run, path: rest.join('/') };
  }
  if (scheme === 'models') return readModelUri(parts);
  if (scheme === 'mlflow-artifacts') return { kind: 'artifacts', path: parts };
  return { kind: 'elsewhere' };
}

function readModelUri(text: string): ModelSource {
  if (/^m-[0-9a-f]{32}$/.test(text)) return { kind: 'logged-model', id: text };
  const alias = /^([^/]+)@([^/@]+)$/.exec(text);
  if (alias) return { kind: 'version', model: alias[1] ?? '', version: null, alias: alias[2] ?? '' };
  const [model = '', version = ''] = text.split('/');
  return { kind: 'version', model, version, alias: null };
}

/** Whether it has a step that leads elsewhere, plain or encoded, however often. */
function isRelative(path: string): boolean {
  let text = path;
  for (let round = 0; round < 5; round++) {
    if (text.split(/[/\\]/).some((part) => part === '..' || part === '.')) return true;
    let decoded: string;
    try {
      decoded = decodeURIComponent(text);
    } catch {
      return false;
    }
    if (decoded === text) return false;
    text = decoded;
  }
  return true;
}
