import type { Match } from '@jarvis/contracts/chat.ts'
import { Link } from '@tanstack/react-router'
import { type ReactNode, Fragment } from 'react'

/** Where in a conversation the words stand; leads to that message. */
export function FoundPlace({
  conversationId,
  match: { messageId, snippet, ranges },
  onOpen,
}: {
  conversationId: string
  match: Match
  onOpen: () => void
}) {
  const pieces: ReactNode[] = []
  let from = 0
  for (const [start, end] of ranges) {
    pieces.push(snippet.slice(from, start), <mark className="rounded-sm bg-warn-line text-inherit">{snippet.slice(start, end)}</mark>)
    from = end
  }
  return (
    <Link
      to="/c/$conversationId"
      params={{ conversationId }}
      search={{ message: messageId }}
      onClick={onOpen}
      dir="auto"
      className="mb-1 ms-3 line-clamp-2 rounded-lg border-s-2 border-line px-2.5 py-1 text-[0.8125rem] text-muted hover:bg-hover hover:text-ink"
    >
      {pieces.map((piece, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- pieces have no other name
        <Fragment key={index}>{piece}</Fragment>
      ))}
      {snippet.slice(from)}
    </Link>
  )
}
