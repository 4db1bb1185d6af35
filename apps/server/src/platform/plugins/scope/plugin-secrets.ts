import { PluginError, type PluginSecrets } from '@crisol/plugin-api';

/** The secrets among a plugin's settings, by the names that its manifest declares. */
export function declaredSecrets(declared: readonly string[], settings: Readonly<Record<string, unknown>>): PluginSecrets {
  return {
    get: (name) => {
      if (!declared.includes(name))
        throw new PluginError('rejected', `The manifest does not declare a secret "${name}"; add it to permissions.secrets.`);
      const value = settings[name];
      return typeof value === 'string' && value !== '' ? value : undefined;
    },
  };
}
