import type { PluginKind } from '@crisol/contracts';

/** What an argument is: plain data, or something that stays on the host's side and is called back. */
export type ArgumentKind = 'data' | 'signal' | 'report' | 'table' | 'facts';
export interface Method {
  readonly args: readonly ArgumentKind[];
  /** After which the host gives the call up, whatever its caller does. */
  readonly deadlineMs: number;
}
/** `plugin` stands for the plugin itself. */
export type CallKind = PluginKind | 'plugin';

const short = 30_000;
/** Inside jobs, whose own deadline counts. */
const long = 86_400_000;

/** The methods that the host calls, by kind: the same list on both sides of the pipe. */
export const methods: Readonly<Record<CallKind, Readonly<Record<string, Method>>>> = {
  plugin: { check: { args: ['signal'], deadlineMs: short } },
  'model-type': {
    train: { args: ['data', 'report', 'signal'], deadlineMs: long },
    bring: { args: ['data', 'report', 'signal'], deadlineMs: long },
    explain: { args: ['data', 'data', 'signal'], deadlineMs: long },
  },
  'feature-store': {
    listViews: { args: ['signal'], deadlineMs: short },
    readOnline: { args: ['data', 'data', 'signal'], deadlineMs: short },
    readAsOf: { args: ['data', 'data', 'signal'], deadlineMs: 300_000 },
    defineView: { args: ['data', 'signal'], deadlineMs: short },
    write: { args: ['data', 'data', 'signal'], deadlineMs: 300_000 },
  },
  validator: {
    validate: { args: ['table', 'data', 'signal'], deadlineMs: long },
    failingRows: { args: ['table', 'data', 'data', 'signal'], deadlineMs: long },
    judgeModel: { args: ['facts', 'data', 'signal'], deadlineMs: long },
  },
  notifier: {
    send: { args: ['data', 'data', 'signal'], deadlineMs: 60_000 },
    preview: { args: ['data', 'data'], deadlineMs: 5_000 },
  },
};
