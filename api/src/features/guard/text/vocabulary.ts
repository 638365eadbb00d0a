import { lexicon } from '#features/guard/rules/lexicon.ts'
import { english } from '#features/guard/rules/concepts.ts'

/** Everyday words, which are no misspelling of another and which a run of letters may consist of. */
const everyday = `a about above after again all also am an and any are as ask at away back be because been before being below between both but by call
can come could day did do does doing done down each else even ever every few find first for form friend from full get give given go good great
had has have having he help her here him his home hope how i if in into is it its just keep kind know last later least left less let life like line
list little live long look made make man many may me mean means message might mine more most much must my name need never new next nice no none not now
number of off office often old on once one only open or order other our out over own page part people piece place plan play please point possible pretty
precious price print program project public put question quite rather read real really right role run said same saw say see seem send sentence service set
several shall she should show side simple since small so some soon sort speak start state still stop story such sure system take tell test text than thank
that the their them then there these they thing think this those though through time to today together told too topic town tried true try turn two type
under until up upon us use used user using very view wait want was watch water way we week well went were what when where which while who whole why will
wish with within without word work world would write year yes yet you your writer writing letter letters answer answers follow following response
responses respond conversation language model assistant reply code example english french german spanish school student teacher house family`
  .trim()
  .split(/\s+/)

const isLatin = (word: string) => /^[a-z]+$/.test(word)
const ofEnglish = Object.values(english).flatMap((terms) =>
  terms.split(',').flatMap((term) =>
    term
      .toLowerCase()
      .replace(/[^a-z ]/g, ' ')
      .split(' '),
  ),
)

/** What a run of letters is taken apart into. */
export const parts: ReadonlySet<string> = new Set([...everyday, ...ofEnglish.filter((word) => word.length > 2)])
export const partLengthMax = 16

const targetLengthMin = 5
const targets = new Set(ofEnglish.filter((word) => isLatin(word) && word.length >= targetLengthMin))
const stems = [...lexicon.stems.keys()].filter(isLatin)
const byDeletion = new Map<string, string>()
for (const target of targets) for (const shorter of deletions(target)) if (!byDeletion.has(shorter)) byDeletion.set(shorter, target)

const isKnown = (word: string) =>
  parts.has(word) ||
  lexicon.words.has(word) ||
  parts.has(word.replace(/(?:s|es|ed|d|ing|ly|er)$/, '')) ||
  stems.some((stem) => stem.length > 3 && word.startsWith(stem))

const remembered = new Map<string, string | undefined>()
const rememberedMax = 20_000

/** The word of the lexicon that a word is one slip away from: a letter lost, doubled, changed or swapped. A long text has few different words. */
export function corrected(word: string): string | undefined {
  if (word.length < targetLengthMin - 1 || word.length > partLengthMax) return undefined
  if (remembered.has(word)) return remembered.get(word)
  if (remembered.size >= rememberedMax) remembered.clear()
  const found = isKnown(word) ? undefined : slipOf(word)
  remembered.set(word, found)
  return found
}

function slipOf(word: string): string | undefined {
  const lost = byDeletion.get(word)
  if (lost) return lost
  for (let at = 0; at + 1 < word.length; at++) {
    const swapped = word.slice(0, at) + word[at + 1]! + word[at]! + word.slice(at + 2)
    if (targets.has(swapped)) return swapped
  }
  for (const shorter of deletions(word)) {
    if (targets.has(shorter)) return shorter
    const changed = byDeletion.get(shorter)
    if (changed && changed.length === word.length && changed[0] === word[0]) return changed
  }
  return undefined
}

function deletions(word: string): string[] {
  return Array.from(word, (_, at) => word.slice(0, at) + word.slice(at + 1))
}
