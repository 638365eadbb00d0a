import { CodeXml, Download } from 'lucide-react'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { saveText } from '#lib/save-text.ts'
import { useStore } from '#lib/store.ts'
import { theme } from '#lib/theme.ts'
import { IconButton } from '#ui/button.tsx'
import { CodeBlock } from './code-block.tsx'
import { drawChart, drawDiagram } from './drawing-frame.ts'
import { coloursOfPage } from './page-colours.ts'
import { say } from '#words/say.ts'

type Drawn = { code: string; svg: string; url: string }
type DrawingProps = { code: string; /** More than an answer's block has. */ actions?: ReactNode }

const kinds = {
  mermaid: {
    name: () => say('Diagram'),
    alt: (code: string) => say('Diagram. Its code: {code}', { code: code.slice(0, 500) }),
    drawing: () => say('Drawing the diagram…'),
    failed: (fault: string) => say('This diagram could not be drawn. {fault}', { fault }),
    download: () => say('Download diagram'),
    file: 'diagram.svg',
    language: 'mermaid',
  },
  chart: {
    name: () => say('Chart'),
    alt: (code: string) => say('Chart. Its code: {code}', { code: code.slice(0, 500) }),
    drawing: () => say('Drawing the chart…'),
    failed: (fault: string) => say('This chart could not be drawn. {fault}', { fault }),
    download: () => say('Download chart'),
    file: 'chart.svg',
    language: 'json',
  },
}
const chartWidthMax = 640

export const Diagram = (props: DrawingProps) => <Drawing kind="mermaid" {...props} />

/** `alt` says what it shows where its code does not stand beside it. */
export const Chart = (props: DrawingProps & { alt?: string }) => <Drawing kind="chart" {...props} />

/** A picture of a diagram or a chart, and on request its code. The picture is an image: it runs nothing and asks for nothing. */
function Drawing({ kind, code, alt, actions }: DrawingProps & { kind: keyof typeof kinds; alt?: string }) {
  const [drawn, setDrawn] = useState<Drawn | null>(null)
  const [fault, setFault] = useState<string>()
  const [asCode, setAsCode] = useState(false)
  const place = useRef<HTMLDivElement>(null)
  const chosen = useStore(theme)
  const words = kinds[kind]

  useEffect(() => {
    let url: string | undefined
    let gone = false
    const draw = async () => {
      const svg = kind === 'mermaid' ? await drawDiagram({ code, colours: mermaidColours() }) : await drawChart({ code, ...lookOf(place.current!) })
      if (gone) return
      url = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }))
      setFault(undefined)
      setDrawn({ code, svg, url })
    }
    draw().catch((error: unknown) => {
      if (!gone) setFault(error instanceof Error ? error.message : '')
    })
    return () => {
      gone = true
      if (url) URL.revokeObjectURL(url)
    }
  }, [kind, code, chosen])

  if (fault !== undefined || drawn?.code !== code)
    return (
      <div ref={place} className="flex flex-col gap-1">
        {alt === undefined && <CodeBlock code={code} language={words.language} actions={actions} />}
        <p role="status" className="text-[0.8125rem] text-muted">
          {fault === undefined ? words.drawing() : words.failed(fault)}
        </p>
      </div>
    )
  return (
    <figure className="diagram overflow-hidden rounded-xl border border-line">
      <figcaption className="flex items-center justify-between pe-1 ps-4 text-[0.8125rem] text-muted">
        {words.name()}
        <span className="flex">
          {actions}
          {alt === undefined && (
            <IconButton small label={asCode ? say('Hide the code') : say('Show the code')} aria-pressed={asCode} onClick={() => setAsCode(!asCode)}>
              <CodeXml className="size-4" />
            </IconButton>
          )}
          <IconButton small label={words.download()} onClick={() => saveText(words.file, drawn.svg, 'image/svg+xml')}>
            <Download className="size-4" />
          </IconButton>
        </span>
      </figcaption>
      <div
        ref={place}
        role="group"
        aria-label={words.name()}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        className="overflow-x-auto px-4 pb-4"
      >
        <img src={drawn.url} alt={alt ?? words.alt(code)} />
      </div>
      {asCode && <CodeBlock code={code} language={words.language} />}
    </figure>
  )
}

/** Room for what the axes need beside the width of a chart. */
const besideChart = 90
const lookOf = (place: HTMLElement) => ({
  colours: coloursOfPage(),
  width: Math.max(180, Math.min(chartWidthMax, place.clientWidth - besideChart)),
})

/** Mermaid makes shades of these; of its own it knows nothing of a dark page. */
function mermaidColours(): Record<string, string> {
  const page = coloursOfPage()
  return {
    background: page.raised,
    primaryColor: page.sunken,
    primaryTextColor: page.ink,
    primaryBorderColor: page['line-strong'],
    lineColor: page.muted,
    textColor: page.ink,
    secondaryColor: page['accent-soft'],
    tertiaryColor: page.raised,
    fontFamily: 'system-ui, sans-serif',
  }
}
