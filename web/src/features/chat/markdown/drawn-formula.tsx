import { useEffect, useRef, useState } from 'react'
import type { Formula } from './node.ts'
import { say } from '#words/say.ts'

/** Longer ones stay as they were written: to lay them out would hold up the page. */
const charactersMax = 4000

/** A formula, and until it is drawn, or where it cannot be, its TeX as it was written. Readers get it as MathML. */
export function DrawnFormula({ formula: { value, source, display } }: { formula: Formula }) {
  const place = useRef<HTMLSpanElement>(null)
  const [drawn, setDrawn] = useState(false)
  useEffect(() => {
    let gone = false
    const draw = async () => {
      const { drawFormula } = await import('./katex.ts')
      if (!gone && place.current) setDrawn(drawFormula(place.current, value, display))
    }
    if (value.length <= charactersMax) draw().catch(() => undefined)
    return () => {
      gone = true
    }
  }, [value, display])
  const look = display ? 'formula display' : 'formula'
  return (
    <>
      <span
        ref={place}
        dir="ltr"
        hidden={!drawn}
        className={drawn ? look : undefined}
        // What scrolls must be reachable by keyboard.
        {...(display && drawn && { tabIndex: 0, role: 'group', 'aria-label': say('Formula') })}
      />
      {!drawn && <code className={look}>{source}</code>}
    </>
  )
}
