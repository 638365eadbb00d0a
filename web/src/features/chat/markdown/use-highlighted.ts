import { useEffect, useRef, useState } from 'react'
import { type Token, highlight } from './highlighter.ts'

const pauseMs = 150
const charactersMax = 40_000
const nothing = { code: '', lines: [] as Token[][] }

/** Coloured lines for as much of the code as has been coloured, and the rest as it is: streaming never waits for colours. */
export function useHighlighted(code: string, language: string | undefined): { lines: Token[][]; rest: string } {
  const [done, setDone] = useState(nothing)
  const busy = useRef(false)

  useEffect(() => {
    if (busy.current || !language || code === done.code || code.length > charactersMax) return
    busy.current = true
    void colour(code, language).then((lines) => {
      busy.current = false
      return setDone({ code, lines })
    })
  }, [code, language, done.code])

  const usable = done.lines.length > 0 && code.startsWith(done.code)
  return usable ? { lines: done.lines, rest: code.slice(done.code.length) } : { lines: nothing.lines, rest: code }
}

async function colour(code: string, language: string): Promise<Token[][]> {
  await new Promise((resolve) => setTimeout(resolve, pauseMs))
  try {
    return await highlight(code, language)
  } catch {
    return []
  }
}
