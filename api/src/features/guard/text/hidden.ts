/** Where a page keeps text that its reader does not see, as [start, end). */
export type Region = { start: number; end: number }

const regions = [
  /!\[([^\][\n]{12,600})\]\(/gi,
  /\b(?:alt|title|content|aria-label|data-[a-z]{1,30}) ?= ?"([^"\n]{12,1000})"/gi,
  /<[a-z]{1,12} [^<>\n]{0,200}(?:display ?: ?none|visibility ?: ?hidden|font-size ?: ?0|opacity ?: ?0|color ?: ?(?:#fff|white)|\bhidden\b)[^<>\n]{0,100}>([^<]{1,1000})/gi,
]

/** Finds the hidden region that a place lies in; by binary search, since a page may have thousands. */
export function hiddenRegions(text: string): (at: number) => Region | undefined {
  if (!/[<!=]/.test(text)) return () => undefined
  const found = disjoint([...comments(text), ...regions.flatMap((region) => Array.from(text.matchAll(region), toRegion))])
  return (at) => {
    let low = 0
    let high = found.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (found[middle]!.end <= at) low = middle + 1
      else high = middle
    }
    return low < found.length && found[low]!.start <= at ? found[low] : undefined
  }
}

function disjoint(found: Region[]): Region[] {
  const result: Region[] = []
  for (const region of found.sort((a, b) => a.start - b.start)) {
    const last = result.at(-1)
    if (last && region.start < last.end) last.end = Math.max(last.end, region.end)
    else result.push(region)
  }
  return result
}

function toRegion(match: RegExpExecArray): Region {
  const start = match.index + match[0].lastIndexOf(match[1]!)
  return { start, end: start + match[1]!.length }
}

/** By search, not by pattern: a thousand openings without an end must not cost a thousand passes. */
function comments(text: string): Region[] {
  const found: Region[] = []
  for (let start = text.indexOf('<!--'); start >= 0;) {
    const close = text.indexOf('-->', start + 4)
    if (close < 0) break
    found.push({ start, end: close + 3 })
    start = text.indexOf('<!--', close + 3)
  }
  return found
}
