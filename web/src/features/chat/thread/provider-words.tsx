import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { FailedCalls } from '#ui/failed-calls.tsx'
import { say } from '#words/say.ts'

/** What the providers said of a failed answer; for administrators alone. */
export function ProviderWords({ messageId }: { messageId: string }) {
  const { data } = useQuery({
    queryKey: ['failed-calls', messageId],
    queryFn: ({ signal }) => call(endpoints.adminFailedCalls, { query: { messageId } }, signal),
    // Another try of the same answer may have failed since.
    staleTime: 0,
  })
  if (!data?.items.length) return null
  return (
    <section aria-label={say('For administrators: what the provider said')} className="mt-2">
      <FailedCalls calls={data.items} />
    </section>
  )
}
