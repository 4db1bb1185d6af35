import type { Me, Scope, SetupState, SignIn } from '@crisol/contracts';
import { defineStore } from 'pinia';
import { computed, ref } from 'vue';
import { api, onSessionLost, setCsrfToken } from './http';
import { asProblem } from './problem-error';
import { queryClient } from './query-client';

/** Who is signed in, and what they may do. */
export const useSession = defineStore('session', () => {
  const me = ref<Me | null>(null);
  const expired = ref(false);
  const loaded = ref(false);
  const scopes = computed(() => new Set<string>(me.value?.scopes ?? []));

  onSessionLost(() => {
    if (me.value) expired.value = true;
  });

  async function load(): Promise<void> {
    try {
      const answer = await api.get<Me>('/me');
      setCsrfToken(answer.csrfToken);
      me.value = answer;
      expired.value = false;
    } catch (error) {
      if (asProblem(error).status !== 401) throw error;
      me.value = null;
    } finally {
      loaded.value = true;
    }
  }
  async function signIn(credentials: SignIn): Promise<void> {
    await api.post('/session', credentials);
    const before = me.value?.id;
    await load();
    if (before && before !== me.value?.id) queryClient.clear();
    else await queryClient.invalidateQueries();
  }
  async function signOut(): Promise<void> {
    await api.remove('/session');
    setCsrfToken(null);
    me.value = null;
    expired.value = false;
    queryClient.clear();
  }
  async function completeSetup(token: string, username: string, password: string): Promise<void> {
    await api.post('/setup', { token, username, password });
    await load();
    if (!me.value) await signIn({ username, password });
  }
  const setupNeeded = async (): Promise<boolean> => (await api.get<SetupState>('/setup')).needed;
  /** `write` includes `read` of the same room. */
  const can = (scope: Scope): boolean =>
    scopes.value.has(scope) || (scope.endsWith(':read') && scopes.value.has(scope.replace(/:read$/, ':write')));

  return { me, expired, loaded, load, signIn, signOut, completeSetup, setupNeeded, can };
});
