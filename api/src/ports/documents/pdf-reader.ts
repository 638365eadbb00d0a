import { pathToFileURL } from 'node:url'

// A program of its own: a PDF comes in, its text goes out. It imports nothing of ours.

export type PdfReply = { text: string; notes: string[] } | { fault: string }

const pagesMax = 500
const charactersMax = 3_000_000
const locked = 'This PDF needs a password.'
/** A page with less is a picture, as a rule. */
const fewCharacters = 8

const library = process.argv[2]!
const opensOnly = process.argv[3] === 'open'
const { getDocument } = (await import(pathToFileURL(`${library}/legacy/build/pdf.mjs`).href)) as typeof import('pdfjs-dist')

async function read(data: Uint8Array): Promise<PdfReply> {
  const opening = getDocument({
    data,
    // Without these, Chinese and Japanese without embedded fonts is lost.
    cMapUrl: `${library}/cmaps/`,
    cMapPacked: true,
    standardFontDataUrl: `${library}/standard_fonts/`,
    disableFontFace: true,
    useSystemFonts: false,
    verbosity: 0,
  })
  const pdf = await opening.promise
  if (opensOnly) return { text: '', notes: [] }
  const pages: string[] = []
  const empty: number[] = []
  let characters = 0
  for (let number = 1; number <= Math.min(pdf.numPages, pagesMax) && characters < charactersMax; number++) {
    const page = await pdf.getPage(number)
    const { items } = await page.getTextContent()
    const text = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('')
    page.cleanup()
    if (text.trim().length < fewCharacters) empty.push(number)
    characters += text.length
    pages.push(`Page ${number}\n\n${text.trim()}`)
  }
  const notes = [
    ...(empty.length > 0
      ? [`${empty.length} of ${pdf.numPages} pages have no text that can be read; they may be pictures (${empty.slice(0, 20).join(', ')}).`]
      : []),
    ...(pages.length < pdf.numPages ? [`Only the first ${pages.length} of ${pdf.numPages} pages are read.`] : []),
  ]
  return { text: pages.join('\n\n'), notes }
}

const faultOf = (error: unknown): string => {
  const name = error instanceof Error ? error.name : ''
  if (name === 'PasswordException') return locked
  return 'This PDF is broken and cannot be read.'
}

const parts: Buffer[] = []
for await (const part of process.stdin) parts.push(part as Buffer)
const reply = await read(new Uint8Array(Buffer.concat(parts))).catch((error: unknown): PdfReply => ({ fault: faultOf(error) }))
process.stdout.write(JSON.stringify(reply), () => process.exit(0))
