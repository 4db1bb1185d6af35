import { ExitError, exitCodes } from './exit-codes.js';

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The call as a line for a shell; the key stays in its variable. */
export function curlLine(url: string, init: RequestInit, filePath?: string): string {
  const parts = ['curl', '--request', init.method ?? 'GET', quoted(url)];
  const isForm = init.body instanceof FormData;
  for (const [name, value] of new Headers(init.headers)) {
    if (name === 'authorization') parts.push('--header', '"Authorization: Bearer $CRISOL_API_KEY"');
    else parts.push('--header', quoted(`${name}: ${value}`));
  }
  if (isForm && init.body instanceof FormData) {
    for (const [name, value] of init.body)
      parts.push('--form', quoted(typeof value === 'string' ? `${name}=${value}` : `${name}=@${filePath ?? value.name}`));
  } else if (typeof init.body === 'string') parts.push('--data', quoted(init.body));
  return parts.join(' ');
}

/** A fetch that prints the first call instead of making it, and ends the command. */
export function printingFetch(print: (line: string) => void, filePath?: string): typeof globalThis.fetch {
  return async (input, init) => {
    print(curlLine(String(input instanceof Request ? input.url : input), init ?? {}, filePath));
    throw new ExitError(exitCodes.ok, '');
  };
}
