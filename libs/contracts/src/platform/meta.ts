import { z } from 'zod';
import { JsonObject, Timestamp } from '../common.js';

export const Meta = z
  .object({
    version: z.string(),
    commit: z.string().nullable(),
    node: z.string(),
    scopes: z.array(z.string()),
    scopePresets: z.record(z.string(), z.array(z.string())),
    jobKinds: z.array(z.string()),
    pluginKinds: z.array(z.string()),
    errors: z.array(z.object({ code: z.string(), status: z.int(), title: z.string(), retryable: z.boolean() })),
    limits: z.record(z.string(), z.number()),
  })
  .meta({ id: 'Meta' });
export type Meta = z.infer<typeof Meta>;
export const Setting = z
  .object({
    name: z.string(),
    variable: z.string(),
    value: z.json().meta({ description: 'null for secrets' }),
    source: z.enum(['environment', 'file', 'console', 'default']),
    location: z.string().meta({ description: 'Where it was set: the variable or file:line' }),
    secret: z.boolean(),
    description: z.string(),
    restart: z.boolean(),
  })
  .meta({ id: 'Setting' });
export type Setting = z.infer<typeof Setting>;
export const SettingList = z.object({ data: z.array(Setting) }).meta({ id: 'SettingList' });
export type SettingList = z.infer<typeof SettingList>;
export const HealthReport = z
  .object({
    status: z.enum(['ok', 'degraded', 'error']),
    checks: z.record(z.string(), z.object({ status: z.enum(['up', 'down']), message: z.string().optional() })).optional(),
  })
  .meta({ id: 'HealthReport' });
export type HealthReport = z.infer<typeof HealthReport>;
export const ServerEvent = z
  .object({ topic: z.string(), type: z.string().meta({ description: '<noun>.<past>' }), at: Timestamp, data: JsonObject })
  .meta({ id: 'ServerEvent', description: 'One message of GET /events: ids and small patches, the client refetches' });
export type ServerEvent = z.infer<typeof ServerEvent>;
