import type { Link, Text } from 'mdast'
import type { Node, Parent } from './node.ts'

/** What no address holds: in Chinese, Japanese and Korean the sentence goes on without a space behind it. */
const notOfAddress = /[\u3000-\u30FF\u3400-\u9FFF\uAC00-\uD7AF\uFF00-\uFFEF]/
/** An address that GFM does not see, because no space stands before it. */
const address = /(?<![A-Za-z0-9@./-])https?:\/\/[^\s<>"'`\u3000-\u30FF\u3400-\u9FFF\uAC00-\uD7AF\uFF00-\uFFEF]{1,2000}/g
const endsSentence = '.,:;!?)]'

const text = (value: string): Text => ({ type: 'text', value })
const link = (url: string, shown: string): Link => ({ type: 'link', url, title: null, children: [text(shown)] })

/** Addresses that stand in the text as such end where the sentence goes on, and begin where it stops. */
export function cutAtCjk(parent: Parent) {
  parent.children = parent.children.flatMap((node): Node[] => {
    if (node.type === 'link') return cut(node)
    if (node.type === 'linkReference') return [node]
    if (node.type === 'text') return node.value.includes('://') ? linked(node.value) : [node]
    if ('children' in node) cutAtCjk(node)
    return [node]
  })
}

function cut(node: Link): Node[] {
  const [only, ...others] = node.children
  if (only?.type !== 'text' || others.length > 0 || !isLiteral(node.url, only.value)) return [node]
  const at = only.value.search(notOfAddress)
  if (at <= 0) return [node]
  const rest = only.value.slice(at)
  return [link(node.url.slice(0, node.url.length - rest.length), only.value.slice(0, at)), ...linked(rest)]
}

const isLiteral = (url: string, shown: string) => url === shown || url === `http://${shown}` || url === `mailto:${shown}`

function linked(value: string): Node[] {
  const nodes: Node[] = []
  let from = 0
  for (const match of value.matchAll(address)) {
    let url = match[0]
    while (endsSentence.includes(url.at(-1)!)) url = url.slice(0, -1)
    nodes.push(text(value.slice(from, match.index)), link(url, url))
    from = match.index + url.length
  }
  return [...nodes, text(value.slice(from))].filter((node) => node.type !== 'text' || node.value !== '')
}
