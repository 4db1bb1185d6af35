import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LineCounter, parseDocument } from 'yaml';
import { Config } from './config.js';
import { ConfigSchema, settingFacts, type ConfigValues, type SettingName } from './config.schema.js';

/** Root of the repository or of the installation: the folder that holds `config/`. */
export const installationFolder = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..', '..');

export interface SettingOrigin {
  readonly source: 'environment' | 'file' | 'default';
  readonly location: string;
}

/** The settings are wrong: one line for each, with names and rules and never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const defaultCommandPath = '/usr/local/bin:/usr/bin:/bin';

/** Config with where each value came from. */
export class LoadedConfig extends Config {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string;
  readonly dataFolder: string;
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  readonly logLevel: ConfigValues['logLevel'];
  readonly workerConcurrency: number;
  readonly maxUploadBytes: number;
  readonly requestsPerMinute: number;
  readonly allowedHosts: readonly string[];
  readonly allowPrivateAddresses: boolean;
  readonly safeMode: boolean;
  readonly masterKey: string | null;
  readonly pluginsFile: string;
  readonly secureCookies: boolean;

  constructor(
    readonly role: 'all' | 'api' | 'worker',
    readonly values: ConfigValues,
    readonly origins: ReadonlyMap<SettingName, SettingOrigin>,
    workingFolder: string,
    readonly commandPath = defaultCommandPath,
  ) {
    super();
    this.host = values.host;
    this.port = values.port;
    this.publicUrl = (
      values.publicUrl ??
      `http://${values.host === '0.0.0.0' || values.host === '::' ? 'localhost' : values.host.includes(':') ? `[${values.host}]` : values.host}:${values.port}`
    ).replace(/\/+$/, '');
    this.dataFolder = isAbsolute(values.data) ? values.data : join(workingFolder, values.data);
    this.databaseUrl = values.databaseUrl;
    this.redisUrl = values.redisUrl;
    this.logLevel = values.logLevel;
    this.workerConcurrency = values.workerConcurrency;
    this.maxUploadBytes = values.maxUploadBytes;
    this.requestsPerMinute = values.requestsPerMinute;
    this.allowedHosts = values.allowedHosts;
    this.allowPrivateAddresses = values.allowPrivateAddresses;
    this.safeMode = values.safeMode;
    this.masterKey = values.masterKey;
    this.pluginsFile = isAbsolute(values.pluginsFile) ? values.pluginsFile : join(installationFolder, values.pluginsFile);
    this.secureCookies = this.publicUrl.startsWith('https:');
    Object.freeze(this);
  }
}

export interface ConfigSources {
  readonly role?: 'all' | 'api' | 'worker';
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Null for none. */
  readonly file?: string | null;
  readonly workingFolder?: string;
  /** Wins over everything; for tests. */
  readonly overrides?: Partial<ConfigValues>;
}

/**
 * Reads the settings: environment (also `NAME_FILE` with a path), then `config/default.yaml`, then the defaults.
 * @throws ConfigError listing every setting that is not valid
 */
export function loadConfig(sources: ConfigSources = {}): LoadedConfig {
  const environment = sources.environment ?? process.env;
  const file =
    sources.file === undefined ? (environment['CRISOL_CONFIG'] ?? join(installationFolder, 'config', 'default.yaml')) : sources.file;
  const faults: string[] = [];
  const raw: Record<string, unknown> = {};
  const origins = new Map<SettingName, SettingOrigin>();
  const fromFile = file && existsSync(file) ? readYaml(file, faults) : new Map<string, { value: unknown; line: number }>();
  const facts = settingFacts();
  for (const fact of facts) {
    const variable = readVariable(environment, fact.variable, faults);
    const inFile = fromFile.get(fact.name);
    if (variable !== undefined) {
      raw[fact.name] = variable;
      origins.set(fact.name, { source: 'environment', location: fact.variable });
    } else if (inFile) {
      raw[fact.name] = inFile.value;
      origins.set(fact.name, { source: 'file', location: `config/default.yaml:${inFile.line}` });
    } else {
      origins.set(fact.name, { source: 'default', location: 'built in' });
    }
    fromFile.delete(fact.name);
  }
  for (const [name, { line }] of fromFile) faults.push(`${name} (config/default.yaml:${line}): there is no such setting`);
  const known = new Set([...facts.map((fact) => fact.variable), 'CRISOL_CONFIG']);
  for (const name of Object.keys(environment)) {
    if (!/^CRISOL_(PORT|HOST|DATA|LOG|WORKER|MAX|REQUESTS|ALLOW|SAFE|PLUGINS|PUBLIC|MASTER)/.test(name)) continue;
    if (!known.has(name) && !known.has(name.replace(/_FILE$/, ''))) faults.push(`${name}: there is no such setting`);
  }
  const parsed = ConfigSchema.safeParse({ ...raw, ...sources.overrides });
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const fact = facts.find((candidate) => candidate.name === issue.path[0]);
      faults.push(
        `${fact?.variable ?? issue.path.join('.')}: ${issue.code === 'invalid_union' ? 'has the wrong form' : issue.message.replace(/, received .*/, '')}`,
      );
    }
  }
  if (faults.length > 0 || !parsed.success)
    throw new ConfigError(`Some settings are not valid:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  return new LoadedConfig(sources.role ?? 'all', parsed.data, origins, sources.workingFolder ?? process.cwd(), environment['PATH']);
}

function readVariable(environment: Readonly<Record<string, string | undefined>>, name: string, faults: string[]): string | undefined {
  const direct = environment[name];
  if (direct !== undefined && direct !== '') return direct;
  const path = environment[`${name}_FILE`];
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    faults.push(`${name}_FILE: the file cannot be read`);
    return undefined;
  }
}

function readYaml(file: string, faults: string[]): Map<string, { value: unknown; line: number }> {
  const lines = new LineCounter();
  const document = parseDocument(readFileSync(file, 'utf8'), { lineCounter: lines });
  const found = new Map<string, { value: unknown; line: number }>();
  if (document.errors.length > 0) {
    faults.push(`config/default.yaml is not valid YAML: ${document.errors[0]?.message.split('\n')[0] ?? ''}`);
    return found;
  }
  const contents = document.contents;
  if (contents === null) return found;
  if (!('items' in contents) || !Array.isArray(contents.items)) {
    faults.push('config/default.yaml: it should hold names and values');
    return found;
  }
  const plain: unknown = document.toJS();
  for (const [name, value] of Object.entries(typeof plain === 'object' && plain !== null ? plain : {})) {
    const pair: unknown = contents.items.find(
      (item) => typeof item === 'object' && item !== null && 'key' in item && String(item.key) === name,
    );
    const key = typeof pair === 'object' && pair !== null && 'key' in pair ? pair.key : null;
    const offset = typeof key === 'object' && key !== null && 'range' in key && Array.isArray(key.range) ? Number(key.range[0]) : 0;
    found.set(name, { value, line: lines.linePos(offset).line });
  }
  return found;
}
