import type { Provided } from '@crisol/plugin-api';
import { isFault } from '../call-guard/map-plugin-error.js';
import { words } from '../lifecycle/load-plugin.js';

/** One call into a plugin that has ended. */
export interface EndedCall {
  readonly operation: string;
  readonly outcome: 'ok' | 'error' | 'fault';
  readonly durationMs: number;
  /** What was thrown, in words; empty when nothing was. */
  readonly cause: string;
}

/** Puts a stopwatch around every method that a job may call, so that work in jobs counts on the plugin's page as other calls do. */
export function countCalls(provided: Provided, ended: (call: EndedCall) => void): Provided {
  const each = <Own extends object>(list: readonly Own[] | undefined): Own[] | undefined => list?.map((own) => counted(own, ended));
  const [modelTypes, validators] = [each(provided.modelTypes), each(provided.validators)];
  return { ...provided, ...(modelTypes && { modelTypes }), ...(validators && { validators }) };
}

const operations: ReadonlySet<string> = new Set(['train', 'bring', 'explain', 'validate', 'failingRows', 'judgeModel']);

function counted<Own extends object>(own: Own, ended: (call: EndedCall) => void): Own {
  return new Proxy(own, {
    get(target, property, receiver) {
      const value: unknown = Reflect.get(target, property, receiver);
      if (typeof property !== 'string' || !operations.has(property) || typeof value !== 'function') return value;
      return async (...args: readonly unknown[]): Promise<unknown> => {
        const started = performance.now();
        const end = (outcome: EndedCall['outcome'], cause = '') =>
          ended({ operation: property, outcome, durationMs: performance.now() - started, cause });
        try {
          const answer: unknown = await Reflect.apply(value, target, args);
          end('ok');
          return answer;
        } catch (error) {
          // A job that was told to stop says nothing about its plugin.
          const aborted = args.some((arg) => arg instanceof AbortSignal && arg.aborted);
          end(!aborted && isFault(error) ? 'fault' : 'error', words(error));
          throw error;
        }
      };
    },
  });
}
