import { Console } from 'node:console'
import { readEpub } from './book.ts'
import { sectionsOfHtml } from './html.ts'
import { type Attached, readEml, readMsg } from './mail.ts'
import { readDocx, readPptx, readSheets } from './office.ts'
import { readPdf } from './pdf.ts'
import { decoded, sectionsOfMarkdown } from './plain.ts'
import { readRichText } from './rich-text.ts'
import { type FileReply, Locked, type ReadText, type Section, TooLarge, charactersMax, withoutPages } from './section.ts'

// A program of its own: a file comes in, its text goes out. It imports nothing of ours but what is beside it.

const [kind, library] = process.argv.slice(2) as [string, string]

const readers: Record<string, (data: Buffer) => Promise<ReadText>> = {
  pdf: (data) => readPdf(data, library),
  docx: readDocx,
  sheets: readSheets,
  pptx: readPptx,
  odt: (data) => readRichText(data, 'odt'),
  odp: (data) => readRichText(data, 'odp'),
  rtf: (data) => readRichText(data, 'rtf'),
  epub: readEpub,
  eml: (data) => readEml(data, readAttached),
  msg: (data) => readMsg(data, readAttached),
  html: async (data) => withoutPages(await sectionsOfHtml(decoded(data))),
  markdown: async (data) => withoutPages(sectionsOfMarkdown(decoded(data))),
  text: async (data) => withoutPages([{ page: null, heading: null, text: decoded(data) }]),
}

/** By the name's ending: a letter says no more. A letter that came with a letter is read without what came with it. */
const byEnding: Record<string, string> = {
  ...Object.fromEntries(['pdf', 'docx', 'pptx', 'odt', 'odp', 'rtf', 'epub', 'html'].map((ending) => [ending, ending])),
  ...Object.fromEntries(['xlsx', 'ods'].map((ending) => [ending, 'sheets'])),
  ...Object.fromEntries(['txt', 'csv', 'tsv', 'json', 'ics'].map((ending) => [ending, 'text'])),
  htm: 'html',
  md: 'markdown',
}

async function readAttached({ name, bytes }: Attached): Promise<Section[]> {
  const ending = name.split('.').at(-1)!.toLowerCase()
  if (ending === 'eml') return (await readEml(bytes, async () => [])).sections
  if (!Object.hasOwn(byEnding, ending)) return []
  // The letter is read though what came with it is damaged or locked; what is too large ends both.
  return await readers[byEnding[ending]!]!(bytes).then(
    ({ sections }) => sections,
    (error: unknown) => {
      if (error instanceof TooLarge) throw error
      return []
    },
  )
}

function bounded(reply: ReadText): ReadText {
  let left = charactersMax
  const sections = reply.sections.flatMap((section) => {
    const text = section.text.slice(0, left).toWellFormed().replaceAll('\u0000', '')
    left -= text.length
    return text.trim() === ''
      ? []
      : [{ page: section.page, heading: section.heading?.slice(0, 200).toWellFormed().replaceAll('\u0000', '') ?? null, text }]
  })
  return { ...reply, sections }
}

function faultOf(error: unknown): FileReply {
  if (error instanceof TooLarge) return { fault: 'too_large' }
  const isLocked = error instanceof Locked || (error instanceof Error && error.name === 'PasswordException')
  return { fault: isLocked ? 'locked' : 'broken' }
}

// What libraries say is not what this program says.
globalThis.console = new Console(process.stderr)

const parts: Buffer[] = []
for await (const part of process.stdin) parts.push(part as Buffer)
const reply: FileReply = await readers[kind]!(Buffer.concat(parts)).then(bounded, faultOf)
process.stdout.write(JSON.stringify(reply), () => process.exit(0))
