import { useQuery } from '@tanstack/react-query'
import { peopleQuery } from './queries.ts'
import { say } from '#words/say.ts'

export function PersonName({ id }: { id: string }) {
  const { data } = useQuery({ ...peopleQuery, staleTime: 60_000 })
  const person = data?.items.find((candidate) => candidate.id === id)
  if (!person && !/^[0-9a-f-]{36}$/.test(id)) return say('Erased accounts')
  return person ? (
    <span title={person.email}>{person.name || person.email}</span>
  ) : (
    <code className="font-mono text-[0.8125rem]">{id.slice(-12)}</code>
  )
}
