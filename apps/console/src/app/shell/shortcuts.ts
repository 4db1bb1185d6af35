import { onMounted, onUnmounted } from 'vue';
import { useRouter } from 'vue-router';
import { usePreferences } from '../../shared/api/preferences';
import { queryClient } from '../../shared/api/query-client';
import { menu } from '../router/rooms';

interface Actions {
  readonly openPalette: () => void;
  readonly openHelp: () => void;
}
const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

/** The keys that work on every page; single letters are off while typing and can be switched off. */
export function useShortcuts(actions: Actions): void {
  const router = useRouter();
  const preferences = usePreferences();
  let goUntil = 0;

  function onKey(event: KeyboardEvent): void {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
      event.preventDefault();
      return actions.openPalette();
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !preferences.shortcuts) return;
    if (document.querySelector('[role=dialog]')) return;
    if (Date.now() < goUntil) {
      goUntil = 0;
      const entry = menu.find((candidate) => candidate.key === event.key);
      if (entry) void router.push(entry.to);
      return;
    }
    if (event.key === 'g') goUntil = Date.now() + 1500;
    else if (event.key === '?') actions.openHelp();
    else if (event.key === 'r') void queryClient.invalidateQueries({ refetchType: 'active' });
    else if (event.key === '/') {
      const field = document.querySelector<HTMLElement>('main input[type=search]');
      if (field) field.focus();
      else actions.openPalette();
      event.preventDefault();
    }
  }
  onMounted(() => document.addEventListener('keydown', onKey));
  onUnmounted(() => document.removeEventListener('keydown', onKey));
}
