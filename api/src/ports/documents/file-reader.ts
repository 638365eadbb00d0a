import { createRequire } from 'node:module'

// A program of its own: a file comes in, its text goes out. It imports nothing of ours.

export type Section = { page: number | null; heading: string | null; text: string }
export type FileReply = { sections: Section[]; pages: number | null; emptyPages: number } | { fault: 'broken' | 'locked' | 'too_large' }

const [kind, library] = process.argv.slice(2) as [string, string]
const pagesMax = 2000
const charactersMax = 3_000_000
const rowsMax = 50_000
/** What an archive may become: the sum is the bound, for a ratio misses a table of zeros. */
const inflatedBytesMax = 200 * 1024 * 1024
/** A page with less is a picture, as a rule. */
const fewCharacters = 8

class TooLarge extends Error {}

async function readPdf(data: Buffer): Promise<FileReply> {
  const { getDocument } = await import('pdfjs-dist/legacy/build/pdf.mjs')
  const pdf = await getDocument({
    data: new Uint8Array(data),
    // Without these, Chinese and Japanese without embedded fonts is lost.
    cMapUrl: `${library}/cmaps/`,
    cMapPacked: true,
    standardFontDataUrl: `${library}/standard_fonts/`,
    disableFontFace: true,
    useSystemFonts: false,
    verbosity: 0,
  }).promise
  const sections: Section[] = []
  let emptyPages = 0
  let characters = 0
  for (let number = 1; number <= Math.min(pdf.numPages, pagesMax) && characters < charactersMax; number++) {
    const page = await pdf.getPage(number)
    const { items } = await page.getTextContent()
    const text = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('')
    page.cleanup()
    if (text.trim().length < fewCharacters) emptyPages++
    characters += text.length
    sections.push({ page: number, heading: null, text })
  }
  return { sections, pages: pdf.numPages, emptyPages }
}

async function readDocx(data: Buffer): Promise<FileReply> {
  await requireModest(data)
  const mammoth = createRequire(import.meta.url)('mammoth') as typeof import('mammoth')
  const options = {
    externalFileAccess: false,
    styleMap: ["p[style-name='Title'] => h1:fresh"],
    convertImage: mammoth.images.imgElement(async () => ({ src: '' })),
  }
  const { value } = await mammoth.convertToHtml({ buffer: data }, options)
  return { sections: await sectionsOfHtml(value), pages: null, emptyPages: 0 }
}

async function readXlsx(data: Buffer): Promise<FileReply> {
  await requireModest(data)
  const { read, utils } = await import('@e965/xlsx')
  const book = read(data, { type: 'buffer', dense: true, cellDates: true, sheetRows: rowsMax, cellFormula: false, cellHTML: false })
  const sections = book.SheetNames.map((name) => ({
    page: null,
    heading: name,
    text: utils.sheet_to_csv(book.Sheets[name]!, { blankrows: false, dateNF: 'yyyy-mm-dd' }),
  }))
  return { sections, pages: null, emptyPages: 0 }
}

async function readPptx(data: Buffer): Promise<FileReply> {
  await requireModest(data)
  const slides = await textsOf(data, /^ppt\/slides\/slide(\d+)\.xml$/)
  const order = await slideOrder(data)
  const notes = await textsOf(data, /^ppt\/notesSlides\/notesSlide(\d+)\.xml$/)
  const numbers = [...slides.keys()].toSorted((a, b) => (order.indexOf(a) + 1 || a + 1e6) - (order.indexOf(b) + 1 || b + 1e6))
  const sections: Section[] = []
  for (const [at, number] of numbers.entries()) {
    const lines = await paragraphsOf(slides.get(number)!)
    const said = notes.has(number) ? await paragraphsOf(notes.get(number)!) : []
    sections.push({ page: at + 1, heading: lines[0] ?? null, text: [...lines, ...(said.length > 1 ? ['Notes:', ...said] : [])].join('\n') })
  }
  return { sections, pages: sections.length, emptyPages: 0 }
}

/** The numbers of the slides' files in the order in which they are shown. */
async function slideOrder(data: Buffer): Promise<number[]> {
  const named = async (name: RegExp, tag: string) => {
    const xml = [...(await textsOf(data, name)).values()][0]
    return xml === undefined ? [] : [...(await parsed(xml)).getElementsByTagName(tag)]
  }
  const relations = await named(/^ppt\/_rels\/presentation\.xml\.re(l)s$/, 'Relationship')
  const targets = new Map(
    relations.map((one) => [one.getAttribute('Id'), Number(/slides\/slide(\d+)\.xml$/.exec(one.getAttribute('Target') ?? '')?.[1])]),
  )
  return (await named(/^ppt\/presentation\.xm(l)$/, 'p:sldId')).map((one) => targets.get(one.getAttribute('r:id')) ?? NaN)
}

async function parsed(xml: string) {
  const { DOMParser } = await import('linkedom')
  return new DOMParser().parseFromString(xml, 'text/xml')
}

async function paragraphsOf(xml: string): Promise<string[]> {
  const document = await parsed(xml)
  return [...document.getElementsByTagName('a:p')]
    .map((paragraph) =>
      [...paragraph.getElementsByTagName('a:t')]
        .map(({ textContent }) => textContent ?? '')
        .join('')
        .trim(),
    )
    .filter(Boolean)
}

/** The entries whose names match, by the number in them. */
async function textsOf(data: Buffer, name: RegExp): Promise<Map<number, string>> {
  const { fromBufferPromise } = await import('yauzl')
  const found = new Map<number, string>()
  const zip = await fromBufferPromise(data)
  for await (const entry of zip.eachEntry()) {
    const [, number] = name.exec(entry.fileName) ?? []
    if (number === undefined) continue
    const pieces: Buffer[] = []
    for await (const piece of await zip.openReadStreamPromise(entry)) pieces.push(piece as Buffer)
    found.set(Number(number) || 0, Buffer.concat(pieces).toString('utf8'))
  }
  return found
}

async function requireModest(data: Buffer): Promise<void> {
  const { fromBufferPromise } = await import('yauzl')
  let bytes = 0
  for await (const entry of (await fromBufferPromise(data)).eachEntry()) bytes += entry.uncompressedSize
  if (bytes > inflatedBytesMax) throw new TooLarge()
}

const leftOut = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'HEAD', 'SVG', 'IFRAME', 'OBJECT'])
const inBlocks = new Set(
  'P DIV LI UL OL TR TABLE SECTION ARTICLE HEADER FOOTER MAIN NAV ASIDE BLOCKQUOTE PRE BR HR DT DD FIGURE FIGCAPTION FORM'.split(' '),
)

/** Text under its headings. Walks without recursion, however deep the page is nested. */
async function sectionsOfHtml(html: string): Promise<Section[]> {
  const { parseHTML } = await import('linkedom')
  const { document } = parseHTML(/<html\b/i.test(html.slice(0, 2000)) ? html : `<!doctype html><html><body>${html}</body></html>`)
  const sections: Section[] = [{ page: null, heading: document.title || null, text: '' }]
  let node: ChildNode | null = document.body
  const end = node
  const write = (text: string) => void (sections.at(-1)!.text += text)
  while (node) {
    const name = node.nodeName.toUpperCase()
    const isHeading = /^H[1-6]$/.test(name)
    if (node.nodeType === 3) write((node.textContent ?? '').replace(/\s+/g, ' '))
    else if (isHeading) {
      const heading = (node.textContent ?? '').replace(/\s+/g, ' ').trim()
      sections.push({ page: null, heading, text: `${'#'.repeat(Number(name[1]))} ${heading}\n\n` })
    } else if (inBlocks.has(name)) write(name === 'LI' ? '\n- ' : '\n')
    else if (name === 'TD' || name === 'TH') write(' | ')
    let next: ChildNode | null = isHeading || leftOut.has(name) ? null : node.firstChild
    while (!next && node && node !== end) {
      next = node.nextSibling
      if (!next) {
        node = node.parentNode as unknown as ChildNode | null
        if (node && inBlocks.has(node.nodeName.toUpperCase())) write('\n')
      }
    }
    node = next
  }
  return sections.map(({ text, ...section }) => ({
    ...section,
    text: text
      .replace(/[ \t]+/g, ' ')
      .replace(/ ?\n ?/g, '\n')
      .replace(/\n{3,}/g, '\n\n')
      .trim(),
  }))
}

function decoded(data: Buffer): string {
  if (data[0] === 0xff && data[1] === 0xfe) return new TextDecoder('utf-16le').decode(data)
  if (data[0] === 0xfe && data[1] === 0xff) return new TextDecoder('utf-16be').decode(data)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(data)
  } catch {
    return new TextDecoder('windows-1252').decode(data)
  }
}

/** Markdown has headings; all other text is as it is. */
function sectionsOfText(text: string, isMarkdown: boolean): Section[] {
  if (!isMarkdown) return [{ page: null, heading: null, text }]
  const sections: Section[] = [{ page: null, heading: null, text: '' }]
  let isFenced = false
  for (const line of text.split('\n')) {
    if (/^\s{0,3}(```|~~~)/.test(line)) isFenced = !isFenced
    const heading = isFenced ? null : /^#{1,6}\s+(\S.*)$/.exec(line)
    if (heading) sections.push({ page: null, heading: heading[1]!.trim(), text: '' })
    sections.at(-1)!.text += `${line}\n`
  }
  return sections
}

const readers: Record<string, (data: Buffer) => Promise<FileReply>> = {
  pdf: readPdf,
  docx: readDocx,
  xlsx: readXlsx,
  pptx: readPptx,
  html: async (data) => ({ sections: await sectionsOfHtml(decoded(data)), pages: null, emptyPages: 0 }),
  markdown: async (data) => ({ sections: sectionsOfText(decoded(data), true), pages: null, emptyPages: 0 }),
  text: async (data) => ({ sections: sectionsOfText(decoded(data), false), pages: null, emptyPages: 0 }),
}

function bounded(reply: FileReply): FileReply {
  if ('fault' in reply) return reply
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

const faultOf = (error: unknown): FileReply => {
  if (error instanceof TooLarge) return { fault: 'too_large' }
  return { fault: error instanceof Error && error.name === 'PasswordException' ? 'locked' : 'broken' }
}

const parts: Buffer[] = []
for await (const part of process.stdin) parts.push(part as Buffer)
const reply = await readers[kind]!(Buffer.concat(parts)).then(bounded, faultOf)
process.stdout.write(JSON.stringify(reply), () => process.exit(0))
