/** What to do about each code that a plugin's state may carry; one sentence for the operator. */
const fixes: Readonly<Record<string, string>> = {
  // before any code runs
  not_found: 'Correct the entry in plugins.yaml, or put the plugin where it points, then restart.',
  bad_manifest: 'Correct the "crisol" field in its package.json, or install a version whose manifest is right.',
  api_range: 'Use a version of the plugin that is written for this plugin API, or a release of Crisol that has the one it wants.',
  safe_mode: 'Restart without CRISOL_SAFE_MODE; disable what made the trouble before you do.',
  start_crashed: 'Look at its log, then enable it again, isolated if you can; or disable it.',
  package_changed: 'Find out who changed the files, then install the plugin again.',
  package_missing: 'Install the plugin again.',
  npm_missing: 'Install npm on that machine, then enable the plugin again.',
  npm_failed: 'See in its message what npm said (often: no way to the registry), then enable the plugin again.',
  needs_in_process: 'Switch it to in process if you trust it with the database, or use a version that does not ask for it.',
  // while it comes up
  settings_invalid: 'Correct the settings that the message names.',
  import_failed: 'Report it to its author with the message; a version that loads, or the former one, can be installed meanwhile.',
  not_a_plugin: 'Its main module must export what definePlugin gives; report it to its author.',
  wrong_id: 'The id in the code and in package.json must be the same; report it to its author.',
  setup_failed: 'Look at its settings and its log; a fault in setup is for its author.',
  provides_wrong: 'What it brings is not what its manifest says, or another plugin brings the same name; disable one of the two.',
  unknown_ref: 'It wants something of the host that this release does not have; use another version of either.',
  check_failed: 'Look at its settings: the other side did not answer as it should.',
  secrets_unreadable: 'Start every machine with the same CRISOL_MASTER_KEY (or master.key in the data folder), or enter the secrets again.',
  // while it runs
  too_many_faults: 'Look at its log; it gets another try by itself when the quarantine is over, or at once when you enable it.',
  update_failed: 'The former version goes on. See the cause in the message; install a version that runs, or save the settings again.',
  update_fell_back: 'The former version serves again. Report the cause to the author; install a later version when there is one.',
};

/** The sentence for a code; null where there is nothing to do. */
export function fixFor(code: string | null, installed: boolean): string | null {
  if (code === null) return null;
  const fix = fixes[code];
  if (fix === undefined) return 'Look at its log, and enable it again.';
  return installed && code === 'not_found' ? 'Install the plugin again.' : fix;
}
