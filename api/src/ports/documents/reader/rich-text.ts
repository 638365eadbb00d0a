import { entriesOf } from './archive.ts'
import { Locked, type ReadText, type Section, TooLarge, withoutPages } from './section.ts'

// RTF, and text and presentations of OpenDocument.

type Format = 'rtf' | 'odt' | 'odp'
/** What the library gives: a tree, of which only this is looked at. */
type Node = { type: string; text?: string; children?: Node[]; metadata?: { level?: number; slideNumber?: number } | undefined }

const limits = { maxUncompressedBytes: 200 * 1024 * 1024, maxZipEntries: 10_000, maxTableCells: 500_000, maxXmlElements: 2_000_000 }

export async function readRichText(data: Buffer, format: Format): Promise<ReadText> {
  if (format !== 'rtf') await requireOpen(data)
  const { OfficeParser } = await import('officeparser')
  const tree = await OfficeParser.parseOffice(data, { fileType: format, decompressionLimits: limits }).catch((error: unknown) => {
    throw isTooMuch(error) ? new TooLarge() : error
  })
  const nodes = tree.content as Node[]
  if (format === 'odp') return slidesOf(nodes)
  return withoutPages(underHeadings(nodes))
}

const isTooMuch = (error: unknown) =>
  error instanceof Error && /LIMIT_EXCEEDED|too large|exceed/i.test(`${(error as { code?: string }).code} ${error.message}`)

/** With a password an OpenDocument file is an archive like others, whose parts are encrypted. */
async function requireOpen(data: Buffer): Promise<void> {
  const manifest = (await entriesOf(data, (name) => name === 'META-INF/manifest.xml')).get('META-INF/manifest.xml')
  if (manifest?.includes('encryption-data')) throw new Locked()
}

function slidesOf(nodes: Node[]): ReadText {
  const slides = nodes.filter(({ type }) => type === 'slide')
  const sections = slides.map((slide, at) => {
    const lines = linesOf(slide)
    return { page: slide.metadata?.slideNumber ?? at + 1, heading: lines[0] ?? null, text: lines.join('\n') }
  })
  return { sections, pages: slides.length, emptyPages: [] }
}

function underHeadings(nodes: Node[]): Section[] {
  const sections: Section[] = [{ page: null, heading: null, text: '' }]
  for (const node of nodes) {
    const text = linesOf(node).join('\n')
    if (text === '') continue
    if (node.type === 'heading') sections.push({ page: null, heading: text, text: `${'#'.repeat(node.metadata?.level ?? 1)} ${text}\n` })
    else sections.at(-1)!.text += node.type === 'list' ? `- ${text}\n` : `${text}\n`
  }
  return sections
}

/** Each paragraph, list item and row of a table is a line. */
function linesOf(node: Node): string[] {
  if (node.type === 'row') return [(node.children ?? []).map((cell) => linesOf(cell).join(' ')).join(' | ')]
  if (node.children?.some(({ type }) => type !== 'text' && type !== 'break')) return node.children.flatMap(linesOf)
  const text = node.text ?? node.children?.map((child) => child.text ?? '\n').join('') ?? ''
  return text.trim() === '' ? [] : [text.trim()]
}
