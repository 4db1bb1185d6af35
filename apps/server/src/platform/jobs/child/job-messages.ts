/** What the worker sends to the child of a job. */
export type ToChild =
  | {
      readonly type: 'start';
      /** URL of the program's module. */
      readonly program: string;
      readonly prepared: unknown;
      readonly workFolder: string;
      readonly checkpoint: Uint8Array | null;
      readonly limits: { readonly memoryMb: number; readonly deadlineMs: number };
    }
  | { readonly type: 'answer'; readonly number: number; readonly answer: unknown }
  | { readonly type: 'refusal'; readonly number: number; readonly code: string; readonly message: string }
  | { readonly type: 'abort' }
  | { readonly type: 'checkpoint-kept'; readonly number: number; readonly error: string | null };

/** What the child of a job sends to its worker. */
export type FromChild =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly ratio: number; readonly message: string; readonly step: string }
  | { readonly type: 'metrics'; readonly points: readonly { name: string; step: number; value: number; at: number }[] }
  | { readonly type: 'log'; readonly level: 'info' | 'warn' | 'error'; readonly message: string }
  | { readonly type: 'checkpoint'; readonly number: number; readonly path: string }
  | { readonly type: 'question'; readonly number: number; readonly topic: string; readonly body: unknown }
  | { readonly type: 'result'; readonly result: unknown }
  | {
      readonly type: 'failure';
      readonly code: string;
      readonly message: string;
      readonly issues: readonly { pointer: string; code: string; message: string }[];
    }
  | { readonly type: 'fault'; readonly message: string; readonly stack: string };

export const maxResultBytes = 64 * 1024 * 1024;
export const maxCheckpointBytes = 16 * 1024 * 1024;
/** Of a question or an answer; larger things go by file. */
export const maxQuestionBytes = 1024 * 1024;
/** Questions of one child that wait for their answers. */
export const maxOpenQuestions = 64;
export const maxLogCharacters = 4_000;
