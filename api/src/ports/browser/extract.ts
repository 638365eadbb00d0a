import { isProbablyReaderable, Readability } from '@mozilla/readability'
import { tables } from '@joplin/turndown-plugin-gfm'
import { parseHTML } from 'linkedom'
import Turndown from 'turndown'

/** Controls among it: they are listed beside the text. */
const notText = 'script,style,noscript,template,svg,iframe,object,embed,base,select,input,textarea,button'

/** What a page says, as Markdown: the article where there is one, else all of it. Pictures become their description, links are absolute. */
export function toMarkdown(html: string, url: string): string {
  const { document } = parseHTML(html)
  for (const element of document.querySelectorAll(notText)) element.remove()
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
