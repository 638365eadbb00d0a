const titleCharactersMax = 60
/** What a person sees as one character may be many code units, but not so many. */
const readCharactersMax = 1000

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })

const greeting = /^(?:hi|hello|hey)(?:(?: there| jarvis)[,!.]?|[,!.]) (?=\S)/i
const courtesy = /^(?:please|(?:can|could|would) you(?: please)?) (?=\S)/i

/** The first words of the first message without its courtesies, whole, until somebody names the conversation. Never cut inside of what is one character to a person. */
export function titleOf(content: string): string {
  const line = asTitle(content.replace(/\s+/gu, ' ').trim())
  const characters = Array.from(segmenter.segment(line.slice(0, readCharactersMax)), ({ segment }) => segment)
  if (characters.length <= titleCharactersMax && line.length <= readCharactersMax) return line
  const cut = characters.slice(0, Math.min(titleCharactersMax, Math.max(1, characters.length - 1))).join('')
  const lastSpace = cut.lastIndexOf(' ')
  return `${(lastSpace > cut.length / 2 ? cut.slice(0, lastSpace) : cut).trimEnd()}…`
}

function asTitle(text: string): string {
  const rest = text.replace(greeting, '').replace(courtesy, '')
  return rest === text ? text : rest.charAt(0).toUpperCase() + rest.slice(1)
}
