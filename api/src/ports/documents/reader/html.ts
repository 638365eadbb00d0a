import type { Section } from './section.ts'

const leftOut = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'HEAD', 'SVG', 'IFRAME', 'OBJECT'])
const inBlocks = new Set(
  'P DIV LI UL OL TR TABLE SECTION ARTICLE HEADER FOOTER MAIN NAV ASIDE BLOCKQUOTE PRE BR HR DT DD FIGURE FIGCAPTION FORM'.split(' '),
)
const isCell = ({ nodeName }: { nodeName: string }) => /^T[DH]$/i.test(nodeName)

/** Text under its headings, a row of a table as one line. Walks without recursion, however deep the page is nested. */
export async function sectionsOfHtml(html: string, title: string | null = null): Promise<Section[]> {
  const { parseHTML } = await import('linkedom')
  const { document } = parseHTML(/<html\b/i.test(html.slice(0, 2000)) ? html : `<!doctype html><html><body>${html}</body></html>`)
  const sections: Section[] = [{ page: null, heading: document.title || title, text: '' }]
  let node: ChildNode | null = document.body
  const end = node
  const isLayout = layoutCells(document)
  const write = (text: string) => void (sections.at(-1)!.text += text)
  /** The cells around this node. */
  let cells = 0
  const entersCell = (at: ChildNode) => isCell(at) && !isLayout.has(at)
  const breakLine = (mark = '') => write(cells > 0 ? ' ' : `\n${mark}`)
  const leave = (left: ChildNode) => {
    const name = left.nodeName.toUpperCase()
    if (entersCell(left)) cells--
    else if (inBlocks.has(name) && name !== 'LI' && name !== 'TR') breakLine()
  }
  while (node) {
    const name = node.nodeName.toUpperCase()
    const isHeading = /^H[1-6]$/.test(name)
    if (node.nodeType === 3) write((node.textContent ?? '').replace(/\s+/g, ' '))
    else if (isHeading && cells === 0) {
      const heading = (node.textContent ?? '').replace(/\s+/g, ' ').trim()
      sections.push({ page: null, heading, text: `${'#'.repeat(Number(name[1]))} ${heading}\n\n` })
    } else if (inBlocks.has(name)) breakLine(name === 'LI' ? '- ' : '')
    else if (entersCell(node)) {
      if ((node as Element).previousElementSibling) write(' | ')
      cells++
    }
    let next: ChildNode | null = (isHeading && cells === 0) || leftOut.has(name) ? null : node.firstChild
    if (!next && node !== end && !leftOut.has(name) && entersCell(node)) leave(node)
    while (!next && node && node !== end) {
      next = node.nextSibling
      if (!next) {
        node = node.parentNode as unknown as ChildNode | null
        if (node) leave(node)
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

/** Cells that hold a table: a page is laid out by them, and no row of data. */
function layoutCells(document: Document): Set<unknown> {
  const found = new Set<unknown>()
  for (const table of document.getElementsByTagName('table'))
    for (let at: ParentNode | null = table.parentNode; at && !found.has(at); at = at.parentNode) if (isCell(at)) found.add(at)
  return found
}
