import { MlflowError } from './mlflow-error.js';

/**
 * Parses a JSON body as Python writes it: bare `NaN`, `Infinity` and `-Infinity` stand for numbers there, and come out as
 * the strings of that name, with `mark` in front.
 * @throws MlflowError `BAD_REQUEST`
 */
export function parseLenientJson(text: string, mark = ''): unknown {
  try {
    return JSON.parse(text);
  } catch {
    if (/\b(?:NaN|Infinity)\b/.test(text)) {
      try {
        return JSON.parse(quoteBareNumbers(text, mark));
      } catch {
        // Told below, like everything else that is no JSON.
      }
    }
    throw new MlflowError('BAD_REQUEST', 'The body is not valid JSON.');
  }
}

/**
 * Only outside of strings: `"NaN"` in a name stays what it is. A string without an end reaches to the end of the text, so that
 * nothing is looked at twice: otherwise a body of open strings would hold the thread for minutes.
 */
function quoteBareNumbers(text: string, mark: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"?|-?\b(?:NaN|Infinity)\b/g, (token) =>
    token.startsWith('"') ? token : JSON.stringify(mark + token),
  );
}
