import type { Part } from '@jarvis/contracts/parts.ts'
import { Brain, ChevronRight } from 'lucide-react'
import { say } from '#words/say.ts'

type ReasoningProps = { parts: readonly Part[]; streaming: boolean }

/** What the model thought before it answered: folded, for who wants to read it. */
export function Reasoning({ parts, streaming }: ReasoningProps) {
  const thoughts = parts.flatMap((part) => (part.type === 'reasoning' && part.text.trim() !== '' ? [part.text.trim()] : []))
  if (thoughts.length === 0) return null
  const thinking = streaming && parts.at(-1)?.type === 'reasoning'
  return (
    <details className="group/reasoning max-w-[68ch] text-sm">
      <summary className="flex min-h-9 w-fit items-center gap-2 rounded-lg pr-2 text-muted hover:text-ink touch:min-h-10">
        <Brain aria-hidden className="size-4" />
        {thinking ? say('Thinking…') : say('What the model thought')}
        <ChevronRight aria-hidden className="size-3.5 transition-transform group-open/reasoning:rotate-90" />
      </summary>
      <div className="mt-1 mb-2 ml-2 flex flex-col gap-3 border-l border-line py-1 pl-4 text-muted">
        {thoughts.map((thought, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- thoughts only grow at the end
          <p key={index} dir="auto" className="whitespace-pre-wrap wrap-anywhere">
            {thought}
          </p>
        ))}
      </div>
    </details>
  )
}
