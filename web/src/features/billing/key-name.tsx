import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useQuery } from '@tanstack/react-query'
import { call } from '#lib/call.ts'

/** An API key by its name; it may have been deleted since. */
export function KeyName({ id }: { id: string }) {
  const { data } = useQuery({ queryKey: ['api-keys'], queryFn: ({ signal }) => call(endpoints.apiKeys, {}, signal) })
  if (id === '') return 'Without an API key'
  if (!data) return 'An API key'
  return data.items.find((key) => key.id === id)?.name ?? <span className="text-muted">A deleted API key</span>
}
