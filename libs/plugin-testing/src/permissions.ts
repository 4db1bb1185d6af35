import { PluginManifest } from '@crisol/plugin-api';

/** Permissions of a manifest, with the defaults for what is not given. @public @since 1.1 */
export function permissions(given: Partial<PluginManifest['permissions']> = {}): PluginManifest['permissions'] {
  return PluginManifest.shape.permissions.parse(given);
}
