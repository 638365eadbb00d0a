import type { Source } from '@jarvis/contracts/chat.ts'
import { memo, useMemo, useState } from 'react'
import ReactMarkdown, { type Components, type Options } from 'react-markdown'
import remarkGfm from 'remark-gfm'
import { createSplitter } from './blocks.ts'
import { citations } from './citations.ts'
import { CodeBlock } from './code-block.tsx'
import { OutsideImage, OutsideLink } from './outside-link.tsx'

/** A message stands under a heading of level 2 (thread.tsx), so its own begin at 3, whatever the model wrote. */
const heading =
  (level: number): Components['h1'] =>
  ({ children }) => {
    const Tag = level < 4 ? 'h3' : 'h4'
    return <Tag className={`heading-${level}`}>{children}</Tag>
  }

const components: Components = {
  h1: heading(1),
  h2: heading(2),
  h3: heading(3),
  h4: heading(4),
  h5: heading(4),
  h6: heading(4),
  a: ({ href, children, ...rest }) => (
    <OutsideLink href={href} cited={(rest as { 'data-cited'?: string })['data-cited']}>
      {children}
    </OutsideLink>
  ),
  img: ({ src, alt }) => <OutsideImage src={src} alt={alt} />,
  table: ({ children }) => (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <div className="sideways" role="region" aria-label="Table" tabIndex={0}>
      <table>{children}</table>
    </div>
  ),
  pre: ({ children }) => children,
  code: ({ className, children }) => {
    const text = typeof children === 'string' ? children : ''
    const language = /language-(\S+)/.exec(className ?? '')?.[1]
    return language || text.endsWith('\n') ? <CodeBlock code={text.replace(/\n$/, '')} language={language} /> : <code>{children}</code>
  },
  input: ({ checked, type }) => <input type={type} checked={checked} readOnly aria-label={checked ? 'Done' : 'To do'} disabled />,
}

type Plugins = NonNullable<Options['remarkPlugins']>

const Block = memo(function Block({ source, plugins }: { source: string; plugins: Plugins }) {
  return (
    <div className="block">
      <ReactMarkdown remarkPlugins={plugins} components={components}>
        {source}
      </ReactMarkdown>
    </div>
  )
})

type MarkdownProps = { text: string; streaming: boolean; sources: readonly Source[] }

/** Markdown that may still grow: only blocks that changed are parsed and rendered again. Raw HTML stays text. */
export function Markdown({ text, streaming, sources }: MarkdownProps) {
  const plugins = useMemo<Plugins>(() => [remarkGfm, [citations, sources]], [sources])
  const [split] = useState(createSplitter)
  const blocks = useMemo(() => split(text, streaming).filter((raw) => raw.trim()), [split, text, streaming])
  return (
    <div className="answer">
      {blocks.map((source, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- blocks only grow at the end
        <Block key={index} source={source} plugins={plugins} />
      ))}
    </div>
  )
}
