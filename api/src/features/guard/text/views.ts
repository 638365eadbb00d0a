import { smuggledText } from '#lib/reading/invisible.ts'
import { decodings, type Decoding } from './decode.ts'
import { fold, type Folded } from '#lib/reading/fold.ts'
import { type Respelling, respellings } from './respellings.ts'
import { joinSpacedLetters, unleet } from '#lib/reading/respell.ts'

/** One reading of a text. A finding at [start, end) of `text` stands at `origin` in the original. */
export type View = {
  kind: 'plain' | 'smuggled' | 'spaced' | 'leet' | Respelling['kind'] | Decoding['kind']
  text: string
  origin: (start: number, end: number) => [number, number]
}

export type Reading = { plain: Folded; views: View[] }

const depthMax = 2
/** What decoding may add in all, as a multiple of the text: nested encodings shrink, so honest ones fit. */
const growthMax = 2

/** Every reading worth inspecting: the text itself, and what is spelled oddly, hidden or encoded in it. */
export function readings(text: string): Reading {
  const plain = fold(text)
  const views: View[] = [{ kind: 'plain', text: plain.text, origin: (from, to) => [plain.origin(from), plain.origin(to)] }]
  const smuggled = smuggledText(text)
  if (smuggled) views.push({ kind: 'smuggled', text: fold(smuggled).text, origin: () => [0, 0] })
  for (const spaced of joinSpacedLetters(plain.text)) {
    views.push({ kind: 'spaced', text: spaced.text, origin: () => [plain.origin(spaced.start), plain.origin(spaced.end)] })
  }
  const leet = unleet(plain.text)
  if (leet !== undefined) views.push({ kind: 'leet', text: leet, origin: (from, to) => [plain.origin(from), plain.origin(to)] })
  for (const { kind, text: respelled, origins } of respellings(plain.text)) {
    const placeOf = (at: number) => plain.origin(origins[at] ?? plain.text.length)
    views.push({ kind, text: respelled, origin: (from, to) => [placeOf(from), placeOf(to)] })
  }
  addDecoded(views, text, { left: text.length * growthMax })
  return { plain, views }
}

function addDecoded(views: View[], text: string, budget: { left: number }, depth = 1, outer?: [number, number]) {
  for (const decoding of decodings(text)) {
    budget.left -= decoding.text.length
    if (budget.left < 0) return
    const span: [number, number] = outer ?? [decoding.start, decoding.end]
    views.push({ kind: decoding.kind, text: fold(decoding.text).text, origin: () => span })
    if (depth < depthMax) addDecoded(views, decoding.text, budget, depth + 1, span)
  }
}
