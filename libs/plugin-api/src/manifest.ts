import { z } from 'zod';

/** The `crisol` field of a plugin's `package.json`, readable without running code. @public @since 1.0 */
export const PluginManifest = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'kebab-case, such as notifier-webhook')
    .max(64),
  kinds: z.array(z.enum(['model-type', 'feature-store', 'validator', 'notifier'])).min(1),
  /** Range of `plugin-api` versions, such as `^1.0`. */
  api: z.string().min(1).max(40),
  permissions: z
    .strictObject({
      /** Host names that the `HttpClient` may reach; `*` for any public host. */
      hosts: z.array(z.string().min(1).max(253)).default([]),
      /** Names of the settings that hold secrets. */
      secrets: z.array(z.string().min(1).max(64)).default([]),
      /** Names of the data sets that `Datasets` may read; `*` for any. @since 1.1 */
      datasets: z.array(z.string().min(1).max(128)).default([]),
      /** Whether `Commands` may run programs of the host's machine inside jobs. @since 1.1 */
      commands: z.boolean().default(false),
      /** Whether `OwnDatabase` gives it a schema of its own in the platform's database; in process only. @since 1.1 */
      database: z.boolean().default(false),
      /** Memory of its process in MiB when it runs isolated. @since 1.1 */
      memoryMb: z.int().min(64).max(65_536).default(512),
      /** Processors that it may keep busy when it runs isolated. @since 1.1 */
      cpus: z.int().min(1).max(64).default(1),
    })
    .prefault({}),
});
/** @public @since 1.0 */
export type PluginManifest = z.infer<typeof PluginManifest>;
