import type { Definition, FootnoteDefinition, RootContent } from 'mdast'
import remend from 'remend'
import { isFormulaOpen } from './formula-blocks.ts'
import type { Node } from './node.ts'
import { find, type Found, type Known, labelOf, nothingKnown, parse } from './parse.ts'
import { detailsOpened, nestTags } from './tags.ts'

/** A top-level piece of an answer. The same object comes back while nothing of it has changed. */
export type Block = {
  /** Where it begins; names it while the answer grows. */
  at: number
  source: string
  nodes: Node[]
  found: Found
  /** What stands in brackets: perhaps references to what is defined elsewhere. */
  labels: ReadonlySet<string>
  /** The labels of other blocks that it was parsed with. */
  knew: string
}

export type Document = {
  sections: Block[][]
  /** By label; the first definition counts. */
  definitions: ReadonlyMap<string, Definition>
  /** In the order in which the text first names them, those that it never names last. */
  notes: FootnoteDefinition[]
}

/** Appended text may still change the last block; one more stays open so that nothing depends on where exactly a block ends. */
const unsettledBlocks = 2

/**
 * Reads an answer as one document while it grows: only its last blocks are parsed again, but a reference finds its definition wherever that
 * stands, in another of the `texts` too. In one that is `cut` (it still grows, or was stopped) marks that are open at its end are closed.
 */
export function createDocument(): (texts: readonly string[], cut: boolean) => Document {
  const sections: ReturnType<typeof createSection>[] = []
  return (texts, cut) => {
    const all = texts.map((text, index) => (sections[index] ??= createSection())(text, cut && index === texts.length - 1))
    link(all.flat())
    const blocks = all.flat()
    const definitions = new Map<string, Definition>()
    const noted = new Map<string, FootnoteDefinition>()
    for (const { found } of blocks) {
      for (const definition of found.definitions) if (!definitions.has(definition.identifier)) definitions.set(definition.identifier, definition)
      for (const note of found.notes) if (!noted.has(note.identifier)) noted.set(note.identifier, note)
    }
    const named = new Set(blocks.flatMap(({ found }) => found.noteLabels))
    const order = [...[...named].filter((label) => noted.has(label)), ...[...noted.keys()].filter((label) => !named.has(label))]
    return { sections: all, definitions, notes: order.map((label) => noted.get(label)!) }
  }
}

/** Parses again what refers to definitions of other blocks that it did not know of. */
function link(blocks: Block[]) {
  const defined = new Set(blocks.flatMap(({ found }) => found.definitions.map(({ identifier }) => identifier)))
  const noted = new Set(blocks.flatMap(({ found }) => found.notes.map(({ identifier }) => identifier)))
  if (defined.size === 0 && noted.size === 0) return
  for (const block of blocks) {
    const known: Known = {
      definitions: [...block.labels].filter((label) => defined.has(label)),
      notes: [...block.labels].flatMap((label) => (label.startsWith('^') && noted.has(label.slice(1)) ? [label.slice(1)] : [])),
    }
    const knew = JSON.stringify(known)
    if (knew !== block.knew) Object.assign(block, blockOf(block.at, block.source, parse(block.source, known)), { knew })
  }
}

function createSection() {
  let before = ''
  let settled: Block[] = []
  let settledLength = 0
  let open: Block[] = []

  return (text: string, cut: boolean): Block[] => {
    if (!text.startsWith(before)) {
      settled = []
      settledLength = 0
      open = []
    }
    before = text
    const tail = text.slice(settledLength)
    const groups = grouped(parse(tail), tail)
    const blocks = groups.map((nodes, index) => {
      const [from, to] = [index === 0 ? 0 : endOf(groups[index - 1]!), index === groups.length - 1 ? tail.length : endOf(nodes)]
      const at = settledLength + from
      const source = closed(tail.slice(from, to), cut && index === groups.length - 1)
      const same = open.find((block) => block.at === at && block.source === source)
      if (same) return same
      return blockOf(at, source, source === tail.slice(from, to) ? nodes : parse(source))
    })
    const moved = blocks.slice(0, -unsettledBlocks)
    settled = [...settled, ...moved]
    settledLength += moved.length > 0 ? endOf(groups[moved.length - 1]!) : 0
    open = blocks.slice(moved.length)
    return [...settled, ...open]
  }
}

const endOf = (nodes: readonly RootContent[]) => nodes.at(-1)!.position!.end.offset!

/**
 * One node each, but what `<details>` holds goes on over blank lines, and so may a formula that is not closed yet; and what stands right below
 * a definition is read as part of its paragraph, where an indented line is no code.
 */
function grouped(nodes: readonly RootContent[], source: string): RootContent[][] {
  const groups: RootContent[][] = []
  let depth = 0
  let formula = false
  for (const node of nodes) {
    if (depth > 0 || formula || isBelowDefinition(groups.at(-1)?.at(-1), node, source)) groups.at(-1)!.push(node)
    else groups.push([node])
    formula ||= isFormulaOpen(node, source, node.position!.start.offset!)
    depth = Math.max(0, depth + detailsOpened([node]))
  }
  return groups
}

const isBelowDefinition = (above: RootContent | undefined, node: RootContent, source: string) =>
  above?.type === 'definition' && !/\n[ \t]*\r?\n/.test(source.slice(above.position!.end.offset, node.position!.start.offset))

const inBrackets = /\[([^[\]]{1,999})\]/g

function blockOf(at: number, source: string, nodes: readonly Node[]): Block {
  const labels = source.includes('[') ? [...source.matchAll(inBrackets)].map(([, label]) => labelOf(label!)) : []
  const nested = nestTags(nodes)
  return { at, source, nodes: nested, found: find(nested), labels: new Set(labels), knew: JSON.stringify(nothingKnown) }
}

/** Only marks around text: an address or a tag that breaks off is shown as far as it came. */
const closing = { links: false, images: false, htmlTags: false, comparisonOperators: false, singleTilde: false, katex: false, setextHeadings: false }

const closed = (source: string, cut: boolean) => (cut ? remend(source, closing) : source)
