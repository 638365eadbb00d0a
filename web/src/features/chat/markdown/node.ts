import type { Blockquote, PhrasingContent, RootContent } from 'mdast'

type Position = Blockquote['position']

const tagNames = ['b', 'br', 'del', 'details', 'em', 'i', 'ins', 'kbd', 'mark', 's', 'strong', 'sub', 'summary', 'sup', 'u'] as const
export type TagName = (typeof tagNames)[number]
export const isTagName = (name: string): name is TagName => (tagNames as readonly string[]).includes(name)

/** One of the few HTML elements that an answer may have; never with an attribute. */
export type Element = { type: 'element'; name: TagName; children: Node[]; position?: Position }

/** A formula in TeX. `source` is as it was written, with its delimiters. */
export type Formula = { type: 'formula'; value: string; source: string; display: boolean; position?: Position }

declare module 'mdast' {
  interface PhrasingContentMap {
    formula: Formula
  }
  interface RootContentMap {
    formula: Formula
  }
  interface Data {
    /** As it was written. */
    source?: string
    /** A fence of code that has its end. */
    closed?: boolean
    /** The number that an item of an ordered list was given. */
    number?: number
  }
}

/** A node of an answer's syntax tree, whatever its type. */
export type Node = RootContent | PhrasingContent | Element
export type Parent = { children: Node[]; position?: Position }

export const childrenOf = (node: Node): Node[] => ('children' in node ? (node as Parent).children : [])

export const plainText = (node: Node): string => ('value' in node ? node.value : childrenOf(node).map(plainText).join(''))
