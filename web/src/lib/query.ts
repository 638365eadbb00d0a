import { QueryClient } from '@tanstack/react-query'
import { ProblemError } from './problem.ts'

const worthRetrying = (error: unknown) => error instanceof ProblemError && (error.code === 'network' || error.status >= 500)

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      networkMode: 'always',
      retry: (failures, error) => navigator.onLine && failures < 2 && worthRetrying(error),
      retryDelay: (failures) => 400 * 2 ** failures,
    },
    mutations: { networkMode: 'always', retry: false },
  },
})
