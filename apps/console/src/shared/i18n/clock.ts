import { onScopeDispose, ref, type Ref } from 'vue';

const now = ref(Date.now());
let users = 0;
let timer: ReturnType<typeof setInterval> | undefined;

/** The time, renewed every ten seconds while somebody looks. */
export function useNow(): Readonly<Ref<number>> {
  users++;
  now.value = Date.now();
  timer ??= setInterval(() => (now.value = Date.now()), 10_000);
  onScopeDispose(() => {
    users--;
    if (users > 0) return;
    clearInterval(timer);
    timer = undefined;
  });
  return now;
}
