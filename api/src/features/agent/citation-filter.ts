import type { Citation } from '@jarvis/contracts/chat.ts'

type FilterDeps = {
  /** What a number leads to; null where it leads nowhere, undefined while there is nothing to cite. */
  known(n: number): Citation | null | undefined
  /** Once for each passage of a file that the text names: pages of the web are said when they are found. */
  onCited(citation: Citation): void
}

/** A number that may be more of one, or the space before it. */
const unfinished = / ?(?:\[\d{0,4}(?:\])?)?$/
const number = /^\[(\d{1,4})\]/

/** Text on its way to its readers: says which numbers it names, and takes those out that lead nowhere, but in code, in links and after a name. */
export function createCitationFilter({ known, onCited }: FilterDeps) {
  const cited = new Set<number>()
  let held = ''
  /** How many backticks opened the code that the text is in. */
  let fence = 0
  let before = ''

  function through(text: string, isEnd: boolean): string {
    let shown = ''
    let from = 0
    while (from < text.length) {
      const next = text.slice(from).search(/[`[]/)
      if (next < 0) break
      shown += text.slice(from, from + next)
      from += next
      const run = /^`+/.exec(text.slice(from, from + 100))?.[0].length ?? 0
      if (run > 0) {
        fence = fence === 0 ? run : run >= fence ? 0 : fence
        shown += text.slice(from, from + run)
        from += run
        continue
      }
      const [mark = '[', digits] = number.exec(text.slice(from, from + 6)) ?? []
      const place = digits === undefined ? undefined : known(Number(digits))
      if (place?.kind === 'file' && !cited.has(place.n)) {
        cited.add(place.n)
        onCited(place)
      }
      const after = text[from + mark.length]
      const isNamed = /[\p{L}\p{N}_\])]/u.test((shown || before).at(-1) ?? '')
      const mayGo = place === null && fence === 0 && !isNamed && after !== '(' && after !== ':' && after !== '[' && (after !== undefined || isEnd)
      if (mayGo) shown = shown.replace(/ $/, '')
      else shown += mark
      from += mark.length
    }
    shown += text.slice(from)
    if (shown !== '') before = shown.slice(-1)
    return shown
  }

  return {
    feed(delta: string): string {
      if (held === '' && known(0) === undefined && !delta.includes('`')) {
        before = delta.slice(-1)
        return delta
      }
      const text = held + delta
      const cut = known(0) === undefined ? text.length : (unfinished.exec(text)?.index ?? text.length)
      held = text.slice(cut)
      return through(text.slice(0, cut), false)
    },
    /** What was held back. */
    flush(): string {
      const text = held
      held = ''
      return through(text, true)
    },
  }
}
