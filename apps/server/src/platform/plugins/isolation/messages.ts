import { JsonObject } from '@crisol/contracts';
import type { FromPlugin } from './child/child-messages.js';
import { z } from 'zod';

/** The host's look at what a plugin's process sends: nothing of it is believed. */

const requestId = z.int().min(0);
const name = z.string().min(1).max(200);
const text = z.string().max(20_000);
const title = z.string().max(500);

export const WireError = z.object({
  kind: z.enum(['plugin', 'load', 'fault']),
  code: z.string().max(40),
  name: z.string().max(200),
  message: text,
  stack: text,
  retryAfterSeconds: z.number().min(0).max(86_400).optional(),
  gone: z.boolean().optional(),
});

export const FromPluginMessage: z.ZodType<FromPlugin> = z.discriminatedUnion('t', [
  z.object({ t: z.literal('ready') }),
  z.object({ t: z.literal('answer'), id: requestId, value: z.unknown() }),
  z.object({ t: z.literal('error'), id: requestId, error: WireError }),
  z.object({ t: z.literal('ask'), id: requestId, call: requestId, of: name, method: name, args: z.array(z.unknown()).max(8) }),
  z.object({ t: z.literal('ask-abort'), id: requestId }),
  z.object({ t: z.literal('tell'), call: requestId, of: name, method: name, args: z.array(z.unknown()).max(8) }),
  z.object({ t: z.literal('free'), file: z.string().max(500) }),
  z.object({ t: z.literal('fault'), cause: text }),
]);

const schema = JsonObject;
const checkTypes = z.array(z.object({ type: name, title, description: text, kwargs: schema })).max(500);
const own = {
  name: z
    .string()
    .max(64)
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/),
  title,
  methods: z.array(name).max(20),
};
/** What a plugin brings, as its process describes it. */
export const ProvidedDescription = z.object({
  modelTypes: z
    .array(
      z.object({
        ...own,
        description: text,
        tasks: z.array(z.enum(['regression', 'binary', 'multiclass', 'anomaly', 'clustering'])),
        params: schema,
        search: z
          .record(
            z.string(),
            z.discriminatedUnion('kind', [
              z.object({ kind: z.literal('float'), low: z.number(), high: z.number(), log: z.boolean().optional() }),
              z.object({
                kind: z.literal('int'),
                low: z.number(),
                high: z.number(),
                step: z.number().optional(),
                log: z.boolean().optional(),
              }),
              z.object({ kind: z.literal('categorical'), choices: z.array(z.union([z.string(), z.number(), z.boolean()])) }),
            ]),
          )
          .nullable(),
      }),
    )
    .max(100),
  featureStores: z.array(z.object(own)).max(100),
  validators: z.array(z.object({ ...own, checkTypes, modelCheckTypes: checkTypes.nullable() })).max(100),
  notifiers: z.array(z.object({ ...own, target: schema })).max(100),
  hasCheck: z.boolean(),
  /** Work between calls: such a process is never ended for being idle. */
  usesBackground: z.boolean(),
});
export type ProvidedDescription = z.infer<typeof ProvidedDescription>;

export const LoadedDescription = z.object({ settingsSchema: schema });
export const ParsedSettings = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), value: z.record(z.string(), z.unknown()) }),
  z.object({ ok: z.literal(false), issues: z.array(z.object({ pointer: text, code: name, message: text })).max(200) }),
]);
