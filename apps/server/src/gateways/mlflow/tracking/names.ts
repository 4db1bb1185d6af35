import { invalid } from '../mlflow-error.js';

export const maxKeyLength = 250;
/** Letters and digits of any script, as the clients check it too. */
const allowed = /^[/\p{L}\p{N}_.\- :]*$/u;
const runIdForm = /^[a-zA-Z0-9][\w-]{0,255}$/;

export function checkRunId(runId: string): void {
  if (!runIdForm.test(runId)) throw invalid(`Invalid value ${JSON.stringify(runId)} for parameter 'run_id' supplied.`);
}

/** Names of metrics, parameters and tags may be used as paths of files, so each must be its own normal form. */
export function checkName(name: string, parameter: string): void {
  const shown = () => `Invalid value ${JSON.stringify(name)} for parameter '${parameter}' supplied: `;
  if (!allowed.test(name))
    throw invalid(
      `${shown()}Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    );
  const normal = normalPath(name);
  if (name !== normal || normal === '.' || normal.startsWith('..') || normal.startsWith('/'))
    throw invalid(
      `${shown()}Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normal}'`,
    );
}

export function checkLength(text: string, limit: number, what: string): void {
  if (text.length > limit) throw invalid(`'${what}' exceeds the maximum length of ${limit} characters`);
}

export function checkKey(key: string, what: string, parameter = 'name'): void {
  checkName(key, parameter);
  checkLength(key, maxKeyLength, what);
}

function normalPath(path: string): string {
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (part === '..' && rooted) continue;
    else parts.push(part);
  }
  const joined = `${rooted ? '/' : ''}${parts.join('/')}`;
  return joined === '' ? '.' : joined;
}
