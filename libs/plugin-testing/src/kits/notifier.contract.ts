import type { NotificationMessage, Notifier } from '@crisol/plugin-api';
import { z } from 'zod';
import { ensure, thrownBy, within, type Contract } from '../contract.js';
import type { Fakes } from '../fakes/fake-refs.js';
import { commonCases, ensurePluginError, start, unchanged, type PluginSubject } from './common.js';

/** A notifier to try. @public @since 1.0 */
export interface NotifierSubject extends PluginSubject {
  /** A target that its schema takes. */
  readonly target: Readonly<Record<string, unknown>>;
}

/** A message as the host sends it. @public @since 1.0 */
export function aMessage(changes: Partial<NotificationMessage> = {}): NotificationMessage {
  return {
    id: 'dlv_01j8000000e008000000000001',
    type: 'job.finished',
    at: Date.UTC(2026, 0, 1),
    severity: 'info',
    title: 'Training is done',
    text: 'The job ended as succeeded.',
    data: { id: 'job_01j8000000e008000000000001' },
    link: 'https://crisol.example/console/jobs/job_01j8000000e008000000000001',
    ...changes,
  };
}

function open(subject: NotifierSubject): { notifier: Notifier; target: unknown; fakes: Fakes } {
  const { provided, fakes } = start(subject);
  const notifier = provided.notifiers?.[0];
  ensure(notifier !== undefined, 'setup brings no notifier.');
  return { notifier, target: notifier.target.parse(subject.target), fakes };
}
const never = (): AbortSignal => new AbortController().signal;

/** What a notifier promises. Capability `http`: it delivers by its `HttpClient`. @public @since 1.0 */
export const notifierContract: Contract<NotifierSubject> = {
  kind: 'notifier',
  cases: [
    ...commonCases<NotifierSubject>(),
    {
      name: 'delivers a message and says when',
      async run(subject) {
        const { notifier, target } = open(subject);
        const receipt = await notifier.send(aMessage(), target, never());
        ensure(Number.isFinite(receipt.deliveredAt), 'The receipt has no deliveredAt in milliseconds.');
      },
    },
    {
      name: 'delivers each message once, also when several are sent at the same time',
      needs: 'http',
      async run(subject) {
        const { notifier, target, fakes } = open(subject);
        const ids = Array.from({ length: 10 }, (_, i) => `dlv_${i}`);
        await Promise.all(ids.map((id) => notifier.send(aMessage({ id }), target, never())));
        const seen = fakes.http.requests.map(({ headers, body }) => ids.filter((id) => `${JSON.stringify(headers)} ${body}`.includes(id)));
        ensure(fakes.http.requests.length === ids.length, `${ids.length} messages made ${fakes.http.requests.length} requests.`);
        ensure(
          new Set(seen.flat()).size === ids.length,
          'The receiver cannot tell the messages apart: each request must carry the id of its message.',
        );
      },
    },
    {
      name: 'asks for another try when the other side is down or busy',
      needs: 'http',
      async run(subject) {
        for (const answer of [{ status: 500 }, { status: 503 }, { status: 429 }, 'unreachable'] as const) {
          const { notifier, target, fakes } = open(subject);
          fakes.http.answer = answer;
          const when = answer === 'unreachable' ? 'When the host cannot be reached' : `On an answer ${answer.status}`;
          ensurePluginError(await thrownBy(() => notifier.send(aMessage(), target, never()), `${when} it says nothing.`), ['retry'], when);
        }
      },
    },
    {
      name: 'asks for no other try when the other side refuses for good',
      needs: 'http',
      async run(subject) {
        for (const status of [400, 401, 404, 410]) {
          const { notifier, target, fakes } = open(subject);
          fakes.http.answer = { status };
          const when = `On an answer ${status}`;
          ensurePluginError(
            await thrownBy(() => notifier.send(aMessage(), target, never()), `${when} it says nothing.`),
            ['rejected'],
            when,
          );
        }
      },
    },
    {
      name: 'ends within half a second of an abort',
      needs: 'http',
      async run(subject) {
        const { notifier, target, fakes } = open(subject);
        fakes.http.answer = 'silence';
        const abort = new AbortController();
        const sending = thrownBy(() => notifier.send(aMessage(), target, abort.signal), 'It calls an aborted delivery delivered.');
        setImmediate(() => abort.abort());
        await within(500, 'It goes on for more than half a second after the abort: hand the signal to what it waits for.', () => sending);
      },
    },
    {
      name: 'leaves the message and the target as they were',
      async run(subject) {
        const { notifier, target } = open(subject);
        const message = aMessage();
        await unchanged({ message, target }, 'It changed the message or the target that it was given.', () =>
          notifier.send(message, target, never()),
        );
      },
    },
    {
      name: 'shows a preview with the title, without sending',
      needs: 'preview',
      async run(subject) {
        const { notifier, target, fakes } = open(subject);
        const text = notifier.preview?.(aMessage(), target);
        ensure(text?.includes('Training is done') === true, 'The preview does not show the title.');
        ensure(fakes.http.requests.length === 0, 'The preview sent something.');
      },
    },
    {
      name: 'has a target schema that refuses unknown keys and exports as JSON Schema',
      async run(subject) {
        const { notifier } = open(subject);
        ensure(
          !notifier.target.safeParse({ ...subject.target, 'no such field': 1 }).success,
          'The target takes an unknown key: use z.strictObject.',
        );
        z.toJSONSchema(notifier.target, { io: 'input' });
      },
    },
  ],
};
