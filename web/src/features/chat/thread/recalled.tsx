import type { RecalledMemory, TurnSpeaker } from '@jarvis/contracts/chat.ts'
import { Link } from '@tanstack/react-router'
import { BookMarked, ChevronRight } from 'lucide-react'
import { formatDate } from '#lib/format.ts'
import { say, sayCount } from '#words/say.ts'

/** What Jarvis remembered of the person for this answer. */
export function Recalled({ memories }: { memories: readonly RecalledMemory[] }) {
  if (memories.length === 0) return null
  return (
    <details className="group/recalled max-w-[68ch] text-sm">
      <summary className="flex min-h-9 w-fit items-center gap-2 rounded-lg pe-2 text-muted hover:text-ink touch:min-h-10">
        <BookMarked aria-hidden className="size-4" />
        {sayCount(memories.length, 'Remembered {n} thing', 'Remembered {n} things')}
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-open/recalled:rotate-90" />
      </summary>
      <ul className="mt-1 mb-2 ms-2 flex flex-col gap-2 border-s border-line py-1 ps-4 text-muted">
        {memories.map((memory) => (
          <li key={memory.id} dir="auto">
            {memory.turn && <Said turn={memory.turn} createdAt={memory.createdAt} />}
            {memory.text}
          </li>
        ))}
        <li>
          <Link to="/memory" className="inline-flex min-h-8 items-center text-accent underline decoration-accent-line underline-offset-4">
            {say('What Jarvis remembers')}
          </Link>
        </li>
      </ul>
    </details>
  )
}

/** Who said it in which other conversation, and when; leads to that message. */
function Said({ turn, createdAt }: { turn: NonNullable<RecalledMemory['turn']>; createdAt: string | undefined }) {
  const { conversationId, messageId, speaker, tool } = turn
  return (
    <Link
      to="/c/$conversationId"
      params={{ conversationId }}
      search={{ message: messageId }}
      className="block w-fit text-[0.8125rem] text-accent underline decoration-accent-line underline-offset-4 touch:py-1"
    >
      {saidBy(speaker, tool, createdAt === undefined ? '' : formatDate(createdAt))}
    </Link>
  )
}

function saidBy(speaker: TurnSpeaker, tool: string | undefined, date: string): string {
  if (speaker === 'tool') return say('{tool} returned, {date}', { tool: tool ?? '?', date })
  return speaker === 'person' ? say('You said, {date}', { date }) : say('Jarvis said, {date}', { date })
}
