const titleCharactersMax = 60
/** What a person sees as one character may be many code units, but not so many. */
const readCharactersMax = 1000

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** As a person counts them. */
const charactersOf = (text: string) => Array.from(segmenter.segment(text), ({ segment }) => segment)

const greeting = /^(?:hi|hello|hey)(?:(?: there| jarvis)[,!.]?|[,!.]) (?=\S)/i
const courtesy = /^(?:please|(?:can|could|would) you(?: please)?) (?=\S)/i

/** The first words of the first message without its courtesies, whole, until somebody names the conversation. Never cut inside of what is one character to a person. */
export const titleOf = (content: string): string => firstWords(content).title

/** Whether the first message says more than a title can: a model may find better words for it. */
export const isTitleCut = (content: string): boolean => firstWords(content).isCut

/** What a model wrote as a title, as one; null where it is none. */
export function titleIn(written: string): string | null {
  const line = written.trim().split('\n', 1)[0]!
  const bare = without(line.slice(0, readCharactersMax).replace(/^(?:#{1,6} |\*{2}|title: ?)/i, ''))
  // An answer to the question is no title of it.
  return bare === '' || isTitleCut(bare) ? null : bare
}

const around = new Set(` \t"'“”„«»‘’「」『』*_.。`)

/** Without what models put around a title. */
function without(line: string): string {
  const characters = charactersOf(line)
  const first = characters.findIndex((character) => !around.has(character))
  return first === -1 ? '' : characters.slice(first, characters.findLastIndex((character) => !around.has(character)) + 1).join('')
}

function firstWords(content: string): { title: string; isCut: boolean } {
  const line = asTitle(content.replace(/\s+/gu, ' ').trim())
  const characters = charactersOf(line.slice(0, readCharactersMax))
  if (characters.length <= titleCharactersMax && line.length <= readCharactersMax) return { title: line, isCut: false }
  const cut = characters.slice(0, Math.min(titleCharactersMax, Math.max(1, characters.length - 1))).join('')
  const lastSpace = cut.lastIndexOf(' ')
  return { title: `${(lastSpace > cut.length / 2 ? cut.slice(0, lastSpace) : cut).trimEnd()}…`, isCut: true }
}

function asTitle(text: string): string {
  const rest = text.replace(greeting, '').replace(courtesy, '')
  return rest === text ? text : rest.charAt(0).toUpperCase() + rest.slice(1)
}
