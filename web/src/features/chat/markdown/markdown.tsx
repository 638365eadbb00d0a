import type { Citation as Cited } from '@jarvis/contracts/chat.ts'
import type { ToolCall } from '@jarvis/contracts/parts.ts'
import { Fragment, type ReactNode, memo, useId, useMemo, useState } from 'react'
import type { Segment } from '#features/chat/thread/segments.ts'
import { type Block, type Document, createDocument } from './document.ts'
import type { Node } from './node.ts'
import { type Around, show } from './nodes.tsx'
import { say } from '#words/say.ts'

type MarkdownProps = {
  segments: readonly Segment[]
  /** It still grows, or was stopped: marks that are open at its end are closed for show. */
  cut: boolean
  sources: readonly Cited[]
  tools: (calls: readonly ToolCall[]) => ReactNode
}

/** An answer's text as one document, with the tools in their places. Only blocks that changed are parsed and rendered again. HTML stays text. */
export function Markdown({ segments, cut, sources, tools }: MarkdownProps) {
  const [read] = useState(createDocument)
  const prefix = `${useId()}-note-`
  const document = useMemo(() => {
    const texts = segments.map((segment) => (segment.kind === 'text' ? segment.text : ''))
    return read(texts, cut && segments.at(-1)?.kind === 'text')
  }, [read, segments, cut])
  const around = useMemo(() => aroundOf(document, sources, prefix), [document, sources, prefix])
  return (
    <>
      {segments.map((segment, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- segments only grow at the end
        <Fragment key={index}>
          {segment.kind === 'tools' ? tools(segment.calls) : <Section blocks={document.sections[index] ?? []} around={around} />}
        </Fragment>
      ))}
      {document.notes.length > 0 && <Notes document={document} around={around} />}
    </>
  )
}

function Section({ blocks, around }: { blocks: readonly Block[]; around: Around }) {
  return (
    <div className="answer">
      {blocks.map((block) => (
        <ShownBlock key={block.at} nodes={block.nodes} around={around} resolved={resolvedOf(block, around)} />
      ))}
    </div>
  )
}

type BlockProps = { nodes: Block['nodes']; around: Around; resolved: string }

const ShownBlock = memo(
  ({ nodes, around }: BlockProps) => <div className="block">{show(nodes, around)}</div>,
  (before, after) => before.nodes === after.nodes && before.resolved === after.resolved && before.around.sources === after.around.sources,
)

function Notes({ document: { notes }, around }: { document: Document; around: Around }) {
  return (
    <section aria-label={say('Footnotes')} className="answer notes">
      <ol>
        {notes.map((note) => (
          <li key={note.identifier} id={around.prefix + note.identifier} tabIndex={-1} dir="auto" title={`[^${note.label ?? note.identifier}]`}>
            {show(note.children, around)}
          </li>
        ))}
      </ol>
    </section>
  )
}

function aroundOf({ sections, definitions, notes }: Document, sources: readonly Cited[], prefix: string): Around {
  const used = new Set(sections.flat().flatMap(({ found }) => [...found.linkLabels]))
  const numbers = new Map(notes.map(({ identifier }, index) => [identifier, index + 1]))
  const isNote = (node: Node) => (notes as Node[]).includes(node)
  return { sources, definitions, used, numberOf: (label) => numbers.get(label), isNote, prefix }
}

/** All that a block shows of what stands elsewhere. */
function resolvedOf({ found }: Block, { definitions, used, numberOf, isNote }: Around): string {
  const { linkLabels, noteLabels, definitions: own, notes } = found
  if (linkLabels.size + noteLabels.length + own.length + notes.length === 0) return ''
  return JSON.stringify([
    [...linkLabels].map((label) => [definitions.get(label)?.url, definitions.get(label)?.title]),
    noteLabels.map(numberOf),
    notes.map(isNote),
    own.map((definition) => used.has(definition.identifier) && definitions.get(definition.identifier) === definition),
  ])
}
