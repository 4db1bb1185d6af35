import { onMounted, onUnmounted } from 'vue';
import { usePreferences } from '../api/preferences';

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));
const isTextField = (target: EventTarget | null): boolean =>
  isTyping(target) && !(target instanceof HTMLInputElement && ['checkbox', 'radio', 'button'].includes(target.type));

/** Single keys of one page; off while typing, under a dialogue, and when the user wants none. */
export function usePageKeys(keys: Readonly<Record<string, () => void>>): void {
  const preferences = usePreferences();
  function onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTextField(event.target) || !preferences.shortcuts)
      return;
    if (document.querySelector('[role=dialog]')) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
  onMounted(() => document.addEventListener('keydown', onKey));
  onUnmounted(() => document.removeEventListener('keydown', onKey));
}
