import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { argv } from 'node:process'

// Makes web/src/features/chat/approvals/look-alikes.ts from Unicode's table of confusable characters:
// node scripts/make-look-alikes.ts confusables.txt, which is https://www.unicode.org/Public/security/<version>/confusables.txt

const target = new URL('../web/src/features/chat/approvals/look-alikes.ts', import.meta.url)
const columnsMax = 140

/** Letters of languages that nobody takes for two. */
const plain = new Set('æÆœŒ')
const bytes = readFileSync(argv[2] ?? 'confusables.txt')
const lines = bytes.toString('utf8').split('\n')
const version = /^# Version: (\S+)/m.exec(bytes.toString('utf8'))?.[1] ?? 'unknown'

const textOf = (codes: string) => String.fromCodePoint(...codes.split(' ').map((code) => Number.parseInt(code, 16)))
const found = new Set<number>()
for (const line of lines) {
  const [, from, to, fromName, toName] = /^([0-9A-F]+) ;\t([0-9A-F ]+?) ;\tMA\t#\*? \(.*?\) (.*?) → (.*?)\t#/.exec(line) ?? []
  if (from === undefined || to === undefined) continue
  const [character, skeleton] = [textOf(from), textOf(to)]
  // What a letter with a hook is likened to, such as o' for ơ, is not what anybody reads, nor is bl for Ы.
  const readsAsOne = /^(.|[^A-Za-z]+)$/.test(skeleton) || (/\p{Script=Latin}/u.test(character) && !skeleton.includes("'"))
  const readsAsAscii = /^[!-~]+$/.test(skeleton) && readsAsOne && !plain.has(character)
  if (character > '\x7F' && readsAsAscii) found.add(character.codePointAt(0)!)
  // Small capitals are in the table as what others look like, and pass for capitals.
  for (const [name = '', text] of [
    [fromName, character],
    [toName, skeleton],
  ] as const)
    if (/^LATIN LETTER SMALL CAPITAL [A-Z]$/.test(name)) found.add(text.codePointAt(0)!)
}

if (found.size === 0) throw new Error('This is not confusables.txt.')

const ranges: [number, number][] = []
for (const code of [...found].sort((a, b) => a - b)) {
  const last = ranges.at(-1)
  if (last?.[1] === code - 1) last[1] = code
  else ranges.push([code, code])
}
const written = ranges.map(([first, last]) => (first === last ? first.toString(16) : `${first.toString(16)}-${last.toString(16)}`))
const rowsOfText = written.reduce<string[]>((rows, range) => {
  const row = rows.at(-1)
  return row !== undefined && row.length + range.length < columnsMax ? [...rows.slice(0, -1), `${row} ${range}`] : [...rows, range]
}, [])

writeFileSync(
  target,
  `// Made by scripts/make-look-alikes.ts from confusables.txt of Unicode ${version}, SHA-256
// ${createHash('sha256').update(bytes).digest('hex')}.
// © Unicode, Inc., under the licence that stands in THIRD_PARTY_NOTICES.md.

/** Code points, in hex, of characters that read as a character of ASCII, or as several. */
export const lookAlikes = \`
${rowsOfText.join('\n')}\`
`,
)
