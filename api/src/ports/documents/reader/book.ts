import { posix } from 'node:path'
import { entriesOf } from './archive.ts'
import { sectionsOfHtml } from './html.ts'
import { parsed } from './office.ts'
import { Locked, type ReadText, type Section, charactersMax, withoutPages } from './section.ts'

type Xml = Awaited<ReturnType<typeof parsed>>

/** An EPUB: its chapters in the order in which they are read. */
export async function readEpub(data: Buffer): Promise<ReadText> {
  const parts = await entriesOf(data, (name) => /^META-INF\/|\.(opf|xhtml|html?|xml)$/i.test(name))
  const container = await parsed(parts.get('META-INF/container.xml') ?? '<none/>')
  const packagePath = first(container, 'rootfile')?.getAttribute('full-path') ?? ''
  const book = await parsed(required(parts.get(packagePath)))
  const items = new Map([...book.getElementsByTagName('item')].map((item) => [item.getAttribute('id'), item.getAttribute('href') ?? '']))
  const inOrder = [...book.getElementsByTagName('itemref')].map((one) => items.get(one.getAttribute('idref')))
  const chapters = inOrder.filter((href) => href !== undefined).map((href) => pathOf(packagePath, href))
  // Fonts alone may be encrypted.
  const locked = await lockedPaths(parts.get('META-INF/encryption.xml'))
  if (chapters.some((path) => locked.has(path))) throw new Locked()
  const title = first(book, 'dc:title')?.textContent?.trim() || null
  const sections: Section[] = []
  let characters = 0
  for (const path of chapters) {
    const html = parts.get(path)
    if (html === undefined || characters > charactersMax) continue
    const read = await sectionsOfHtml(withoutProlog(html), title)
    characters += read.reduce((sum, { text }) => sum + text.length, 0)
    sections.push(...read)
  }
  return withoutPages(sections)
}

const first = (document: Xml, tag: string) => document.getElementsByTagName(tag)[0]
const pathOf = (packagePath: string, href: string) => posix.join(posix.dirname(packagePath), decodedPath(href.split('#')[0]!))
/** XHTML may begin with a declaration, which a page may not. */
const withoutProlog = (html: string) => (html.trimStart().startsWith('<?xml') ? html.slice(html.indexOf('?>') + 2) : html)

function required(xml: string | undefined): string {
  if (xml === undefined) throw new Error('The book has no package.')
  return xml
}

function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

async function lockedPaths(encryption: string | undefined): Promise<Set<string>> {
  if (encryption === undefined) return new Set()
  const document = await parsed(encryption)
  const references = ['enc:CipherReference', 'CipherReference'].flatMap((tag) => [...document.getElementsByTagName(tag)])
  return new Set(references.map((one) => decodedPath(one.getAttribute('URI') ?? '')))
}
