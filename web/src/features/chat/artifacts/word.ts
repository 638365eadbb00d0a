import {
  AlignmentType,
  Document,
  ExternalHyperlink,
  HeadingLevel,
  type IParagraphOptions,
  LevelFormat,
  Packer,
  Paragraph,
  type ParagraphChild,
  ShadingType,
  Table,
  TableCell,
  TableRow,
  TextRun,
  WidthType,
} from 'docx'
import type { List, Table as TableNode } from 'mdast'
import { directionOf } from '#features/chat/markdown/direction.ts'
import { type Node, type TagName, childrenOf, plainText } from '#features/chat/markdown/node.ts'
import { parse, walk } from '#features/chat/markdown/parse.ts'
import { nestTags } from '#features/chat/markdown/tags.ts'
import { parseUrl } from '#lib/url.ts'

type Style = { bold?: boolean; italics?: boolean; strike?: boolean; code?: boolean; underline?: object; superScript?: boolean; subScript?: boolean }
type Place = Pick<IParagraphOptions, 'indent' | 'numbering' | 'style'>
type Notes = { definitions: Map<string, string>; /** One numbering for each list. */ lists: { count: number } }

const headings = [
  HeadingLevel.HEADING_1,
  HeadingLevel.HEADING_2,
  HeadingLevel.HEADING_3,
  HeadingLevel.HEADING_4,
  HeadingLevel.HEADING_5,
  HeadingLevel.HEADING_6,
]
const styleOf: { [Name in TagName]?: Style } = {
  b: { bold: true },
  strong: { bold: true },
  summary: { bold: true },
  i: { italics: true },
  em: { italics: true },
  s: { strike: true },
  del: { strike: true },
  u: { underline: {} },
  ins: { underline: {} },
  kbd: { code: true },
  sub: { subScript: true },
  sup: { superScript: true },
}
const codeFont = 'courier new'
const twips = 720
const levelsMax = 9
const grey = 'F2F0EC'

/** A document in Markdown as a file of Word. What Word has no form for, a formula or a diagram, is its source. Nothing in it is loaded from elsewhere. */
export async function wordOf(markdown: string): Promise<Blob> {
  const nodes = nestTags(parse(markdown))
  const notes: Notes = { definitions: new Map(), lists: { count: 0 } }
  walk(nodes, (node) => {
    if (node.type === 'definition') notes.definitions.set(node.identifier, node.url)
  })
  const children = nodes.flatMap((node) => blocks(node, {}, notes))
  const levels = (format: (typeof LevelFormat)[keyof typeof LevelFormat], text: (level: number) => string) =>
    Array.from({ length: levelsMax }, (_, level) => ({
      level,
      format,
      text: text(level),
      alignment: AlignmentType.START,
      style: { paragraph: { indent: { start: twips * (level + 1) * 0.5, hanging: 360 } } },
    }))
  const document = new Document({
    styles: { default: { document: { run: { font: 'calibri', size: 22 } } } },
    numbering: {
      config: [
        { reference: 'bullets', levels: levels(LevelFormat.BULLET, (level) => ['•', '◦', '▪'][level % 3]!) },
        { reference: 'numbers', levels: levels(LevelFormat.DECIMAL, (level) => `%${level + 1}.`) },
      ],
    },
    sections: [{ children }],
  })
  return await Packer.toBlob(document)
}

function blocks(node: Node, place: Place, notes: Notes): (Paragraph | Table)[] {
  switch (node.type) {
    case 'heading':
      return [paragraph(node, { ...place, heading: headings[node.depth - 1] }, notes)]
    case 'paragraph':
      return [paragraph(node, place, notes)]
    case 'list':
      return list(node, notes, 0)
    case 'blockquote':
      return node.children.flatMap((child) => blocks(child, { ...place, indent: { start: twips } }, notes))
    case 'code':
      return node.value.split('\n').map(
        (line) =>
          new Paragraph({
            children: [new TextRun({ text: line, font: codeFont, size: 19 })],
            shading: { type: ShadingType.CLEAR, fill: grey },
            spacing: { after: 0 },
            keepLines: true,
          }),
      )
    case 'table':
      return [table(node, notes), new Paragraph('')]
    case 'thematicBreak':
      return [new Paragraph({ thematicBreak: true })]
    case 'definition':
      return []
    case 'formula':
      return [new Paragraph({ children: [new TextRun({ text: node.source, font: codeFont })] })]
    case 'footnoteDefinition':
      return node.children.flatMap((child) => blocks(child, { ...place, indent: { start: twips } }, notes))
    case 'element':
    case 'listItem':
    case 'tableRow':
    case 'tableCell':
      // Details hold blocks, a mark holds words.
      return node.children.some(isBlock) ? node.children.flatMap((child) => blocks(child, place, notes)) : words(node)
    case 'text':
    case 'strong':
    case 'emphasis':
    case 'delete':
    case 'inlineCode':
    case 'break':
    case 'link':
    case 'linkReference':
    case 'image':
    case 'imageReference':
    case 'footnoteReference':
    case 'html':
    case 'yaml':
      return words(node)
  }

  function words(node: Node): Paragraph[] {
    return plainText(node).trim() === '' ? [] : [new Paragraph({ ...place, children: runs([node], {}, notes) })]
  }
}

const isBlock = ({ type }: Node) => ['paragraph', 'heading', 'list', 'blockquote', 'code', 'table'].includes(type)

function paragraph(node: Node, options: IParagraphOptions, notes: Notes): Paragraph {
  const isFromRight = directionOf(node) === 'rtl'
  return new Paragraph({
    spacing: { after: 120 },
    ...options,
    ...(isFromRight && { bidirectional: true }),
    children: runs(childrenOf(node), {}, notes),
  })
}

function list({ ordered, children, start }: List, notes: Notes, level: number): (Paragraph | Table)[] {
  const instance = ++notes.lists.count
  return children.flatMap((item, index) =>
    item.children.flatMap((child, at) => {
      if (child.type === 'list') return list(child, notes, Math.min(level + 1, levelsMax - 1))
      if (at > 0 || child.type !== 'paragraph') return blocks(child, { indent: { start: (twips * (level + 1)) / 2 } }, notes)
      const mark = typeof item.checked === 'boolean' ? `${item.checked ? '☑' : '☐'} ` : ''
      const isFromRight = directionOf(child) === 'rtl'
      // Word counts from one: a list that begins elsewhere has its numbers written.
      const isWritten = ordered === true && (start ?? 1) !== 1
      const number = isWritten ? `${(start ?? 1) + index}. ` : ''
      const numbering = isWritten ? {} : { numbering: { reference: ordered ? 'numbers' : 'bullets', level, instance } }
      const before = mark + number === '' ? [] : [new TextRun(mark + number)]
      return [new Paragraph({ ...numbering, ...(isFromRight && { bidirectional: true }), children: [...before, ...runs(child.children, {}, notes)] })]
    }),
  )
}

function table({ children, align }: TableNode, notes: Notes): Table {
  const sides = { left: AlignmentType.LEFT, right: AlignmentType.RIGHT, center: AlignmentType.CENTER }
  return new Table({
    width: { size: 100, type: WidthType.PERCENTAGE },
    rows: children.map(
      (row, at) =>
        new TableRow({
          // Readers take the mere word for a yes.
          ...(at === 0 && { tableHeader: true }),
          children: row.children.map((cell, column) => {
            const side = align?.[column]
            const alignment = side ? { alignment: sides[side] } : {}
            const text = new Paragraph({ ...alignment, children: runs(cell.children, at === 0 ? { bold: true } : {}, notes) })
            return new TableCell({ children: [text], ...(at === 0 && { shading: { type: ShadingType.CLEAR, fill: grey } }) })
          }),
        }),
    ),
  })
}

function runs(nodes: readonly Node[], style: Style, notes: Notes): ParagraphChild[] {
  return nodes.flatMap((node): ParagraphChild[] => {
    const inside = (more: Style = {}) => runs(childrenOf(node), { ...style, ...more }, notes)
    switch (node.type) {
      case 'text':
        return [run(node.value, style)]
      case 'strong':
        return inside({ bold: true })
      case 'emphasis':
        return inside({ italics: true })
      case 'delete':
        return inside({ strike: true })
      case 'inlineCode':
        return [run(node.value, { ...style, code: true })]
      case 'break':
        return [new TextRun({ text: '', break: 1 })]
      case 'formula':
        return [run(node.source, { ...style, code: true })]
      case 'link':
        return link(node.url, inside())
      case 'linkReference':
        return link(notes.definitions.get(node.identifier) ?? '', inside())
      case 'image':
      case 'imageReference':
        return [run(`[${node.alt ?? ''}]`, style)]
      case 'footnoteReference':
        return [new TextRun({ text: node.label ?? node.identifier, superScript: true })]
      case 'element':
        return inside(styleOf[node.name])
      case 'html':
      case 'yaml':
      case 'code':
        return [run(node.value, style)]
      case 'definition':
      case 'thematicBreak':
        return []
      case 'blockquote':
      case 'footnoteDefinition':
      case 'heading':
      case 'list':
      case 'listItem':
      case 'paragraph':
      case 'table':
      case 'tableCell':
      case 'tableRow':
        return inside()
    }
  })
}

const run = (text: string, { code, ...style }: Style) => new TextRun({ text: text.replaceAll('\n', ' '), ...style, ...(code && { font: codeFont }) })

/** Only what leads to the web or to a letter is a link. */
function link(url: string, children: ParagraphChild[]): ParagraphChild[] {
  const isSafe = ['http:', 'https:', 'mailto:'].includes(parseUrl(url)?.protocol ?? '')
  return isSafe ? [new ExternalHyperlink({ link: url, children })] : children
}
