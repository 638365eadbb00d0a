import type { Source } from '@jarvis/contracts/chat.ts'

/** As much of a Markdown syntax tree as is needed here. */
export type Node = { type: string; value?: string; url?: string; title?: string; children?: Node[]; data?: { hProperties: { dataCited: string } } }

const mark = /\[(\d{1,3})\]/g
const leftAlone = new Set(['link', 'linkReference', 'code', 'inlineCode', 'definition', 'image', 'html'])

/** A remark plugin: `[2]` in the text becomes a link to the second source, where there is one. */
export function citations(sources: readonly Source[]) {
  const cite = (node: Node): Node[] => {
    if (leftAlone.has(node.type)) return [node]
    if (node.type === 'text') return split(node.value ?? '', sources)
    if (node.children) node.children = node.children.flatMap(cite)
    return [node]
  }
  return (tree: Node) => void cite(tree)
}

function split(text: string, sources: readonly Source[]): Node[] {
  const nodes: Node[] = []
  let from = 0
  for (const match of text.matchAll(mark)) {
    const source = sources[Number(match[1]) - 1]
    if (!source) continue
    nodes.push({ type: 'text', value: text.slice(from, match.index) })
    const data = { hProperties: { dataCited: source.title } }
    nodes.push({ type: 'link', url: source.url, data, children: [{ type: 'text', value: match[0] }] })
    from = match.index + match[0].length
  }
  return [...nodes, { type: 'text', value: text.slice(from) }].filter(({ value }) => value !== '')
}
