import { isProbablyReaderable, Readability } from '@mozilla/readability'
import { tables } from '@joplin/turndown-plugin-gfm'
import { parseHTML } from 'linkedom'
import Turndown from 'turndown'

/** Controls among it: they are listed beside the text. */
const notText = 'script,style,noscript,template,svg,iframe,object,embed,base,select,input,textarea,button'

/** The libraries' time grows with the square of the depth, or worse; no page that people read is deeper. */
const depthMax = 100

/** And with the square of the cells: a page's first so many are tables, and the tables after them lines. */
const cellsMax = 1000

const textNode = 3

/** What a page says, as Markdown: the article where there is one, else all of it. Pictures become their description, links are absolute. */
export function toMarkdown(html: string, url: string): string {
  const { document } = parseHTML(html)
  // There may be nothing, and a drawing or a feed is no page.
  const root = document.documentElement as Element | null
  if (root?.localName !== 'html') return root ? linesOf(root) : ''
  for (const element of document.querySelectorAll(notText)) element.remove()
  const plain = plainTextOf(document.body)
  if (plain !== null) return plain
  flatten(document.documentElement, depthMax)
  for (const text of document.querySelectorAll('pre')) asCode(text)
  writeAsLines(document, largeTables(document, cellsMax))
  const base = document.createElement('base')
  base.setAttribute('href', url)
  document.head.append(base)
  // An article loses its surroundings, which on a page of lists and forms are the page.
  const article = isProbablyReaderable(document) ? new Readability(document.cloneNode(true) as Document, { keepClasses: true }).parse() : null
  const content = article?.content ?? document.body?.innerHTML ?? ''
  return turndown(url)
    .turndown(content)
    .replace(/\n{3,}/g, '\n\n')
    .trim()
}

/** A browser shows a file of text, or JSON, as a page with nothing but it. */
function plainTextOf(body: HTMLElement | null): string | null {
  const [only, ...others] = body?.children ?? []
  if (only?.localName !== 'pre' || only.childElementCount > 0 || others.some(({ textContent }) => textContent.trim() !== '')) return null
  return body!.textContent.trim()
}

/** Of text that was laid out by hand each character stays as it is; where it has links, those are worth more. */
function asCode(text: Element): void {
  if (text.querySelector('a,code,pre')) return
  const code = text.ownerDocument.createElement('code')
  for (let child = text.firstChild; child; child = text.firstChild) code.append(child)
  text.append(code)
}

/** What a document of another kind says: a line for each element that has text of its own. */
function linesOf(root: Element): string {
  const lines: string[] = []
  const left: Element[] = [root]
  for (let element = left.pop(); element; element = left.pop()) {
    if (['script', 'style'].includes(element.localName)) continue
    const hasText = [...element.childNodes].some(({ nodeType, nodeValue }) => nodeType === textNode && nodeValue?.trim())
    if (hasText) lines.push((element.textContent ?? '').replace(/\s+/g, ' ').trim())
    else for (const child of [...element.children].toReversed()) left.push(child)
  }
  return lines.join('\n\n')
}

/** Takes the tags of what lies deeper away, from above, so that nothing is moved twice. What they hold stays, in its order. */
function flatten(root: Element, depthMax: number): void {
  let depth = 0
  for (let node: Node | null = root; node;) {
    const parent: Node | null = node.parentNode
    let next: Node | null = node.firstChild
    if (next && depth < depthMax) depth++
    else if (next && parent) {
      // What stood in boxes of its own does not run together.
      parent.insertBefore(root.ownerDocument.createTextNode(' '), node)
      for (let child: Node | null = next; child; child = node.firstChild) parent.insertBefore(child, node)
      parent.replaceChild(root.ownerDocument.createTextNode(' '), node)
    } else {
      for (next = node; next && next !== root && !next.nextSibling; depth--) next = next.parentNode
      next = next === root ? null : (next?.nextSibling ?? null)
    }
    node = next
  }
}

function largeTables(document: Document, cellsMax: number): Set<Element> {
  const cells = new Map<Element, number>()
  for (const cell of document.querySelectorAll('td,th')) {
    const table = cell.closest('table')
    if (table) cells.set(table, (cells.get(table) ?? 0) + 1)
  }
  let left = cellsMax
  const large = [...cells].filter(([, count]) => {
    const fits = count <= left
    if (fits) left -= count
    return !fits
  })
  return new Set(large.map(([table]) => table))
}

/** Each row is a line, its cells with a bar between them. */
function writeAsLines(document: Document, tables: Set<Element>): void {
  if (tables.size === 0) return
  const parts = [...document.querySelectorAll('table,thead,tbody,tfoot,caption,tr,td,th')].filter((part) => {
    const table = part.closest('table')
    return table && tables.has(table)
  })
  for (const part of parts) {
    const isCell = part.localName === 'td' || part.localName === 'th'
    const box = document.createElement(isCell ? 'span' : 'div')
    if (isCell && part.previousElementSibling) box.append(' | ')
    for (let child = part.firstChild; child; child = part.firstChild) box.appendChild(child)
    part.replaceWith(box)
  }
}

const linkCharactersMax = 300
/** Boxes of which the library does not know that they are. */
const boxes = new Set(['dialog', 'details', 'summary', 'legend', 'search'])
const elementNode = 1

function turndown(url: string): Turndown {
  const service = new Turndown({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' })
  service.use(tables)
  service.addRule('box', { filter: ({ localName }) => boxes.has(localName), replacement: (content) => `\n\n${content}\n\n` })
  // A page's own are boxes more often than not.
  service.addRule('own', {
    filter: ({ localName }) => localName.includes('-'),
    replacement: (content, { nextSibling }) => (nextSibling?.nodeType === elementNode ? `${content} ` : content),
  })
  service.addRule('picture', { filter: 'img', replacement: (_content, node) => (node as Element).getAttribute('alt') ?? '' })
  service.addRule('link', {
    filter: 'a',
    replacement(content, node) {
      const text = content.replace(/\s+/g, ' ').trim()
      const target = URL.parse((node as Element).getAttribute('href') ?? '', url)?.href ?? ''
      return text && /^https?:/.test(target) && target.length <= linkCharactersMax ? `[${text}](${target})` : text
    },
  })
  return service
}
