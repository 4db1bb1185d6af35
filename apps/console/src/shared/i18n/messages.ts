import { createI18n } from 'vue-i18n';
import type access from './locales/en/access.json';
import type comparison from './locales/en/comparison.json';
import type datasets from './locales/en/datasets.json';
import type experiments from './locales/en/experiments.json';
import type features from './locales/en/features.json';
import type governance from './locales/en/governance.json';
import type jobs from './locales/en/jobs.json';
import type notifications from './locales/en/notifications.json';
import type overview from './locales/en/overview.json';
import type plugins from './locales/en/plugins.json';
import type registry from './locales/en/registry.json';
import type serving from './locales/en/serving.json';
import type settings from './locales/en/settings.json';
import type shell from './locales/en/shell.json';
import type training from './locales/en/training.json';
import type ui from './locales/en/ui.json';
import type { Locale } from '../api/preferences';

interface Messages {
  access: typeof access;
  comparison: typeof comparison;
  datasets: typeof datasets;
  experiments: typeof experiments;
  features: typeof features;
  governance: typeof governance;
  jobs: typeof jobs;
  notifications: typeof notifications;
  overview: typeof overview;
  plugins: typeof plugins;
  registry: typeof registry;
  serving: typeof serving;
  settings: typeof settings;
  shell: typeof shell;
  training: typeof training;
  ui: typeof ui;
}
export type MessageRoom = keyof Messages;
/** Every key that exists in English; the specs hold Spanish to the same set. */
export type MessageKey = { [Room in MessageRoom]: `${Room}.${keyof Messages[Room] & string}` }[MessageRoom];
export type MessageParams = Readonly<Record<string, string | number>>;

const files = import.meta.glob<Record<string, string>>('./locales/*/*.json', { import: 'default' });
const i18n = createI18n({ legacy: false, locale: 'en', fallbackLocale: 'en', messages: {}, missingWarn: false, fallbackWarn: false });
const wanted = new Set<MessageRoom>();
const loaded = new Set<string>();

async function loadOne(locale: Locale, room: MessageRoom): Promise<void> {
  const file = `./locales/${locale}/${room}.json`;
  const load = files[file];
  if (loaded.has(file) || !load) return;
  i18n.global.mergeLocaleMessage(locale, { [room]: await load() });
  loaded.add(file);
}

/** Loads the words of some rooms; they come again in the new language when it changes. */
export async function loadMessages(locale: Locale, rooms: readonly MessageRoom[]): Promise<void> {
  for (const room of rooms) wanted.add(room);
  await Promise.all([...wanted].map((room) => loadOne(locale, room)));
  i18n.global.locale.value = locale;
}

/** The words of a key. A number `n` chooses between the singular and the plural form. */
export function t(key: MessageKey, params: MessageParams = {}): string {
  const count = params['n'];
  return typeof count === 'number' ? i18n.global.t(key, params, count) : i18n.global.t(key, params);
}

/** The words of a key that is put together at run time, such as a state's; `fallback` when there are none. */
export function tMaybe(key: string, fallback: string): string {
  return i18n.global.te(key) ? i18n.global.t(key) : fallback;
}
export const currentLocale = i18n.global.locale;
