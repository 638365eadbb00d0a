import type { Message } from '@jarvis/contracts/chat.ts'
import { Download, FileText, Maximize2, Minimize2, Printer, X } from 'lucide-react'
import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react'
import { CodeBlock } from '#features/chat/markdown/code-block.tsx'
import { Chart, Diagram } from '#features/chat/markdown/drawing.tsx'
import { Markdown } from '#features/chat/markdown/markdown.tsx'
import { saveBlob, saveText } from '#lib/save-text.ts'
import { useMedia } from '#lib/use-media.ts'
import { IconButton } from '#ui/button.tsx'
import { CopyButton } from '#ui/copy-button.tsx'
import { Modal } from '#ui/modal.tsx'
import { Segments } from '#ui/segments.tsx'
import { Select } from '#ui/select.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'
import { type Artifact, artifactsOf, opened } from './artifacts.ts'
import { Changes } from './changes.tsx'
import { HtmlFrame } from './html-frame.tsx'
import type { Block, Kind } from './kinds.ts'
import { printPart } from './print.ts'
import { SvgPicture } from './svg-picture.tsx'

type View = 'preview' | 'code' | 'changes'
type PanelProps = { block: Block; messages: readonly Message[]; onClose: () => void }

/** What a model wrote, beside the chat; over it where there is no room beside it, or where a person wants all of the window. */
export function ArtifactPanel({ block, messages, onClose }: PanelProps) {
  const hasRoom = useMedia('(min-width: 64rem)')
  const [isFull, setFull] = useState(false)
  // Not what had the focus when it was last drawn: over the page and beside it, it is drawn anew.
  const [opener] = useState(() => document.activeElement)
  useEffect(
    () => () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus()
    },
    [opener],
  )
  const id = useId()
  const beside = hasRoom && !isFull
  const inside = (
    <Opened key={beside ? 'beside' : 'over'} titleId={id} block={block} messages={messages} onClose={onClose}>
      {hasRoom && (
        <IconButton small label={isFull ? say('Leave full screen') : say('Full screen')} onClick={() => setFull(!isFull)}>
          {isFull ? <Minimize2 className="size-4" /> : <Maximize2 className="size-4" />}
        </IconButton>
      )}
    </Opened>
  )
  if (!beside)
    return (
      <Modal
        labelledBy={id}
        onClose={hasRoom ? () => setFull(false) : onClose}
        className="appear m-0 h-dvh max-h-none w-full max-w-none bg-raised font-normal text-ink"
      >
        {inside}
      </Modal>
    )
  return (
    <Aside labelledBy={id} onClose={onClose}>
      {inside}
    </Aside>
  )
}

/** Takes the focus when it opens. */
function Aside({ labelledBy, onClose, children }: { labelledBy: string; onClose: () => void; children: ReactNode }) {
  const ref = useRef<HTMLElement>(null)
  useEffect(() => ref.current!.focus(), [])
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes it from wherever the focus is in it
    <aside
      ref={ref}
      tabIndex={-1}
      aria-labelledby={labelledBy}
      className="appear flex w-[min(50%,48rem)] shrink-0 flex-col border-s border-line bg-raised outline-none"
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || event.defaultPrevented) return
        event.preventDefault()
        onClose()
      }}
    >
      {children}
    </aside>
  )
}

type OpenedProps = PanelProps & { titleId: string; children: ReactNode }

function Opened({ titleId, block, messages, onClose, children }: OpenedProps) {
  const { artifact, at: first } = useMemo(() => opened(artifactsOf(messages), block), [messages, block])
  const [chosen, setChosen] = useState({ block, at: first })
  const at = Math.min(chosen.block === block ? chosen.at : first, artifact.versions.length - 1)
  const [view, setView] = useState<View>('preview')
  const text = artifact.versions[at]!
  const before = artifact.versions[at - 1]
  const views: { value: View; name: string }[] = [
    ...(artifact.kind === 'code' ? [] : [{ value: 'preview' as const, name: say('Preview') }]),
    { value: 'code', name: say('Code') },
    ...(before === undefined ? [] : [{ value: 'changes' as const, name: say('Changes') }]),
  ]
  const shown = views.some(({ value }) => value === view) ? view : views[0]!.value
  const page = useRef<HTMLDivElement>(null)
  return (
    <div className="flex min-h-0 grow flex-col gap-3 p-4 max-lg:h-full">
      <header className="flex items-center gap-1">
        <h2 id={titleId} dir="auto" className="min-w-0 grow truncate font-semibold tracking-tight" title={artifact.name}>
          {artifact.name}
        </h2>
        <Actions artifact={artifact} text={text} page={shown === 'preview' ? () => page.current : null} />
        {children}
        <IconButton small label={say('Close')} data-first-focus onClick={onClose}>
          <X className="size-4" />
        </IconButton>
      </header>
      <div className="flex flex-wrap items-center gap-2">
        {views.length > 1 && <Segments label={say('View')} value={shown} options={views} onChange={setView} />}
        {artifact.versions.length > 1 && (
          <Select
            label={say('Version')}
            value={String(at)}
            hideLabel
            options={artifact.versions.map((_, index) => ({
              value: String(index),
              name: say('Version {n} of {count}', { n: index + 1, count: artifact.versions.length }),
            }))}
            onChange={(value) => setChosen({ block, at: Number(value) })}
          />
        )}
      </div>
      <div ref={page} className="answer flex min-h-0 grow flex-col overflow-y-auto">
        {shown === 'code' && <CodeBlock code={text} language={artifact.language} />}
        {shown === 'changes' && <Changes before={before!} after={text} />}
        {shown === 'preview' && <Preview kind={artifact.kind} name={artifact.name} text={text} />}
      </div>
    </div>
  )
}

function Preview({ kind, name, text }: { kind: Kind; name: string; text: string }) {
  switch (kind) {
    case 'html':
      return <HtmlFrame html={text} name={name} />
    case 'svg':
      return <SvgPicture svg={text} name={name} />
    case 'diagram':
      return <Diagram code={text} />
    case 'chart':
      return <Chart code={text} />
    case 'document':
      return <Markdown segments={[{ kind: 'text', text }]} sources={[]} cut={false} tools={() => null} />
    case 'code':
      return null
  }
}

/** `page` gives the document as it is shown, to be printed. */
function Actions({ artifact: { kind, name }, text, page }: { artifact: Artifact; text: string; page: (() => HTMLElement | null) | null }) {
  async function saveAsWord() {
    try {
      const { wordOf } = await import('./word.ts')
      saveBlob(name.replace(/\.\w{1,10}$/, '.docx'), await wordOf(text))
    } catch {
      toast(say('The document could not be made.'))
    }
  }
  return (
    <>
      <CopyButton text={text} label={say('Copy')} />
      <IconButton small label={say('Download')} onClick={() => saveText(name, text)}>
        <Download className="size-4" />
      </IconButton>
      {kind === 'document' && (
        <>
          <IconButton small label={say('Download for Word')} onClick={() => void saveAsWord()}>
            <FileText className="size-4" />
          </IconButton>
          {page && (
            <IconButton
              small
              label={say('Print or save as PDF')}
              onClick={() => {
                const part = page()
                if (part) printPart(part, name.replace(/\.\w{1,10}$/, ''))
              }}
            >
              <Printer className="size-4" />
            </IconButton>
          )}
        </>
      )}
    </>
  )
}
