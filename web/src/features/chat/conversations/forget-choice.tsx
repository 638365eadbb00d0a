import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Memory } from '@jarvis/contracts/memory.ts'
import { queryOptions } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { say, sayCount } from '#words/say.ts'

const shownMax = 3

/** What Jarvis remembers of the person from a conversation. */
export const rememberedQuery = (conversationId: string) =>
  queryOptions({
    queryKey: ['memories', 'of', conversationId],
    queryFn: ({ signal }) => call(endpoints.memories, { query: { conversationId, limit: 100 } }, signal),
    staleTime: 0,
  })

type ChoiceProps = { memories?: readonly Memory[]; chosen: boolean; onChoose: (chosen: boolean) => void }

/** Whether what was remembered goes with the conversation; it stays unless the person says so. */
export function ForgetChoice({ memories = [], chosen, onChoose }: ChoiceProps) {
  return (
    <div className="mt-3">
      <label className="flex min-h-10 items-center gap-3 text-ink">
        <input type="checkbox" className="size-4 shrink-0 accent-accent" checked={chosen} onChange={() => onChoose(!chosen)} />
        {memories.length > 0
          ? sayCount(memories.length, 'Also forget {n} thing that Jarvis remembers from it', 'Also forget {n} things that Jarvis remembers from it')
          : say('Also forget what Jarvis remembers from them')}
      </label>
      {memories.length > 0 && (
        <ul className="ms-7 flex flex-col gap-1 text-sm">
          {memories.slice(0, shownMax).map(({ id, text }) => (
            <li key={id} dir="auto" className="truncate">
              {text}
            </li>
          ))}
          {memories.length > shownMax && <li>{say('and {n} more', { n: memories.length - shownMax })}</li>}
        </ul>
      )}
    </div>
  )
}
