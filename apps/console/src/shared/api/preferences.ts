import { defineStore } from 'pinia';
import { computed, ref, watch } from 'vue';

export type Theme = 'system' | 'light' | 'dark';
export type Locale = 'en' | 'es';
interface Stored {
  theme: Theme;
  locale: Locale;
  density: 'compact' | 'comfortable';
  shortcuts: boolean;
  collapsed: boolean;
}
const storageKey = 'crisol.preferences';

function read(): Stored {
  const defaults: Stored = {
    theme: 'system',
    locale: navigator.language.toLowerCase().startsWith('es') ? 'es' : 'en',
    density: 'compact',
    shortcuts: true,
    collapsed: false,
  };
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    return typeof stored === 'object' ? { ...defaults, ...stored } : defaults;
  } catch {
    return defaults;
  }
}

/** What a person chose about the look; kept in this browser. */
export const usePreferences = defineStore('preferences', () => {
  const initial = read();
  const theme = ref(initial.theme);
  const locale = ref(initial.locale);
  const density = ref(initial.density);
  const shortcuts = ref(initial.shortcuts);
  const collapsed = ref(initial.collapsed);
  const media = matchMedia('(prefers-color-scheme: dark)');
  const systemDark = ref(media.matches);
  media.addEventListener('change', (event) => (systemDark.value = event.matches));
  const dark = computed(() => theme.value === 'dark' || (theme.value === 'system' && systemDark.value));

  watch(
    [theme, locale, density, shortcuts, collapsed, dark],
    () => {
      document.documentElement.dataset['theme'] = dark.value ? 'dark' : 'light';
      document.documentElement.dataset['density'] = density.value;
      document.documentElement.lang = locale.value;
      const stored: Stored = {
        theme: theme.value,
        locale: locale.value,
        density: density.value,
        shortcuts: shortcuts.value,
        collapsed: collapsed.value,
      };
      try {
        localStorage.setItem(storageKey, JSON.stringify(stored));
      } catch {
        // A closed storage only means that the choice is not kept.
      }
    },
    { immediate: true },
  );
  return { theme, locale, density, shortcuts, collapsed, dark };
});
