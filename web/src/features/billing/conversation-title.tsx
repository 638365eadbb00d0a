import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { conversationQuery } from '#lib/conversation.ts'
import { say } from '#words/say.ts'

const isId = (key: string) => /^[0-9a-f-]{36}$/.test(key)

/** A conversation by its title; it may have been deleted since, and what was remembered or embedded belongs to none. */
export function ConversationTitle({ id }: { id: string }) {
  const { data, isError } = useQuery({ ...conversationQuery(id), enabled: isId(id), staleTime: Infinity })
  if (!isId(id)) return say('Outside conversations')
  if (isError) return <span className="text-muted">{say('A deleted conversation')}</span>
  return (
    <Link to="/c/$conversationId" params={{ conversationId: id }} className="text-accent underline decoration-accent-line underline-offset-4">
      {data ? data.title || say('New chat') : say('A conversation')}
    </Link>
  )
}
