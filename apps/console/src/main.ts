import { VueQueryPlugin } from '@tanstack/vue-query';
import { createPinia } from 'pinia';
import { createApp, watch } from 'vue';
import AppRoot from './app/AppRoot.vue';
import { createConsoleRouter } from './app/router/router';
import { setRequestLanguage } from './shared/api/http';
import { usePreferences } from './shared/api/preferences';
import { queryClient } from './shared/api/query-client';
import { loadMessages } from './shared/i18n/messages';
import './styles.css';

interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML(text: string): string; createScriptURL(address: string): string }): unknown;
}
declare global {
  interface Window {
    trustedTypes?: TrustedTypes;
  }
}
// Nothing may write markup but Vue's own policy; the chart painter clears its root with the empty string.
window.trustedTypes?.createPolicy('default', {
  createHTML(text) {
    if (text === '') return text;
    throw new TypeError('Markup is written by templates only');
  },
  // Workers come from our own assets and from nowhere else.
  createScriptURL(address) {
    const { origin, pathname } = new URL(address, location.href);
    if (origin === location.origin && pathname.startsWith('/console/assets/')) return address;
    throw new TypeError('Scripts come from the assets of this console only');
  },
});

const app = createApp(AppRoot);
app.use(createPinia());
app.use(VueQueryPlugin, { queryClient });
const preferences = usePreferences();
watch(
  () => preferences.locale,
  (locale) => {
    setRequestLanguage(locale);
    void loadMessages(locale, []);
  },
);
setRequestLanguage(preferences.locale);
await loadMessages(preferences.locale, ['ui', 'shell']);
app.use(createConsoleRouter());
app.mount('#app');
