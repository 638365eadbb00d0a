import type { Citation as Cited } from '@jarvis/contracts/chat.ts'
import { PanelRightOpen } from 'lucide-react'
import type { Code as CodeNode, Definition, List, ListItem } from 'mdast'
import { Fragment, type ReactNode, useContext } from 'react'
import { type Block, OpenArtifact, isArtifact } from '#features/chat/artifacts/kinds.ts'
import { IconButton } from '#ui/button.tsx'
import { cite } from './citations.ts'
import { CodeBlock } from './code-block.tsx'
import { DataTable } from './data-table.tsx'
import { Chart, Diagram } from './drawing.tsx'
import { directionOf } from './direction.ts'
import { DrawnFormula } from './drawn-formula.tsx'
import { type Node, type TagName, childrenOf, plainText } from './node.ts'
import { Citation, OutsideImage, OutsideLink } from './outside-link.tsx'
import { say } from '#words/say.ts'

/** What a node needs to know beyond itself. */
export type Around = {
  sources: readonly Cited[]
  definitions: ReadonlyMap<string, Definition>
  /** Definitions that a reference uses: their address is on it. */
  used: ReadonlySet<string>
  /** The number of a footnote, or undefined for one that is not there. */
  numberOf: (label: string) => number | undefined
  /** It stands at the end; a second one of the same label stands where it was written. */
  isNote: (node: Node) => boolean
  /** Makes ids that only this answer has. */
  prefix: string
}

/** Nodes as React has them. A node that has no look of its own shows its text: nothing of an answer is left out. */
export function show(nodes: readonly Node[], around: Around): ReactNode {
  // oxlint-disable-next-line react/no-array-index-key -- nodes have no other name
  return nodes.map((node, index) => <Fragment key={index}>{one(node, around)}</Fragment>)
}

function one(node: Node, around: Around): ReactNode {
  const inside = () => show(childrenOf(node), around)
  switch (node.type) {
    case 'text':
      return cited(node.value, around)
    case 'paragraph':
      return <p dir="auto">{inside()}</p>
    case 'heading': {
      // A message stands under a heading of level 2 (thread.tsx), so its own begin at 3, whatever the model wrote.
      const Tag = node.depth < 4 ? 'h3' : 'h4'
      return (
        <Tag dir="auto" className={`heading-${Math.min(node.depth, 4)}`}>
          {inside()}
        </Tag>
      )
    }
    case 'blockquote':
      return <blockquote dir={directionOf(node)}>{inside()}</blockquote>
    case 'list':
      return list(node, around)
    case 'table':
      return <DataTable node={node} cell={(cell) => show(cell.children, around)} />
    case 'code':
      return <Code node={node} />
    case 'thematicBreak':
      return <hr />
    case 'emphasis':
      return <em>{inside()}</em>
    case 'strong':
      return <strong>{inside()}</strong>
    case 'delete':
      return <del>{inside()}</del>
    case 'inlineCode':
      return <code dir="auto">{node.value}</code>
    case 'break':
      return <br />
    case 'formula':
      return <DrawnFormula formula={node} />
    case 'link':
      return (
        <OutsideLink href={node.url} title={node.title} text={plainText(node)}>
          {show(childrenOf(node), { ...around, sources: [] })}
        </OutsideLink>
      )
    case 'image':
      return <OutsideImage src={node.url} alt={node.alt} title={node.title} />
    case 'linkReference': {
      const { url = '', title = null } = around.definitions.get(node.identifier) ?? {}
      return (
        <OutsideLink href={url} title={title} text={plainText(node)}>
          {show(childrenOf(node), { ...around, sources: [] })}
        </OutsideLink>
      )
    }
    case 'imageReference': {
      const { url = '', title = null } = around.definitions.get(node.identifier) ?? {}
      return <OutsideImage src={url} alt={node.alt} title={title} />
    }
    case 'definition':
      return around.used.has(node.identifier) && around.definitions.get(node.identifier) === node ? null : <p dir="auto">{node.data?.source}</p>
    case 'footnoteReference':
      return <NoteMark label={node.identifier} around={around} />
    case 'footnoteDefinition':
      return around.isNote(node) ? null : <div>{inside()}</div>
    case 'element':
      return element(node.name, inside())
    case 'html':
    case 'yaml':
      return node.value
    case 'listItem':
    case 'tableRow':
    case 'tableCell':
      return inside()
  }
}

function Code({ node: { value: code, lang, meta, data } }: { node: CodeNode }) {
  const isClosed = data?.closed === true
  const block = { code, language: lang ?? undefined, note: meta ?? undefined }
  const actions = isClosed && <OpenButton block={block} />
  if (lang === 'mermaid' && isClosed) return <Diagram code={code} actions={actions} />
  if (lang === 'vega-lite' && isClosed) return <Chart code={code} actions={actions} />
  return <CodeBlock {...block} actions={actions} />
}

function OpenButton({ block }: { block: Block }) {
  const open = useContext(OpenArtifact)
  if (!open || !isArtifact(block)) return null
  return (
    <IconButton small label={say('Open beside the chat')} onClick={() => open(block)}>
      <PanelRightOpen className="size-4 rtl:-scale-x-100" />
    </IconButton>
  )
}

function cited(text: string, { sources }: Around): ReactNode {
  if (sources.length === 0 || !text.includes('[')) return text
  return cite(text, sources).map(({ text, source }, index) =>
    source ? (
      // oxlint-disable-next-line react/no-array-index-key -- pieces have no other name
      <Citation key={index} source={source} text={text} />
    ) : (
      text
    ),
  )
}

function NoteMark({ label, around: { numberOf, prefix } }: { label: string; around: Around }) {
  return (
    <sup>
      <a
        href={`#${prefix}${label}`}
        aria-label={say('Footnote {n}', { n: String(numberOf(label) ?? label) })}
        title={`[^${label}]`}
        onClick={(event) => {
          event.preventDefault()
          document.getElementById(prefix + label)?.focus()
        }}
      >
        {numberOf(label) ?? label}
      </a>
    </sup>
  )
}

function element(Tag: TagName, children: ReactNode): ReactNode {
  return <Tag {...((Tag === 'details' || Tag === 'summary') && { dir: 'auto' as const })}>{children}</Tag>
}

function list(node: List, around: Around): ReactNode {
  const isLoose = node.spread || node.children.some(({ spread }) => spread)
  const items = node.children.map((item, index) => (
    // oxlint-disable-next-line react/no-array-index-key -- items have no other name
    <li key={index} value={valueOf(node, index)} className={typeof item.checked === 'boolean' ? 'task' : undefined}>
      {typeof item.checked === 'boolean' && (
        <input type="checkbox" checked={item.checked} readOnly aria-label={item.checked ? say('Done') : say('To do')} disabled />
      )}
      {itemContent(item, isLoose, around)}
    </li>
  ))
  if (!node.ordered) return <ul dir={directionOf(node)}>{items}</ul>
  return (
    <ol dir={directionOf(node)} start={node.start ?? undefined}>
      {items}
    </ol>
  )
}

const itemContent = (item: ListItem, isLoose: boolean, around: Around) =>
  item.children.map((child, index) => (
    // oxlint-disable-next-line react/no-array-index-key -- nor have their parts
    <Fragment key={index}>{!isLoose && child.type === 'paragraph' ? show(child.children, around) : one(child, around)}</Fragment>
  ))

/** Numbers stay as they were written, but for a list that has the same one at each item and so leaves the counting to us. */
function valueOf({ ordered, start, children }: List, index: number): number | undefined {
  const number = children[index]?.data?.number
  if (!ordered || number === undefined || number === (start ?? 1) + index) return undefined
  return children.every(({ data }) => data?.number === number) ? undefined : number
}
