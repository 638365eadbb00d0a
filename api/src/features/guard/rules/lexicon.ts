import { foldTerm } from '#lib/reading/fold.ts'
import { asian } from './asian.ts'
import { type Concept, english, type Vocabulary } from './concepts.ts'
import { european } from './european.ts'
import { splitWords } from './words.ts'

export const concepts = Object.keys(english) as Concept[]
const idOf = new Map(concepts.map((concept, id) => [concept, id]))
export const conceptId = (concept: Concept): number => idOf.get(concept)!

export type Phrase = { words: string[]; lastIsStem: boolean; concept: number }

/** All vocabularies in one set of look-ups: the language of a text need not be known, and may change in mid-sentence. */
export type Lexicon = {
  words: Map<string, number[]>
  stems: Map<string, number[]>
  /** The lengths of the stems that begin with a letter. */
  stemLengths: Map<string, number[]>
  phrases: Map<string, Phrase[]>
  /** Terms of scripts without spaces, by first letter, longest first. */
  unspaced: Map<string, { term: string; concept: number }[]>
}

export const lexicon: Lexicon = buildLexicon([english, ...Object.values(european), ...Object.values(asian)])

function buildLexicon(vocabularies: Vocabulary[]): Lexicon {
  const built: Lexicon = { words: new Map(), stems: new Map(), stemLengths: new Map(), phrases: new Map(), unspaced: new Map() }
  for (const vocabulary of vocabularies) {
    for (const [concept, terms] of Object.entries(vocabulary)) {
      for (const term of terms.split(',')) addTerm(built, foldTerm(term.trim()), conceptId(concept as Concept))
    }
  }
  for (const terms of built.unspaced.values()) terms.sort((a, b) => b.term.length - a.term.length)
  return built
}

function addTerm(built: Lexicon, term: string, concept: number) {
  const lastIsStem = term.endsWith('*')
  const words = splitWords(lastIsStem ? term.slice(0, -1) : term).filter((word) => word.kind !== 'end')
  const first = words[0]
  if (!first) return
  if (first.kind === 'unspaced') {
    const known = built.unspaced.get(first.text[0]!) ?? []
    // Chinese and Japanese share words.
    if (!known.some((entry) => entry.term === first.text && entry.concept === concept))
      push(built.unspaced, first.text[0]!, { term: first.text, concept })
  } else if (words.length > 1) {
    push(built.phrases, first.text, { words: words.map((word) => word.text), lastIsStem, concept })
  } else if (lastIsStem) {
    push(built.stems, first.text, concept)
    const lengths = built.stemLengths.get(first.text[0]!) ?? []
    if (!lengths.includes(first.text.length)) built.stemLengths.set(first.text[0]!, [...lengths, first.text.length])
  } else {
    push(built.words, first.text, concept)
  }
}

function push<T>(map: Map<string, T[]>, key: string, value: T) {
  const list = map.get(key)
  if (!list) map.set(key, [value])
  else if (!list.includes(value)) list.push(value)
}
