import type { ModelType } from '@crisol/plugin-api';
import { ensure, thrownBy, within, type ContractCase } from '../../contract.js';
import { ensurePluginError, same, unchanged } from '../compare.js';
import { never, open, silentReport, type ModelTypeSubject } from './subject.js';

type Brings = Required<Pick<ModelType, 'bring'>>;
type Brought = NonNullable<ModelTypeSubject['brought']>;

function openBrought(subject: ModelTypeSubject): { bring: Brings['bring']; brought: Brought; params: unknown } {
  const { modelType } = open(subject);
  ensure(modelType.bring !== undefined, 'It has no bring.');
  ensure(subject.brought !== undefined, 'The subject has no artifact to bring.');
  return { bring: modelType.bring.bind(modelType), brought: subject.brought, params: modelType.params.parse(subject.brought.params ?? {}) };
}

/** What bringing an artifact promises; the subject gives the files. */
export const broughtCases: readonly ContractCase<ModelTypeSubject>[] = [
  {
    name: 'takes a brought artifact and says what it is',
    needs: 'bring',
    async run(subject) {
      const { bring, brought, params } = openBrought(subject);
      const model = await bring({ files: brought.files, params }, silentReport, never());
      ensure(model.onnx instanceof Uint8Array && model.onnx.byteLength > 0, 'The brought model has no ONNX graph.');
      const { task, labels } = model;
      ensure(
        same({ task, labels }, brought.expected),
        `The artifact is ${JSON.stringify(brought.expected)}; it takes it for ${JSON.stringify({ task, labels })}.`,
      );
      ensure(typeof model.origin === 'string' && Array.isArray(model.notes), 'origin must be a text and notes a list of texts.');
    },
  },
  {
    name: 'leaves the files of a brought artifact as they were',
    needs: 'bring',
    async run(subject) {
      const { bring, brought, params } = openBrought(subject);
      const files = structuredClone(brought.files);
      await unchanged(files, 'It wrote into the files that were brought.', () => bring({ files, params }, silentReport, never()));
    },
  },
  {
    name: 'refuses files that are not what it takes, and none, saying what would be right',
    needs: 'bring',
    async run(subject) {
      const { bring, brought, params } = openBrought(subject);
      const noise = new TextEncoder().encode('this is no model');
      const spoilt = Object.fromEntries(Object.keys(brought.files).map((name) => [name, noise]));
      for (const [files, when] of [
        [spoilt, 'On files that are no model'],
        [{}, 'On no files'],
      ] as const) {
        const thrown = await thrownBy(() => bring({ files, params }, silentReport, never()), `${when} it gives a model.`);
        ensurePluginError(thrown, ['invalid_input'], when);
      }
    },
  },
  {
    name: 'does not take an artifact when it was aborted before it began',
    needs: 'bring',
    async run(subject) {
      const { bring, brought, params } = openBrought(subject);
      const abort = new AbortController();
      abort.abort();
      const bringing = thrownBy(
        () => bring({ files: brought.files, params }, silentReport, abort.signal),
        'It brings a model although it was aborted.',
      );
      await within(2_000, 'It goes on for more than two seconds after the abort.', () => bringing);
    },
  },
];
