import { isPluginError, secretFields, type NotificationMessage, type Notifier } from '@crisol/plugin-api';
import { ensure, thrownBy, within, type Contract } from '../contract.js';
import type { Fakes } from '../fakes/fake-refs.js';
import { commonCases, start, type PluginSubject } from './common.js';
import { ensureExamplesFit, ensurePluginError, ensureStrictSchema, inWords, unchanged } from './compare.js';

/** A notifier to try. @public @since 1.0 */
export interface NotifierSubject extends PluginSubject {
  /** A target that its schema takes. */
  readonly target: Readonly<Record<string, unknown>>;
  /** The target with an operator's own template; for the capability `template`. @since 1.1 */
  withTemplate?(template: string): Readonly<Record<string, unknown>>;
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

/** Texts of the subject's target that are marked as secrets; short ones could be in any text by chance. */
const secretsOf = (notifier: Notifier, subject: NotifierSubject): string[] =>
  secretFields(notifier.target).flatMap((name) => {
    const value = subject.target[name];
    return typeof value === 'string' && value.length >= 8 ? [value] : [];
  });
const isJson = (headers: Readonly<Record<string, string>>): boolean =>
  Object.entries(headers).some(([name, value]) => name.toLowerCase() === 'content-type' && value.includes('json'));

/**
 * What a notifier promises. Capabilities: `http` (it delivers by its `HttpClient`), `preview`, `template` (its target takes an
 * operator's template), `retry-after` (it passes on when to try again), `gone` (it says so when the other side is gone for good), `check`.
 * @public
 * @since 1.0
 */
export const notifierContract: Contract<NotifierSubject> = {
  kind: 'notifier',
  cases: [
    ...commonCases<NotifierSubject>(async ({ notifiers }, { target }) =>
      notifiers?.[0]?.send(aMessage(), notifiers[0].target.parse(target), never()),
    ),
    {
      name: 'delivers a message and says when',
      async run(subject) {
        const { notifier, target } = open(subject);
        const receipt = await notifier.send(aMessage(), target, never());
        ensure(Number.isFinite(receipt.deliveredAt), 'The receipt has no deliveredAt in milliseconds.');
        ensure(receipt.reference === undefined || typeof receipt.reference === 'string', 'The reference of a receipt must be a text.');
      },
    },
    {
      name: 'delivers what is long, odd or bare: 100,000 characters, quotes and signs, no link and no data',
      async run(subject) {
        const odd = 'Quotes " and \\ and </b> & {{title}}\n\u2028 – señal 🔥';
        for (const [what, message] of [
          ['a text of 100,000 characters', aMessage({ text: 'x'.repeat(100_000) })],
          ['quotes, line ends and signs in the title', aMessage({ title: odd, text: odd, data: { odd, list: [1, { two: null }] } })],
          ['no link, no text and no data', aMessage({ link: undefined, text: '', data: {} })],
        ] as const) {
          const { notifier, target, fakes } = open(subject);
          try {
            await notifier.send(message, target, never());
          } catch (error) {
            ensure(false, `A message with ${what} is not delivered: ${inWords(error)}`);
          }
          for (const { headers, body } of fakes.http.requests) {
            if (!isJson(headers)) continue;
            try {
              JSON.parse(body);
            } catch {
              ensure(false, `With ${what} the body that it sends is not JSON: use JSON.stringify.`);
            }
          }
        }
      },
    },
    {
      name: 'does not send what was aborted before it began',
      async run(subject) {
        const { notifier, target } = open(subject);
        const abort = new AbortController();
        abort.abort();
        const sending = thrownBy(
          () => notifier.send(aMessage(), target, abort.signal),
          'It delivers although it was aborted before it began.',
        );
        await within(500, 'It goes on for more than half a second after an abort before the start.', () => sending);
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
      name: 'passes on how long the other side asks to wait',
      needs: 'retry-after',
      async run(subject) {
        const { notifier, target, fakes } = open(subject);
        fakes.http.answer = { status: 429, headers: { 'retry-after': '17' } };
        const thrown = await thrownBy(() => notifier.send(aMessage(), target, never()), 'On an answer 429 it says nothing.');
        const seconds = isPluginError(thrown) ? thrown.retryAfterSeconds : undefined;
        ensure(seconds === 17, `The other side asks for 17 s by Retry-After; the error says ${seconds ?? 'nothing'}.`);
      },
    },
    {
      name: 'says so when the other side is gone for good',
      needs: 'gone',
      async run(subject) {
        const { notifier, target, fakes } = open(subject);
        fakes.http.answer = { status: 410 };
        const thrown = await thrownBy(() => notifier.send(aMessage(), target, never()), 'On an answer 410 it says nothing.');
        ensure(
          isPluginError(thrown) && thrown.gone === true,
          'On an answer 410 the error must have gone set, so that nothing more is sent.',
        );
      },
    },
    {
      name: 'keeps the secrets of the target out of errors and of the log',
      needs: 'http',
      async run(subject) {
        for (const answer of [{ status: 200 }, { status: 400 }, { status: 500 }, 'unreachable'] as const) {
          const { notifier, target, fakes } = open(subject);
          fakes.http.answer = answer;
          const said = await notifier.send(aMessage(), target, never()).then(() => '', inWords);
          const words = `${said} ${JSON.stringify(fakes.log.lines)}`;
          ensure(
            secretsOf(notifier, subject).every((secret) => !words.includes(secret)),
            'A secret of the target stands in an error or in the log, where anybody reads it.',
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
        const text = await notifier.preview?.(aMessage(), target);
        ensure(text?.includes('Training is done') === true, 'The preview does not show the title.');
        ensure(fakes.http.requests.length === 0, 'The preview sent something.');
      },
    },
    {
      name: 'keeps the secrets of the target out of the preview',
      needs: 'preview',
      async run(subject) {
        const { notifier, target } = open(subject);
        const text = (await notifier.preview?.(aMessage(), target)) ?? '';
        ensure(
          secretsOf(notifier, subject).every((secret) => !text.includes(secret)),
          'The preview shows a secret of the target.',
        );
      },
    },
    {
      name: 'fills the template of the target, in the preview as in what it sends',
      needs: 'template',
      async run(subject) {
        ensure(subject.withTemplate !== undefined, 'The subject has no target with a template.');
        const template = '[{{severity}}] {{title}} of {{data.model}}{{data.nothing}}, {{id}}';
        const wanted = '[critical] Churn drifts of churn, dlv_9';
        const { notifier, fakes } = open(subject);
        const target = notifier.target.parse(subject.withTemplate(template));
        const message = aMessage({ id: 'dlv_9', severity: 'critical', title: 'Churn drifts', data: { model: 'churn' } });
        const preview = (await notifier.preview?.(message, target)) ?? wanted;
        ensure(preview.includes(wanted), `The template must give "${wanted}"; the preview is "${preview.slice(0, 300)}".`);
        await notifier.send(message, target, never());
        const sent = fakes.http.requests.map(({ body }) => body);
        ensure(
          sent.every((body) => body.includes(wanted)),
          'What it sends is not what its template and its preview say.',
        );
      },
    },
    {
      name: 'has a target schema that refuses unknown keys, takes its examples and exports as JSON Schema',
      async run(subject) {
        const { notifier } = open(subject);
        ensure(notifier.target.safeParse(subject.target).success, 'The target of the subject does not fit its own schema.');
        ensureStrictSchema(notifier.target, subject.target, 'The settings of a target');
        ensureExamplesFit(notifier.target, subject.target, 'The settings of a target');
      },
    },
  ],
};
