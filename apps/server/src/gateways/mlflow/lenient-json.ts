import { MlflowError } from './mlflow-error.js';

/**
 * Parses a JSON body as Python writes it: bare `NaN`, `Infinity` and `-Infinity` stand for numbers there, and come out as
 * the strings of that name.
 * @throws MlflowError `BAD_REQUEST`
 */
export function parseLenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (/\b(?:NaN|Infinity)\b/.test(text)) {
      try {
        return JSON.parse(quoteBareNumbers(text));
      } catch {
        // Told below, like everything else that is no JSON.
      }
    }
    throw new MlflowError('BAD_REQUEST', 'The body is not valid JSON.');
  }
}

/** Only outside of strings: `"NaN"` in a name stays what it is. */
function quoteBareNumbers(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (token) => (token.startsWith('"') ? token : `"${token}"`));
}
