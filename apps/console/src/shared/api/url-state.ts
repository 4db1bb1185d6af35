import { computed, type WritableComputedRef } from 'vue';
import { useRoute, useRouter } from 'vue-router';

/** One parameter of the query string as a ref: reload, Back and a pasted link restore it. */
export function useUrlState<Value extends string>(name: string, fallback: Value): WritableComputedRef<Value> {
  const route = useRoute();
  const router = useRouter();
  return computed({
    // What stands in the address is the caller's union or harmless: every reader falls back on the unknown.
    get: () => (typeof route.query[name] === 'string' ? (route.query[name] as Value) : fallback),
    set: (value) => {
      const query = { ...route.query };
      if (value === fallback) delete query[name];
      else query[name] = value;
      void router.replace({ query, hash: route.hash });
    },
  });
}

/** Changes several parameters of the query string in one step; an empty text takes one away. */
export function useUrlChange(): (changes: Readonly<Record<string, string>>) => void {
  const route = useRoute();
  const router = useRouter();
  return (changes) => {
    const kept = Object.entries({ ...route.query, ...changes }).filter(([, value]) => value !== '');
    void router.replace({ query: Object.fromEntries(kept), hash: route.hash });
  };
}
