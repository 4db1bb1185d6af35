import { z } from 'zod';

const text = (description: string) => z.string().min(1).meta({ description });
const flag = z.union([z.boolean(), z.enum(['true', 'false', '1', '0']).transform((value) => value === 'true' || value === '1')]);
const whole = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const list = z.union([
  z.array(z.string().min(1)),
  z.string().transform((value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ),
]);

/**
 * Every setting: its rule, and in `meta` its variable, what it is for, and whether it is a secret. The key is the name in
 * `config/default.yaml`. The README's table and `GET /settings` are made from this.
 */
export const ConfigSchema = z.strictObject({
  port: whole(0, 65_535).default(7070).meta({ variable: 'CRISOL_PORT', description: 'Port of API and console; 0 takes any free one' }),
  host: text('').default('127.0.0.1').meta({ variable: 'CRISOL_HOST', description: 'Address to listen on; 0.0.0.0 for all' }),
  data: text('').default('.crisol').meta({ variable: 'CRISOL_DATA', description: 'Folder of the database, files and keys' }),
  databaseUrl: z
    .url({ protocol: /^postgres(ql)?$/ })
    .nullable()
    .default(null)
    .meta({ variable: 'DATABASE_URL', description: 'PostgreSQL to use instead of the embedded one', secret: true }),
  redisUrl: z
    .url({ protocol: /^rediss?$/ })
    .nullable()
    .default(null)
    .meta({ variable: 'REDIS_URL', description: 'Redis or Valkey for the doorbell of jobs and shared limits', secret: true }),
  publicUrl: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null)
    .meta({
      variable: 'CRISOL_PUBLIC_URL',
      description: 'Address under which people reach the console; made of host and port when not set',
    }),
  allowedHosts: list.default([]).meta({
    variable: 'CRISOL_ALLOWED_HOSTS',
    description: 'Host names accepted besides loopback and the public address, comma-separated; * takes any',
  }),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'])
    .default('info')
    .meta({ variable: 'CRISOL_LOG_LEVEL', description: 'Least level that is logged' }),
  workerConcurrency: whole(1, 64)
    .default(2)
    .meta({ variable: 'CRISOL_WORKER_CONCURRENCY', description: 'Jobs that one worker runs at the same time' }),
  maxUploadBytes: whole(1024, 1e13)
    .default(20 * 1024 ** 3)
    .meta({ variable: 'CRISOL_MAX_UPLOAD_BYTES', description: 'Size of the largest file that may be uploaded' }),
  requestsPerMinute: whole(1, 1e7)
    .default(600)
    .meta({ variable: 'CRISOL_REQUESTS_PER_MINUTE', description: 'Requests a minute for each key or user, where the key sets none' }),
  allowPrivateAddresses: flag
    .default(false)
    .meta({ variable: 'CRISOL_ALLOW_PRIVATE_ADDRESSES', description: 'Lets plugins call private and loopback addresses' }),
  safeMode: flag.default(false).meta({ variable: 'CRISOL_SAFE_MODE', description: 'Starts without any plugin' }),
  masterKey: z
    .string()
    .regex(/^[A-Za-z0-9+/]{43}=$/, 'must be 32 bytes in base64, as "openssl rand -base64 32" makes them')
    .nullable()
    .default(null)
    .meta({
      variable: 'CRISOL_MASTER_KEY',
      description: 'Key that wraps secrets, 32 bytes in base64, the same on every machine; made in the data folder when not set',
      secret: true,
    }),
  pluginsFile: text('')
    .default('config/plugins.yaml')
    .meta({ variable: 'CRISOL_PLUGINS_FILE', description: 'List of the plugins to load' }),
});
export type ConfigValues = z.infer<typeof ConfigSchema>;
export type SettingName = keyof ConfigValues;

export interface SettingFacts {
  readonly name: SettingName;
  readonly variable: string;
  readonly description: string;
  readonly secret: boolean;
  readonly default: unknown;
}

/** Facts of every setting, in the order of the schema. */
export function settingFacts(): SettingFacts[] {
  const defaults = ConfigSchema.parse({});
  return ConfigSchema.keyof().options.map((name) => {
    const meta = ConfigSchema.shape[name].meta() ?? {};
    return {
      name,
      variable: String(meta['variable']),
      description: String(meta['description']),
      secret: meta['secret'] === true,
      default: defaults[name],
    };
  });
}

/** The README's table of settings. A test compares the two. */
export function settingsTable(): string {
  const rows = settingFacts().map((fact) => {
    const value = fact.default === null || (Array.isArray(fact.default) && fact.default.length === 0) ? '' : `\`${String(fact.default)}\``;
    return `| \`${fact.variable}\` | \`${fact.name}\` | ${value} | ${fact.description} |`;
  });
  return ['| variable | in `config/default.yaml` | default | what for |', '|---|---|---|---|', ...rows].join('\n');
}
