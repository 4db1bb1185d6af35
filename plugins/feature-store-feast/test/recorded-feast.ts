import type { HttpAnswer, HttpOptions, PluginHttpClient } from '@crisol/plugin-api';
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';

interface Recording {
  readonly request: { readonly method: string; readonly path: string; readonly body?: unknown };
  readonly status: number;
  readonly body: string;
}
const golden: { readonly recorded: Readonly<Record<string, Recording>> } = JSON.parse(
  readFileSync(new URL('golden/feast-0.67.0.json', import.meta.url), 'utf8'),
);

export function answerOf(status: number, text: string, headers: Record<string, string> = {}): HttpAnswer {
  return { status, headers, body: new TextEncoder().encode(text), text: () => text, json: () => JSON.parse(text) };
}

/** What a real Feast server answered; a question that it was not asked fails the test. */
export function recorded(name: string): Recording {
  const found = golden.recorded[name];
  if (!found) throw new Error(`There is no recording ${name}.`);
  return found;
}

/** An HTTP client behind which that server stands as it was recorded. */
export class RecordedFeast implements PluginHttpClient {
  readonly seen: { readonly url: string; readonly options: HttpOptions }[] = [];

  request(method: string, url: string, options: HttpOptions = {}): Promise<HttpAnswer> {
    this.seen.push({ url, options });
    const path = new URL(url).pathname;
    const body: unknown = options.body === undefined ? undefined : JSON.parse(String(options.body));
    const match = Object.values(golden.recorded).find(
      ({ request }) => request.method === method && request.path === path && isDeepStrictEqual(request.body, body),
    );
    if (!match) return Promise.reject(new Error(`The recording holds no ${method} ${path} ${JSON.stringify(body)}`));
    return Promise.resolve(answerOf(match.status, match.body));
  }
}
