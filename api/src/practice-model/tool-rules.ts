import { acknowledge } from './recall.ts'
import { arithmeticIn } from './arithmetic.ts'

type Args = Record<string, string>
type Rule = { tool: string; argsFor: (text: string) => Args | undefined }

const rules: Rule[] = [
  { tool: 'calculator', argsFor: (text) => wrap('expression', arithmeticIn(text)) },
  { tool: 'clock', argsFor: (text) => (asksForTime.test(text) ? timeZoneIn(text) : undefined) },
  { tool: 'web_search', argsFor: (text) => wrap('query', searchIn(text)) },
]

/** The first tool that the message calls for, that is offered, and that was not called in this turn yet. */
export function toolCallFor(text: string, offered: string[], called: Set<string>): { name: string; args: Args } | undefined {
  if (/^\W*(?:please\s+)?remember\b|^\W*my\b/i.test(text) && acknowledge(text)) return undefined
  for (const { tool, argsFor } of rules) {
    if (!offered.includes(tool) || called.has(tool)) continue
    const args = argsFor(text)
    if (args) return { name: tool, args }
  }
  return undefined
}

const wrap = (key: string, value: string | undefined): Args | undefined => (value ? { [key]: value } : undefined)

const asksForTime =
  /\bwhat(?:'s| is|’s)? (?:the )?(?:current |exact )?(?:time|date)\b|\bwhat (?:day|year|month) is\b|\b(?:current|today's|today’s) (?:date|time)\b|\btime is it\b|\bwhich day\b|\b(?:date|day) (?:is it )?today\b/i

/** "in New York" → America/New_York, "Europe/Berlin" as it is. */
function timeZoneIn(text: string): Args {
  const named = /\b[A-Z][A-Za-z]+\/[A-Z][A-Za-z_/]+\b/.exec(text)?.[0]
  if (named) return { timeZone: named }
  const place = /\b(?:in|at|for)\s+((?:\p{Lu}[\p{L}.]*\s?)+)/u.exec(text)?.[1]?.trim().replaceAll(' ', '_')
  const zone = place && Intl.supportedValuesOf('timeZone').find((name) => name.endsWith(`/${place}`))
  return zone ? { timeZone: zone } : {}
}

const leadIn =
  /^[\s\S]*?(?:^|[.!?,]\s+|\b(?:please|you|to|and|then)\s+)(?:search(?: (?:the )?(?:web|internet|online))?(?: for)?|look up|google|find out(?: about)?|do a web search (?:for|about))\b[\s:]*/i
const currentAffairs = /\b(?:latest|news|newest|recent(?:ly)?)\b|^\W*who(?:'s| is|’s| was| won| invented| wrote)\b(?! (?:my|our|i)\b)/i

function searchIn(text: string): string | undefined {
  if (!leadIn.test(text) && !currentAffairs.test(text)) return undefined
  const query = text
    .replace(leadIn, '')
    .split('\n')[0]!
    .slice(0, 400)
    .replace(/[?!.\s]+$/, '')
  return query.slice(0, 200) || undefined
}
