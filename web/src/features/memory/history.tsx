import type { Memory } from '@jarvis/contracts/memory.ts'
import { ChevronRight } from 'lucide-react'
import { formatDate } from '#lib/format.ts'
import { timeOf } from './time.ts'
import { say, sayCount } from '#words/say.ts'

/** The sentence that it came from, where it says it in other words, and the time that it speaks of. */
export function Source({ memory: { text, source, happened } }: { memory: Memory }) {
  const isOther = source !== null && bare(source) !== bare(text)
  if (!isOther && happened === null) return null
  return (
    <p className="mt-1 text-[0.8125rem] text-faint [overflow-wrap:anywhere]">
      {isOther && (
        <>
          {say('You said:')} <q dir="auto">{source}</q>
        </>
      )}
      {isOther && happened !== null && ' · '}
      {happened !== null && say('About {time}', { time: timeOf(happened) })}
    </p>
  )
}

const bare = (text: string) =>
  text
    .trim()
    .toLowerCase()
    .replace(/[.!?]$/u, '')

/** What it replaced: recalled no more, and gone when this is forgotten. */
export function Replaced({ memory: { replaced } }: { memory: Memory }) {
  if (replaced.length === 0) return null
  return (
    <details className="group/replaced mt-1 text-[0.8125rem] text-faint">
      <summary className="flex min-h-8 w-fit items-center gap-1 rounded hover:text-ink touch:min-h-10">
        {sayCount(replaced.length, 'Replaced {n} earlier memory', 'Replaced {n} earlier memories')}
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-open/replaced:rotate-90" />
      </summary>
      <ul className="ms-1 flex flex-col gap-1 border-s border-line ps-3">
        {replaced.map(({ id, text, createdAt, closedAt }) => (
          <li key={id} className="[overflow-wrap:anywhere]">
            <span dir="auto" className="text-muted">
              {text}
            </span>{' '}
            {formatDate(createdAt)} – {formatDate(closedAt)}
          </li>
        ))}
      </ul>
    </details>
  )
}
