import { openPdf, readPdf } from './reader/pdf.ts'

// A program of its own: a PDF comes in, its text goes out. It imports nothing of ours but what is beside it.

export type PdfReply = { text: string; notes: string[] } | { fault: string }

const pagesMax = 500
const locked = 'This PDF needs a password.'

const library = process.argv[2]!
const opensOnly = process.argv[3] === 'open'

async function read(data: Buffer): Promise<PdfReply> {
  if (opensOnly) {
    await openPdf(data, library)
    return { text: '', notes: [] }
  }
  const { sections, pages, emptyPages } = await readPdf(data, library, pagesMax)
  const notes = [
    ...(emptyPages.length > 0
      ? [`${emptyPages.length} of ${pages} pages have no text that can be read; they may be pictures (${emptyPages.slice(0, 20).join(', ')}).`]
      : []),
    ...(pages !== null && sections.length < pages ? [`Only the first ${sections.length} of ${pages} pages are read.`] : []),
  ]
  return { text: sections.map(({ page, text }) => `Page ${page}\n\n${text.trim()}`).join('\n\n'), notes }
}

const faultOf = (error: unknown): string => {
  const name = error instanceof Error ? error.name : ''
  if (name === 'PasswordException') return locked
  return 'This PDF is broken and cannot be read.'
}

const parts: Buffer[] = []
for await (const part of process.stdin) parts.push(part as Buffer)
const reply = await read(Buffer.concat(parts)).catch((error: unknown): PdfReply => ({ fault: faultOf(error) }))
process.stdout.write(JSON.stringify(reply), () => process.exit(0))
