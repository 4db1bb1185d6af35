import { z } from 'zod';
import { id, Name } from '../ids.js';
import { pageOf, Timestamp } from '../common.js';
import { Scope } from '../scopes.js';

const Password = z.string().min(12).max(128);
const Username = z
  .string()
  .min(2)
  .max(64)
  .regex(/^[A-Za-z0-9._@+-]+$/, 'letters, digits and . _ @ + - only');

export const SetupState = z.object({ needed: z.boolean() }).meta({ id: 'SetupState' });
export type SetupState = z.infer<typeof SetupState>;
/** Redeems the one-time sign-in link: the first time it makes the administrator. */
export const CompleteSetup = z
  .strictObject({ token: z.string().min(1).max(200), username: Username, password: Password })
  .meta({ id: 'CompleteSetup', example: { token: 'k3…', username: 'ada', password: 'correct horse battery' } });
export type CompleteSetup = z.infer<typeof CompleteSetup>;
export const SignIn = z.strictObject({ username: z.string().min(1).max(64), password: z.string().min(1).max(128) }).meta({ id: 'SignIn' });
export type SignIn = z.infer<typeof SignIn>;
export const ChangePassword = z
  .strictObject({ currentPassword: z.string().min(1).max(128), newPassword: Password })
  .meta({ id: 'ChangePassword' });
export type ChangePassword = z.infer<typeof ChangePassword>;

export const Me = z
  .object({
    kind: z.enum(['user', 'key']),
    id: z.string(),
    name: z.string(),
    scopes: z.array(Scope),
    csrfToken: z.string().nullable().meta({ description: 'Send it as X-CSRF-Token; null for API keys' }),
    limits: z.object({ requestsPerMinute: z.int() }),
    expiresAt: Timestamp.nullable(),
  })
  .meta({ id: 'Me' });
export type Me = z.infer<typeof Me>;

export const UserRole = z.enum(['admin', 'editor', 'viewer']).meta({ id: 'UserRole' });
export const User = z
  .object({
    id: id('usr'),
    username: z.string(),
    role: UserRole,
    disabled: z.boolean(),
    createdAt: Timestamp,
    lastSeenAt: Timestamp.nullable(),
    revision: z.int(),
  })
  .meta({ id: 'User' });
export type User = z.infer<typeof User>;
export const UserPage = pageOf(User, 'UserPage');
export type UserPage = z.infer<typeof UserPage>;
export const CreateUser = z.strictObject({ username: Username, password: Password, role: UserRole }).meta({ id: 'CreateUser' });
export type CreateUser = z.infer<typeof CreateUser>;
export const UpdateUser = z
  .strictObject({ role: UserRole.optional(), disabled: z.boolean().optional(), password: Password.optional() })
  .meta({ id: 'UpdateUser' });
export type UpdateUser = z.infer<typeof UpdateUser>;

export const ApiKey = z
  .object({
    id: id('key'),
    name: z.string(),
    kind: z.enum(['personal', 'service']),
    prefix: z.string().meta({ description: 'crs_ and the public id' }),
    lastFour: z.string(),
    scopes: z.array(Scope),
    endpoints: z.array(z.string()).nullable().meta({ description: 'Names of the endpoints it may predict with; null for all' }),
    networks: z.array(z.string()).nullable().meta({ description: 'CIDR blocks it may come from; null for all' }),
    requestsPerMinute: z.int().nullable(),
    predictionsPerMinute: z.int().nullable(),
    state: z.enum(['active', 'revoked', 'expired', 'rotating']),
    createdAt: Timestamp,
    createdBy: z.string().nullable(),
    expiresAt: Timestamp.nullable(),
    lastUsed: z.object({ at: Timestamp, address: z.string(), route: z.string() }).nullable(),
    revision: z.int(),
  })
  .meta({ id: 'ApiKey' });
export type ApiKey = z.infer<typeof ApiKey>;
export const ApiKeyPage = pageOf(ApiKey, 'ApiKeyPage');
export type ApiKeyPage = z.infer<typeof ApiKeyPage>;
export const CreateApiKey = z
  .strictObject({
    name: Name,
    kind: z.enum(['personal', 'service']).default('service'),
    scopes: z.array(Scope).min(1),
    endpoints: z.array(z.string().min(1).max(128)).min(1).max(100).nullable().default(null),
    networks: z
      .array(z.union([z.cidrv4(), z.cidrv6()]))
      .min(1)
      .max(100)
      .nullable()
      .default(null),
    expiresInDays: z.int().min(1).max(365).default(90),
    requestsPerMinute: z.int().min(1).max(1_000_000).nullable().default(null),
    predictionsPerMinute: z.int().min(1).max(10_000_000).nullable().default(null),
  })
  .meta({ id: 'CreateApiKey', example: { name: 'shop', scopes: ['endpoints:predict'] } });
export type CreateApiKey = z.infer<typeof CreateApiKey>;
export const CreatedApiKey = z
  .object({ ...ApiKey.shape, secret: z.string().meta({ description: 'The whole key; shown this once' }) })
  .meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof CreatedApiKey>;
export const RotateApiKey = z
  .strictObject({
    overlapMs: z
      .int()
      .min(0)
      .max(7 * 86_400_000)
      .default(0),
  })
  .meta({ id: 'RotateApiKey' });
export type RotateApiKey = z.infer<typeof RotateApiKey>;

export const AuditEvent = z
  .object({
    id: id('evt'),
    at: Timestamp,
    actor: z.object({ kind: z.enum(['user', 'key', 'system']), id: z.string().nullable(), name: z.string() }),
    action: z.string().meta({ description: '<noun>.<past>, such as alias.moved' }),
    target: z.object({ kind: z.string(), id: z.string().nullable(), name: z.string() }),
    outcome: z.enum(['done', 'refused']),
    requestId: z.string().nullable(),
    change: z.json().nullable(),
  })
  .meta({ id: 'AuditEvent' });
export type AuditEvent = z.infer<typeof AuditEvent>;
export const AuditEventPage = pageOf(AuditEvent, 'AuditEventPage');
export type AuditEventPage = z.infer<typeof AuditEventPage>;
