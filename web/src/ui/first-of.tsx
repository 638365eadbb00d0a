import { type ReactNode, useState } from 'react'
import { sayCount } from '#words/say.ts'
import { Button } from './button.tsx'

/** The first of a list, and what shows the rest of it. */
export function useFirst<Item>(items: readonly Item[], shownAtFirst: number): { shown: readonly Item[]; rest: ReactNode } {
  const [isAll, setAll] = useState(false)
  const more = items.length - shownAtFirst
  if (isAll || more <= 0) return { shown: items, rest: null }
  return {
    shown: items.slice(0, shownAtFirst),
    rest: (
      <Button className="self-start" onClick={() => setAll(true)}>
        {sayCount(more, 'Show {n} more', 'Show {n} more')}
      </Button>
    ),
  }
}
