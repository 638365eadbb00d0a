import { CodeXml, Download } from 'lucide-react'
import { useEffect, useState } from 'react'
import { saveText } from '#lib/save-text.ts'
import { useStore } from '#lib/store.ts'
import { theme } from '#lib/theme.ts'
import { IconButton } from '#ui/button.tsx'
import { CodeBlock } from './code-block.tsx'
import { drawDiagram } from './diagram-frame.ts'
import { say } from '#words/say.ts'

type Drawn = { code: string; svg: string; url: string }

/** A Mermaid diagram as a picture, and on request as its code. The picture is an image: it runs nothing and asks for nothing. */
export function Diagram({ code }: { code: string }) {
  const [drawn, setDrawn] = useState<Drawn | null>(null)
  const [fault, setFault] = useState<string>()
  const [asCode, setAsCode] = useState(false)
  const chosen = useStore(theme)

  useEffect(() => {
    let url: string | undefined
    let gone = false
    const draw = async () => {
      const svg = await drawDiagram(code, coloursOfPage())
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
  }, [code, chosen])

  if (fault !== undefined || drawn?.code !== code)
    return (
      <div className="flex flex-col gap-1">
        <CodeBlock code={code} language="mermaid" />
        <p role="status" className="text-[0.8125rem] text-muted">
          {fault === undefined ? say('Drawing the diagram…') : say('This diagram could not be drawn. {fault}', { fault })}
        </p>
      </div>
    )
  return (
    <figure className="diagram overflow-hidden rounded-xl border border-line">
      <figcaption className="flex items-center justify-between pe-1 ps-4 text-[0.8125rem] text-muted">
        {say('Diagram')}
        <span className="flex">
          <IconButton small label={asCode ? say('Hide the code') : say('Show the code')} aria-pressed={asCode} onClick={() => setAsCode(!asCode)}>
            <CodeXml className="size-4" />
          </IconButton>
          <IconButton small label={say('Download diagram')} onClick={() => saveText('diagram.svg', drawn.svg, 'image/svg+xml')}>
            <Download className="size-4" />
          </IconButton>
        </span>
      </figcaption>
      <div
        role="region"
        aria-label={say('Diagram')}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
        tabIndex={0}
        className="overflow-x-auto px-4 pb-4"
      >
        <img src={drawn.url} alt={say('Diagram. Its code: {code}', { code: code.slice(0, 500) })} />
      </div>
      {asCode && <CodeBlock code={code} language="mermaid" />}
    </figure>
  )
}

/** Mermaid makes shades of these; of its own it knows nothing of a dark page. */
function coloursOfPage(): Record<string, string> {
  const style = getComputedStyle(document.documentElement)
  const pen = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d')!
  /** Mermaid reads no `oklch()`. */
  const colour = (name: string) => {
    pen.fillStyle = style.getPropertyValue(`--${name}`).trim()
    pen.fillRect(0, 0, 1, 1)
    const [red, green, blue] = pen.getImageData(0, 0, 1, 1).data
    return `#${[red!, green!, blue!].map((part) => part.toString(16).padStart(2, '0')).join('')}`
  }
  return {
    background: colour('raised'),
    primaryColor: colour('sunken'),
    primaryTextColor: colour('ink'),
    primaryBorderColor: colour('line-strong'),
    lineColor: colour('muted'),
    textColor: colour('ink'),
    secondaryColor: colour('accent-soft'),
    tertiaryColor: colour('raised'),
    fontFamily: 'system-ui, sans-serif',
  }
}
