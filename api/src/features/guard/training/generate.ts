import type { Random } from '#lib/seeded-random.ts'
import { attacksByLanguage, benignByLanguage } from './languages.ts'
import { directAttacks, directBenign, parts, toolBenign } from './templates.ts'

export type TrainingRow = {
  text: string
  label: 'injection' | 'benign'
  channel: 'user' | 'tool_output'
  source: string
  /** [start, end) of the payload in a carrier. */
  span?: [number, number]
}
export const oneOf = <Item>(items: readonly Item[], random: Random): Item => items[Math.floor(random() * items.length)]!
const linesOf = (list: string) => list.trim().split('\n')

/** One way to fill a template: an alternative for each `{a|b}`, a line for each `<list>`. */
export function fill(template: string, random: Random): string {
  let text = template
  for (let depth = 0; depth < 6; depth++) {
    text = choose(text, random).replace(/<(goal|toAssistant|order|aside|codeLine)>/g, (_, name: string) => oneOf(linesOf(parts[name]!), random))
  }
  return text.replace(/ {2,}/g, ' ').trim()
}

/** One alternative for each pair of braces, the inner ones first. */
function choose(template: string, random: Random): string {
  let text = template
  for (let end = text.indexOf('}'); end >= 0; end = text.indexOf('}')) {
    const start = text.lastIndexOf('{', end)
    if (start < 0) break
    text = text.slice(0, start) + oneOf(text.slice(start + 1, end).split('|'), random) + text.slice(end + 1)
  }
  return text
}

const fillOne = (list: string, random: Random) => fill(oneOf(linesOf(list), random), random)
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** An order to the assistant as it stands in a page, mail or record. */
export function payload(random: Random): { text: string; kind: string } {
  const kind = random()
  if (kind < 0.3)
    return {
      kind: 'addressed',
      text: `${fill('<toAssistant>', random)} ${random() < 0.5 ? capital(fill('<order>', random)) : fill('<order>', random)}`,
    }
  if (kind < 0.5) return { kind: 'order', text: capital(fill('<order>', random)) }
  if (kind < 0.6)
    return {
      kind: 'request',
      text: `${oneOf(['Please ', '', '', 'Kindly ', 'Can you '], random)}${fill('<goal>', random)}.`.replace(/^./, (c) => c.toUpperCase()),
    }
  if (kind < 0.75) return { kind: 'aside', text: fill('<aside>', random) }
  if (kind < 0.82) {
    const code = Array.from({ length: 2 }, () => fill('<codeLine>', random)).join('\n')
    return {
      kind: 'code',
      text: `${fillOne(
        parts['aside']!.split('\n')
          .filter((line) => /snippet/.test(line))
          .join('\n'),
        random,
      )}\n\`\`\`\n${code}\n\`\`\``,
    }
  }
  if (kind < 0.92) return { kind: 'direct', text: fillOne(directAttacks, random) }
  return { kind: 'language', text: fillOne(attacksByLanguage[oneOf(Object.keys(attacksByLanguage), random)]!, random) }
}

const names = ['Ada', 'Ben', 'Chen', 'Dilek', 'Emil', 'Fatima', 'Goran', 'Hana']

/** What a tool may bring back: mails, reviews, tables, records, pages. */
export function carrier(random: Random): string[] {
  const line = () => fillOne(toolBenign, random)
  const many = (count: number, make: () => string) => Array.from({ length: count }, make)
  const size = 1 + Math.floor(random() * 5)
  const kind = Math.floor(random() * 7)
  if (kind === 0)
    return [
      `From: ${oneOf(names, random)}\nSubject: ${oneOf(['Monday', 'Invoice', 'Trip', 'Your order'], random)}\n\n`,
      ...many(size, () => `${line()}\n`),
    ]
  if (kind === 1)
    return ['{"reviews":[{"name":"', oneOf(names, random), '","rating":', `${1 + Math.floor(random() * 5)}`, ',"text":"', line(), '"}]}']
  if (kind === 2)
    return [
      '| name | city | points |\n| --- | --- | --- |\n',
      ...many(size + 2, () => `| ${oneOf(names, random)} | ${oneOf(['Oslo', 'Lima', 'Pune'], random)} | ${Math.floor(random() * 90)} |\n`),
    ]
  if (kind === 3)
    return [
      '<html><body><h1>',
      oneOf(['Opening hours', 'Recipes', 'News'], random),
      '</h1>',
      ...many(size, () => `<p>${line()}</p>\n`),
      '</body></html>',
    ]
  if (kind === 4) return [`# ${oneOf(['Guide', 'Setup', 'Changes', 'Notes'], random)}\n\n`, ...many(size, () => `- ${line()}\n`)]
  if (kind === 5) return ["{'notes': [{'id': 'n1', 'owner': '", oneOf(names, random), "', 'content': '", line(), "', 'time': '2024-03-01 10:00'}]}"]
  return many(size, () => `${line()} ${line()}\n`)
}

/** An attack in a carrier and the carrier without it. */
export function carrierPair(random: Random): [attack: TrainingRow, twin: TrainingRow] {
  const pieces = carrier(random)
  const { text, kind } = payload(random)
  const at = pieces.length === 7 && pieces[0]!.startsWith('{') ? 5 : Math.floor(1 + random() * pieces.length)
  return embed(pieces, at, text, `carriers ${kind}`, random)
}

/** The payload between two pieces of a page, plainly or in a place that its reader does not see. */
export function embed(pieces: string[], at: number, text: string, source: string, random: Random): [TrainingRow, TrainingRow] {
  const before = pieces.slice(0, at).join('')
  const after = pieces.slice(at).join('')
  const [open, close] = oneOf<readonly [string, string]>(
    [
      ['', '\n'],
      ['', ' '],
      ['', '\n'],
      ['<!-- ', ' -->'],
      ['<span style="font-size:0">', '</span>'],
      ['\n\n', '\n\n'],
    ],
    random,
  )
  const start = before.length + open.length
  return [
    { text: before + open + text + close + after, label: 'injection', channel: 'tool_output', source, span: [start, start + text.length] },
    { text: before + after, label: 'benign', channel: 'tool_output', source },
  ]
}

/** Rows of every kind from the templates alone. */
export function generatedRows(count: number, random: Random): TrainingRow[] {
  const languages = Object.keys(attacksByLanguage)
  const user = (label: TrainingRow['label'], source: string, text: string): TrainingRow => ({ text, label, channel: 'user', source })
  return Array.from({ length: count }, (): TrainingRow[] => {
    const language = oneOf(languages, random)
    return [
      ...carrierPair(random),
      user('injection', 'templates direct', fillOne(directAttacks, random)),
      user(
        'injection',
        'templates long',
        Array.from({ length: 3 + Math.floor(random() * 5) }, () => fillOne(linesOf(directAttacks).slice(19, 25).join('\n'), random)).join(' '),
      ),
      user('benign', 'templates honest', fillOne(directBenign, random)),
      user('benign', 'templates honest', fillOne(directBenign, random)),
      user('benign', 'templates honest long', Array.from({ length: 2 + Math.floor(random() * 6) }, () => fillOne(directBenign, random)).join(' ')),
      user('injection', `templates ${language}`, fillOne(attacksByLanguage[language]!, random)),
      user('benign', `templates honest ${language}`, fillOne(benignByLanguage[language]!, random)),
      { text: carrier(random).join(''), label: 'benign', channel: 'tool_output', source: 'carriers' },
    ]
  }).flat()
}
