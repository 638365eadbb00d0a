import { entriesOf, openArchive } from './archive.ts'
import { sectionsOfHtml } from './html.ts'
import { type ReadText, type Section, withoutPages } from './section.ts'

const rowsMax = 50_000

export async function readDocx(data: Buffer): Promise<ReadText> {
  await openArchive(data)
  const { default: mammoth } = await import('mammoth')
  const options = {
    externalFileAccess: false,
    styleMap: ["p[style-name='Title'] => h1:fresh"],
    convertImage: mammoth.images.imgElement(async () => ({ src: '' })),
  }
  const { value } = await mammoth.convertToHtml({ buffer: data }, options)
  return withoutPages(await sectionsOfHtml(value))
}

/** Of Excel and of OpenDocument. */
export async function readSheets(data: Buffer): Promise<ReadText> {
  await openArchive(data)
  const { read, utils } = await import('@e965/xlsx')
  const book = read(data, { type: 'buffer', dense: true, cellDates: true, sheetRows: rowsMax, cellFormula: false, cellHTML: false })
  const textOf = (name: string) => utils.sheet_to_csv(book.Sheets[name]!, { blankrows: false, dateNF: 'yyyy-mm-dd' })
  return withoutPages(book.SheetNames.map((name) => ({ page: null, heading: name, text: textOf(name) })))
}

export async function readPptx(data: Buffer): Promise<ReadText> {
  const slides = await numbered(data, /^ppt\/slides\/slide(\d+)\.xml$/)
  const order = await slideOrder(data)
  const notes = await numbered(data, /^ppt\/notesSlides\/notesSlide(\d+)\.xml$/)
  const numbers = [...slides.keys()].toSorted((a, b) => (order.indexOf(a) + 1 || a + 1e6) - (order.indexOf(b) + 1 || b + 1e6))
  const sections: Section[] = []
  for (const [at, number] of numbers.entries()) {
    const lines = await paragraphsOf(slides.get(number)!)
    const said = notes.has(number) ? await paragraphsOf(notes.get(number)!) : []
    sections.push({ page: at + 1, heading: lines[0] ?? null, text: [...lines, ...(said.length > 1 ? ['Notes:', ...said] : [])].join('\n') })
  }
  return { sections, pages: sections.length, emptyPages: [] }
}

/** The numbers of the slides' files in the order in which they are shown. */
async function slideOrder(data: Buffer): Promise<number[]> {
  const parts = await entriesOf(data, (name) => /^ppt\/(_rels\/presentation\.xml\.rels|presentation\.xml)$/.test(name))
  const tagged = async (name: string, tag: string) => [...(await parsed(parts.get(name) ?? '<none/>')).getElementsByTagName(tag)]
  const relations = await tagged('ppt/_rels/presentation.xml.rels', 'Relationship')
  const targets = new Map(
    relations.map((one) => [one.getAttribute('Id'), Number(/slides\/slide(\d+)\.xml$/.exec(one.getAttribute('Target') ?? '')?.[1])]),
  )
  return (await tagged('ppt/presentation.xml', 'p:sldId')).map((one) => targets.get(one.getAttribute('r:id')) ?? NaN)
}

export async function parsed(xml: string) {
  const { DOMParser } = await import('linkedom')
  return new DOMParser().parseFromString(xml, 'text/xml')
}

async function paragraphsOf(xml: string): Promise<string[]> {
  const textOf = (node: { textContent: string | null }) => node.textContent ?? ''
  return [...(await parsed(xml)).getElementsByTagName('a:p')]
    .map((paragraph) => [...paragraph.getElementsByTagName('a:t')].map(textOf).join('').trim())
    .filter(Boolean)
}

/** The entries whose names match, by the number in them. */
async function numbered(data: Buffer, name: RegExp): Promise<Map<number, string>> {
  const found = await entriesOf(data, (entry) => name.test(entry))
  return new Map([...found].map(([entry, text]) => [Number(name.exec(entry)![1]), text]))
}
