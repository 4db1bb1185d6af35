/** The settings in force, read once at the start and frozen. `config.schema.ts` holds the rules and `loadConfig` the order of sources. */
export abstract class Config {
  abstract readonly role: 'all' | 'api' | 'worker';
  abstract readonly host: string;
  /** 0 takes any free port. */
  abstract readonly port: number;
  /** Address under which people reach the console, without a slash at the end; made of host and port when not set. */
  abstract readonly publicUrl: string;
  /** Absolute path of the data folder. */
  abstract readonly dataFolder: string;
  /** Null: the embedded PostgreSQL in the data folder. */
  abstract readonly databaseUrl: string | null;
  /** Null: LISTEN/NOTIFY and memory instead of Redis or Valkey. */
  abstract readonly redisUrl: string | null;
  abstract readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Jobs that run at the same time in one worker. */
  abstract readonly workerConcurrency: number;
  /** Bytes of the largest file that may be uploaded. */
  abstract readonly maxUploadBytes: number;
  /** Requests a minute for each key, where the key sets none. */
  abstract readonly requestsPerMinute: number;
  /** Host names accepted in the Host header besides loopback and the public URL; `*` takes any. */
  abstract readonly allowedHosts: readonly string[];
  /** Whether plugins may call private and loopback addresses (for a webhook receiver inside the house). */
  abstract readonly allowPrivateAddresses: boolean;
  /** Starts without any plugin. */
  abstract readonly safeMode: boolean;
  /** 32 bytes in base64; null: one is made in the data folder. */
  abstract readonly masterKey: string | null;
  /** Absolute path of plugins.yaml. */
  abstract readonly pluginsFile: string;
  abstract readonly secureCookies: boolean;
  /** Folders in which commands of jobs are looked up, as the PATH of the server has them. */
  abstract readonly commandPath: string;
}
