import { isProbablyReaderable, Readability } from '@mozilla/readability'
import { tables } from '@joplin/turndown-plugin-gfm'
import { parseHTML } from 'linkedom'
import Turndown from 'turndown'

/** Controls among it: they are listed beside the text. */
const notText = 'script,style,noscript,template,svg,iframe,object,embed,base,select,input,textarea,button'

/** The libraries' time grows with the square of the depth, or worse; no page that people read is deeper. */
const depthMax = 100

/** What a page says, as Markdown: the article where there is one, else all of it. Pictures become their description, links are absolute. */
export function toMarkdown(html: string, url: string): string {
  const { document } = parseHTML(html)
  for (const element of document.querySelectorAll(notText)) element.remove()
  flatten(document.documentElement, depthMax)
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

const linkCharactersMax = 300

function turndown(url: string): Turndown {
  const service = new Turndown({ headingStyle: 'atx', codeBlockStyle: 'fenced', bulletListMarker: '-' })
  service.use(tables)
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
