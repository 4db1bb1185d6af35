import { ref } from 'vue';

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'success' | 'danger';
  readonly action?: { readonly label: string; readonly run: () => void };
}
const toasts = ref<Toast[]>([]);
let next = 1;

/** Short news at the bottom right: successes leave after 5 s, errors stay. */
export function useToasts() {
  const dismiss = (id: number): void => {
    toasts.value = toasts.value.filter((toast) => toast.id !== id);
  };
  function show(toast: Omit<Toast, 'id'>): void {
    const id = next++;
    toasts.value = [...toasts.value, { ...toast, id }].slice(-3);
    if (toast.tone === 'success') setTimeout(() => dismiss(id), 5000);
  }
  return {
    toasts,
    dismiss,
    succeed: (text: string, action?: Toast['action']) => show({ text, tone: 'success', ...(action ? { action } : {}) }),
    fail: (text: string) => show({ text, tone: 'danger' }),
  };
}
