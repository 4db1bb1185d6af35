import type { NotificationEvent } from '@crisol/contracts';
import type { NotificationMessage } from '@crisol/plugin-api';
import type { DomainEvent } from '../platform/events/event-bus.js';

/** A message before it belongs to a channel. */
export type MessageDraft = Omit<NotificationMessage, 'id' | 'at' | 'type'>;
type Fields = Readonly<Record<string, unknown>>;
type Draft = Omit<MessageDraft, 'data' | 'link'> & { readonly page?: string };

const text = (fields: Fields, ...names: readonly string[]): string => {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return '?';
};
const inner = (fields: Fields, name: string): Fields => {
  const value = fields[name];
  return typeof value === 'object' && value !== null ? { ...value } : {};
};
const version = (fields: Fields): string => `${text(fields, 'model', 'modelName', 'name')} version ${text(fields, 'version', 'number')}`;
const modelPage = (fields: Fields): string => `/models/${encodeURIComponent(text(fields, 'model', 'modelName', 'name'))}`;

const aliasFate = ({ kind, toVersion }: Fields): string =>
  toVersion === null ? 'was taken away' : kind === 'demoted' ? 'was taken back' : 'moved';
const reason = ({ comment }: Fields): string => (typeof comment === 'string' && comment !== '' ? ` ${comment}` : '');

/** The words of each event, made from its facts. Logic-less on purpose: no template of a user's becomes code. */
const drafts: Readonly<Record<NotificationEvent, (data: Fields) => Draft>> = {
  'job.finished': (data) => ({
    severity: 'info',
    title: `${text(data, 'name')} ${text(data, 'state') === 'cancelled' ? 'was cancelled' : 'is done'}`,
    text: `The ${text(data, 'kind')} job ended as ${text(data, 'state')}.`,
    page: `/jobs/${text(data, 'id')}`,
  }),
  'job.failed': (data) => ({
    severity: 'critical',
    title: `${text(data, 'name')} failed`,
    text: `The ${text(data, 'kind')} job failed: ${text(inner(data, 'error'), 'detail', 'title', 'code')}`,
    page: `/jobs/${text(data, 'id')}`,
  }),
  'dataset_version.created': (data) => ({
    severity: 'info',
    title: `${text(data, 'dataset', 'datasetName', 'name')} has version ${text(data, 'version', 'number')}`,
    text: `A new version of the data set ${text(data, 'dataset', 'datasetName', 'name')} is ready.`,
    page: `/datasets/${encodeURIComponent(text(data, 'dataset', 'datasetName', 'name'))}`,
  }),
  'validation.failed': (data) => ({
    severity: 'warning',
    title: `Checks failed on ${text(data, 'dataset', 'name')} version ${text(data, 'version')}`,
    text: `The suite ${text(data, 'suite')} ended as ${text(data, 'outcome')}: ${text(data, 'unsuccessful')} checks did not pass.`,
    page: `/validations/${text(data, 'id')}`,
  }),
  'model_version.created': (data) => ({
    severity: 'info',
    title: `${version(data)} was registered`,
    text: `${version(data)} is there; admission says next whether it can serve.`,
    page: modelPage(data),
  }),
  'model_version.admitted': (data) => ({
    severity: 'info',
    title: `${version(data)} was admitted`,
    text: `${version(data)} passed admission and can serve.`,
    page: modelPage(data),
  }),
  'model_version.refused': (data) => ({
    severity: 'warning',
    title: `${version(data)} was refused`,
    text: `Admission refused ${version(data)}: ${text(data, 'reason', 'message', 'verdict')}`,
    page: modelPage(data),
  }),
  'model_version.stage_moved': (data) => ({
    severity: 'info',
    title: `${version(data)} is in ${text(data, 'to')}`,
    text: `${version(data)} moved from the stage ${text(data, 'from')} to ${text(data, 'to')}.`,
    page: modelPage(data),
  }),
  'alias.moved': (data) => ({
    severity: data['kind'] === 'demoted' ? 'warning' : 'info',
    title: `${text(data, 'model', 'modelName')}@${text(data, 'alias')} ${aliasFate(data)}`,
    text:
      data['toVersion'] === null
        ? `The alias ${text(data, 'alias')}, which was on version ${text(data, 'fromVersion')}, is gone.`
        : `The alias ${text(data, 'alias')} is on version ${text(data, 'version', 'to', 'toVersion')} now.${reason(data)}`,
    page: modelPage(data),
  }),
  'traffic.changed': (data) => ({
    severity: 'info',
    title: `Traffic of ${text(data, 'endpoint', 'name')} changed`,
    text: `The endpoint ${text(data, 'endpoint', 'name')} splits its traffic in a new way.`,
    page: `/endpoints/${encodeURIComponent(text(data, 'endpoint', 'name'))}`,
  }),
  'plugin.state_changed': (data) => ({
    severity: ['active', 'disabled', 'discovered'].includes(text(data, 'state')) ? 'info' : 'warning',
    title: `Plugin ${text(data, 'id')} is ${text(data, 'state')}`,
    text: typeof data['message'] === 'string' ? data['message'] : `It was ${text(data, 'from')} before.`,
    page: `/plugins/${text(data, 'id')}`,
  }),
};

/** Makes a message of a domain event. */
export function draftMessage(type: NotificationEvent, event: DomainEvent, publicUrl: string): MessageDraft {
  const { page, ...words } = drafts[type](event.data);
  return { ...words, data: event.data, ...(page !== undefined && { link: `${publicUrl}/console${page}` }) };
}
