import { problem } from '../../platform/http/problem.js';

const longestPath = 1000;
const deepest = 5;

/**
 * Checks a path of artifacts as clients say it, decoded once. Paths are names in a table, never of a file system; what would
 * climb out of its folder on any client's machine is refused all the same, however often it was encoded.
 * @param path - without a slash in front; empty for the root
 * @throws ProblemError `validation_failed`
 */
export function checkArtifactPath(path: string): string {
  if (path.length > longestPath)
    throw problem('validation_failed', { detail: `Invalid path: it is longer than ${longestPath} characters.` });
  let decoded = path;
  for (let i = 0; i < deepest; i++) {
    if (decoded.startsWith('/') || decoded.includes('\u0000') || decoded.split(/[/\\]/).some((part) => part === '..')) throw invalidPath();
    const next = decodedOnce(decoded);
    if (next === decoded) return path.toWellFormed();
    decoded = next;
  }
  throw invalidPath();
}

/** The same for a file that is to be written: every part of it needs a name. */
export function checkFilePath(path: string): string {
  const checked = checkArtifactPath(path);
  if (checked === '' || checked.split('/').some((part) => part === '' || part === '.')) throw invalidPath();
  return checked;
}

const invalidPath = () => problem('validation_failed', { detail: 'Invalid path' });

function decodedOnce(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
