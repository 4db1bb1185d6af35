import { QueryClient } from '@tanstack/vue-query';
import { asProblem } from './problem-error';

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      gcTime: 10 * 60_000,
      retry: (count, error) => count < 2 && asProblem(error).problem.retryable,
      retryDelay: (count, error) => asProblem(error).retryAfterMs ?? Math.min(1000 * 2 ** count, 8000),
    },
  },
});
