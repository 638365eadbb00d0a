import type { Html } from 'mdast'
import { type Node, type TagName, isTagName } from './node.ts'

const tag = /(<\/?[a-z]{1,8} ?\/?>)/i
const oneTag = /^<(\/?)([a-z]{1,8}) ?\/?>$/i

type Open = { children: Node[]; name: TagName | null }

/** Opening and closing tags of the few names become elements; any other HTML stays the text that it is. */
export function nestTags(nodes: readonly Node[]): Node[] {
  const root: Open = { children: [], name: null }
  const stack = [root]
  const add = (node: Node) => stack.at(-1)!.children.push(node)
  for (const node of nodes.flatMap(pieces)) {
    const [, slash, written = ''] = (node.type === 'html' && oneTag.exec(node.value)) || []
    const name = written.toLowerCase()
    if (node.type !== 'html') {
      if ('children' in node) node.children = nestTags(node.children as Node[]) as never
      add(node)
    } else if (!isTagName(name)) add(node)
    else if (name === 'br') add({ type: 'break' })
    else if (!slash) stack.push({ children: [], name })
    else {
      const at = stack.findLastIndex((open) => open.name === name)
      if (at === -1) add(node)
      else while (stack.length > at) close(stack)
    }
  }
  while (stack.length > 1) close(stack)
  return root.children
}

function close(stack: Open[]) {
  const { name, children } = stack.pop()!
  stack.at(-1)!.children.push({ type: 'element', name: name!, children })
}

/** HTML that stands as a block is one node: its tags and what is between them. */
function pieces(node: Node): Node[] {
  if (node.type !== 'html') return [node]
  return node.value
    .split(tag)
    .filter((value) => value !== '')
    .map((value): Html => ({ type: 'html', value }))
}

/** By how much HTML leaves `<details>` open. */
export function detailsOpened(nodes: readonly Node[]): number {
  let depth = 0
  for (const node of nodes) {
    if (node.type !== 'html') continue
    for (const [, slash, name] of node.value.matchAll(/<(\/?)(details)\b[^<>]*>/gi)) if (name) depth += slash ? -1 : 1
  }
  return depth
}
