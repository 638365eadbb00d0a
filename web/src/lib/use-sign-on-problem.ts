import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import type { Provider, SignOnProblem } from './sign-on-problem.ts'

/** What stands behind the # of this page when somebody comes back from an issuer without success; the sentences are loaded then. */
export function useSignOnProblem(providers: Provider[]): SignOnProblem | null {
  const [hash] = useState(() => location.hash)
  const said = useQuery({
    queryKey: ['sign-on-problem', hash, providers],
    queryFn: async () => (await import('./sign-on-problem.ts')).signOnProblemOf(hash, providers),
    enabled: hash.startsWith('#problem='),
    staleTime: Infinity,
  })
  return said.data ?? null
}
