import type { Definition, FootnoteDefinition, RootContent } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { normalizeIdentifier } from 'micromark-util-normalize-identifier'
import type { Extension, TokenizeContext } from 'micromark-util-types'
import { emphasis } from './attention.ts'
import { joinFormulas } from './formula-blocks.ts'
import { formulaSyntax, formulaTree } from './formula.ts'
import { cutAtCjk } from './addresses.ts'
import { type Node, type Parent, childrenOf } from './node.ts'

/** Labels that are defined elsewhere in the answer: without them a reference would be no reference. */
export type Known = { definitions: readonly string[]; notes: readonly string[] }
export const nothingKnown: Known = { definitions: [], notes: [] }

export const labelOf = (label: string) => normalizeIdentifier(label).toLowerCase()

const syntax = [gfm({ singleTilde: false }), formulaSyntax, { text: { 42: emphasis, 95: emphasis } }]
const trees = [gfmFromMarkdown(), formulaTree]

/** The top-level nodes of a piece of Markdown, with nothing of it left out. Their positions are those in `source`. */
export function parse(source: string, known: Known = nothingKnown): RootContent[] {
  const read = (piece: string): RootContent[] => {
    const tree = fromMarkdown(piece, { extensions: [...syntax, knowing(known)], mdastExtensions: trees })
    keepSource(tree, piece)
    cutAtCjk(tree)
    return tree.children
  }
  return joinFormulas(read(source), source, read)
}

/** Lets a parser know labels before it begins. */
function knowing({ definitions, notes }: Known): Extension {
  return {
    document: {
      null: {
        name: 'known',
        tokenize(this: TokenizeContext & { parser: { gfmFootnotes?: string[] } }, _effects, _ok, nok) {
          const { parser } = this
          for (const label of definitions) addTo(parser.defined, label)
          for (const label of notes) addTo((parser.gfmFootnotes ??= []), label)
          return nok
        },
      },
    },
  }
}

function addTo(list: string[], label: string) {
  const normal = normalizeIdentifier(label)
  if (!list.includes(normal)) list.push(normal)
}

const closedFence = /\n[ \t>]*(?:`{3,}|~{3,})[ \t]*$/

/** What the tree would forget: whether a fence was closed, how an item was numbered, and how a definition was written that nobody may ask for. */
function keepSource(parent: Parent, source: string) {
  for (const node of parent.children) {
    const from = node.position?.start.offset ?? 0
    if (node.type === 'definition') node.data = { source: source.slice(from, node.position?.end.offset) }
    if (node.type === 'code') node.data = { closed: closedFence.test(source.slice(from, node.position?.end.offset)) }
    if (node.type === 'listItem') {
      const [number] = /^\d{1,9}/.exec(source.slice(from, from + 10)) ?? []
      if (number !== undefined) node.data = { number: Number(number) }
    }
    if ('children' in node) keepSource(node, source)
  }
}

export function walk(nodes: readonly Node[], see: (node: Node) => void) {
  for (const node of nodes) {
    see(node)
    walk(childrenOf(node), see)
  }
}

export type Found = { definitions: Definition[]; notes: FootnoteDefinition[]; linkLabels: Set<string>; noteLabels: string[] }

/** What nodes define, and what they refer to. */
export function find(nodes: readonly Node[]): Found {
  const found: Found = { definitions: [], notes: [], linkLabels: new Set(), noteLabels: [] }
  walk(nodes, (node) => {
    if (node.type === 'definition') found.definitions.push(node)
    if (node.type === 'footnoteDefinition') found.notes.push(node)
    if (node.type === 'linkReference' || node.type === 'imageReference') found.linkLabels.add(node.identifier)
    if (node.type === 'footnoteReference') found.noteLabels.push(node.identifier)
  })
  return found
}
