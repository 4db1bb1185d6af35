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
    })
    .default({ hosts: [], secrets: [] }),
});
/** @public @since 1.0 */
export type PluginManifest = z.infer<typeof PluginManifest>;
