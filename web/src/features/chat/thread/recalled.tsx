import type { RecalledMemory } from '@jarvis/contracts/chat.ts'
import { Link } from '@tanstack/react-router'
import { BookMarked, ChevronRight } from 'lucide-react'
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
        {memories.map(({ id, text }) => (
          <li key={id} dir="auto">
            {text}
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
