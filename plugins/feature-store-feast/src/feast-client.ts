import { PluginError, type HttpAnswer, type PluginHttpClient } from '@crisol/plugin-api';
import { z } from 'zod';
import type { FeastSettings } from './feast.settings.js';

const later = new Set([408, 425, 429, 502, 503, 504]);
/** What Feast says, with status 500, when the fault is in the request. */
const mistake =
  /invalid literal for int|could not convert|Missing join key|not found in projection|No features specified|bad argument type/i;
const ErrorDetail = z.object({ class: z.string().optional(), message: z.string() });

const OnlineAnswer = z.object({
  metadata: z.object({ feature_names: z.array(z.string()) }),
  results: z.array(z.object({ values: z.array(z.unknown()), statuses: z.array(z.string()), event_timestamps: z.array(z.string()) })),
});
export type OnlineAnswer = z.infer<typeof OnlineAnswer>;

/** Columns of a frame by name. */
export type Frame = Readonly<Record<string, readonly unknown[]>>;

/** The calls of Feast's feature server that a store needs. */
export class FeastClient {
  constructor(
    private readonly http: PluginHttpClient,
    private readonly settings: FeastSettings,
  ) {}

  /** Gives undefined when the answer is larger than the host reads; the caller asks for fewer rows then. */
  async onlineFeatures(features: readonly string[], entities: Frame, signal: AbortSignal): Promise<OnlineAnswer | undefined> {
    let answer: HttpAnswer;
    try {
      answer = await this.call('POST', '/get-online-features', { features, entities, full_feature_names: true }, signal);
    } catch (error) {
      // The host refuses nothing else by this code; what Feast itself refuses is found below.
      if (error instanceof PluginError && error.code === 'rejected') return undefined;
      throw error;
    }
    refuseFailure(answer);
    const parsed = OnlineAnswer.safeParse(json(answer));
    if (parsed.success) return parsed.data;
    throw new PluginError('rejected', 'The other side does not answer as a Feast feature server does; look at the URL.', {
      cause: parsed.error,
    });
  }

  async push(pushSource: string, frame: Frame, to: 'online' | 'offline', signal: AbortSignal): Promise<void> {
    refuseFailure(await this.call('POST', '/push', { push_source_name: pushSource, df: frame, to }, signal));
  }

  async writeOnline(view: string, frame: Frame, signal: AbortSignal): Promise<void> {
    refuseFailure(await this.call('POST', '/write-to-online-store', { feature_view_name: view, df: frame }, signal));
  }

  async health(signal: AbortSignal): Promise<void> {
    refuseFailure(await this.call('GET', '/health', undefined, signal));
  }

  private call(method: string, path: string, body: unknown, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const { url, token, timeoutMs } = this.settings;
    return this.http.request(method, `${url.replace(/\/+$/, '')}${path}`, {
      signal,
      timeoutMs,
      headers: {
        accept: 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }
}

function refuseFailure(answer: HttpAnswer): void {
  const { status } = answer;
  if (status >= 200 && status < 300) return;
  const { message, kind } = detailOf(answer);
  if (later.has(status)) {
    const retryAfterSeconds = Number(answer.headers['retry-after']);
    throw new PluginError('retry', `Feast answered ${status}: ${message}`, { ...(retryAfterSeconds > 0 && { retryAfterSeconds }) });
  }
  if (mistake.test(message)) throw new PluginError('invalid_input', `Feast refuses the request: ${message}`);
  if (status >= 500) throw new PluginError('retry', `Feast answered ${status}: ${message}`);
  const hint = kind.endsWith('NotFoundException') ? ' The views in the settings and those of Feast differ.' : '';
  throw new PluginError('rejected', `Feast answered ${status}: ${message}${hint}`);
}

/** Feast's own errors are a JSON text that holds JSON; others are a JSON text, FastAPI's refusals an object. */
function detailOf(answer: HttpAnswer): { readonly message: string; readonly kind: string } {
  const outer = json(answer);
  const inner = typeof outer === 'string' ? parsed(outer) : outer;
  const detail = ErrorDetail.safeParse(inner);
  if (detail.success) return { message: cut(detail.data.message), kind: detail.data.class ?? '' };
  const text = typeof inner === 'string' ? inner : typeof outer === 'string' ? outer : answer.text();
  return { message: cut(text), kind: '' };
}

function json(answer: HttpAnswer): unknown {
  try {
    return answer.json();
  } catch {
    return undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function cut(text: string): string {
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}
