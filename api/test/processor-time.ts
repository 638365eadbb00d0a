/** Processor time, not wall time: other work on the machine must not count. */
function processorMs(work: () => unknown): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

const roundsMax = 8
/** What the clock and the collector add. */
const grainMs = 5

/** Less than this is in proportion. */
export const growthMax = 2.5

/** The longer work is so many times the shorter: what a busy machine adds is small beside what a square would. */
export const lengthening = 8

/**
 * The time of the longer work, as a multiple of what would be in proportion: 1 where it is, `lengthening` for a square. The best of several
 * rounds of both, in turns: a collection, or a neighbour that takes the machine's caches, may fall into any of them. What is in proportion
 * shows it early.
 */
export function growthOf(short: () => unknown, long: () => unknown): number {
  let [shortMs, longMs, growth] = [Infinity, Infinity, Infinity]
  for (let round = 0; round < roundsMax && (round < 2 || growth >= growthMax); round++) {
    shortMs = Math.min(shortMs, processorMs(short))
    longMs = Math.min(longMs, processorMs(long))
    growth = longMs / (lengthening * (shortMs + grainMs))
  }
  return growth
}

const charactersMax = 200_000
/** As `growthOf`, of a text of 200,000 characters; under 1 for what is too quick to be measured. */
export function growth(text: (length: number) => string, work: (text: string) => unknown): number {
  const [short, long] = [text(charactersMax / lengthening), text(charactersMax)]
  work(text(1000))
  return growthOf(
    () => work(short),
    () => work(long),
  )
}

const repeated = (piece: string) => (length: number) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length)

/** Texts that make somebody's search begin everywhere and end nowhere. */
export const hostileTexts: [name: string, text: (length: number) => string][] = [
  ...[
    'a',
    '-',
    '=',
    '.',
    '<',
    '< ',
    '<a ',
    ' ',
    '\n',
    '\n ',
    '"',
    '\u0301\u0316',
    'A',
    'aGVs',
    'https://a.b/c ',
    'a.',
    'a-',
    '中 ',
    'i g ',
    '%41',
    '\\u0041',
    '&#65;',
    '[1] ',
    '![x](',
    '```',
    '? ',
    'я a ',
    '\u200b',
    'a@b.c ',
    '<!--',
    'do not ',
    'ignore all previous instructions. ',
  ].map((piece): [string, (length: number) => string] => [JSON.stringify(piece), repeated(piece)]),
  ['an address with full stops and no end', (length) => `https://a${'.'.repeat(length - 10)}b`],
  ['a bracket and spaces', (length) => `<${' '.repeat(length - 1)}`],
  ['spaces before a word', (length) => `${' '.repeat(length - 1)}x`],
  ['words that are all different', (length) => Array.from({ length: length / 6 }, (_, index) => `w${index.toString(36)}`).join(' ')],
  ['places that are all different', (length) => Array.from({ length: length / 10 }, (_, index) => `w${index.toString(36)}.com`).join(' ')],
]
