import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { say } from '#words/say.ts'

/** An API key by its name; it may have been deleted since. */
export function KeyName({ id }: { id: string }) {
  const { data } = useQuery({ queryKey: ['api-keys'], queryFn: ({ signal }) => call(endpoints.apiKeys, {}, signal) })
  if (id === '') return say('Without an API key')
  if (!data) return say('An API key')
  return data.items.find((key) => key.id === id)?.name ?? <span className="text-muted">{say('A deleted API key')}</span>
}
