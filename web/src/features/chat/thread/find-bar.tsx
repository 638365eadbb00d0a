import type { Message } from '@jarvis/contracts/chat.ts'
import { ChevronDown, ChevronUp, X } from 'lucide-react'
import { type KeyboardEvent, useEffect, useEffectEvent, useMemo, useRef, useState } from 'react'
import { type Loaded, loadOlder, messagesKey } from '#features/chat/queries.ts'
import { isComposing } from '#lib/composing.ts'
import { formatCount } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { queryClient } from '#lib/query.ts'
import { useDebounced } from '#lib/use-debounced.ts'
import { IconButton } from '#ui/button.tsx'
import { inputClass } from '#ui/field.tsx'
import { toast } from '#ui/toast.tsx'
import type { Step } from './tree.ts'
import { say } from '#words/say.ts'

type FindProps = {
  conversationId: string
  steps: readonly Step<Message>[]
  open: boolean
  onOpen: (open: boolean) => void
  onGo: (index: number) => void
}

/** The browser's own search sees only what is in the page: of a long conversation that is not all. */
export function FindBar({ conversationId, steps, open, onOpen, onGo }: FindProps) {
  const pressed = useEffectEvent((event: globalThis.KeyboardEvent) => {
    if (event.key.toLowerCase() !== 'f' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
    // A second time it is the browser's.
    if (open || document.querySelector('dialog[open]')) return
    event.preventDefault()
    onOpen(true)
  })
  useEffect(() => {
    const listener = (event: globalThis.KeyboardEvent) => pressed(event)
    document.addEventListener('keydown', listener)
    return () => document.removeEventListener('keydown', listener)
  }, [])
  return open ? <Bar conversationId={conversationId} steps={steps} onGo={onGo} onClose={() => onOpen(false)} /> : null
}

function Bar({ conversationId, steps, onGo, onClose }: Omit<FindProps, 'open' | 'onOpen'> & { onClose: () => void }) {
  const field = useRef<HTMLInputElement>(null)
  const [text, setText] = useState('')
  const [at, setAt] = useState<string>()
  const [whole, setWhole] = useState(false)
  const sought = useDebounced(text.trim().toLowerCase(), 150)
  useEffect(() => field.current?.focus(), [])

  useEffect(() => {
    let left = false
    void loadAll(conversationId, () => left)
      .then(() => left || setWhole(true))
      .catch((error: unknown) => toast(messageOf(error)))
    return () => {
      left = true
    }
  }, [conversationId])

  const found = useMemo(
    () => (sought === '' ? [] : steps.filter(({ message }) => message.content.toLowerCase().includes(sought)).map(({ message }) => message.id)),
    [steps, sought],
  )
  const place = at === undefined ? -1 : found.indexOf(at)

  function go(step: number) {
    if (found.length === 0) return
    // From the end: that is what one was reading.
    const next = found[place === -1 ? found.length - 1 : (place + step + found.length) % found.length]!
    setAt(next)
    onGo(steps.findIndex(({ message }) => message.id === next))
    highlight(sought)
  }

  function pressed(event: KeyboardEvent) {
    if (isComposing(event)) return
    if (event.key === 'Escape') {
      event.preventDefault()
      close()
    }
    if (event.key === 'Enter') {
      event.preventDefault()
      go(event.shiftKey ? 1 : -1)
    }
  }

  function close() {
    highlight('')
    onClose()
  }

  return (
    <search className="appear absolute end-4 top-2 z-10 flex items-center gap-1 rounded-xl border border-line bg-raised p-1.5 shadow-raised">
      <input
        ref={field}
        dir="auto"
        aria-label={say('Find in this conversation')}
        placeholder={say('Find in this conversation')}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={pressed}
        className={`${inputClass} h-9 w-44 sm:w-56`}
      />
      <span role="status" className="min-w-16 px-1 text-center text-sm text-muted tabular-nums">
        {sought !== '' && `${place === -1 ? '' : `${formatCount(place + 1)} of `}${formatCount(found.length)}${whole ? '' : '…'}`}
      </span>
      <IconButton small label={say('Earlier')} disabled={found.length === 0} onClick={() => go(-1)}>
        <ChevronUp className="size-4" />
      </IconButton>
      <IconButton small label={say('Later')} disabled={found.length === 0} onClick={() => go(1)}>
        <ChevronDown className="size-4" />
      </IconButton>
      <IconButton small label={say('Close')} onClick={close}>
        <X className="size-4" />
      </IconButton>
    </search>
  )
}

async function loadAll(conversationId: string, isLeft: () => boolean) {
  while (!isLeft() && queryClient.getQueryData<Loaded>(messagesKey(conversationId))?.older) await loadOlder(conversationId)
}

/** Marks the words in what is on the page, where the browser can. */
function highlight(sought: string) {
  const registry = (CSS as { highlights?: Map<string, unknown> }).highlights
  if (!registry || typeof Highlight === 'undefined') return
  registry.delete('found')
  if (sought === '') return
  setTimeout(() => {
    const ranges: Range[] = []
    for (const article of document.querySelectorAll('article[id^="m-"]')) {
      const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT)
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const text = (node.nodeValue ?? '').toLowerCase()
        for (let from = text.indexOf(sought); from !== -1; from = text.indexOf(sought, from + sought.length)) {
          const range = document.createRange()
          range.setStart(node, from)
          range.setEnd(node, Math.min(from + sought.length, node.nodeValue!.length))
          ranges.push(range)
        }
      }
    }
    registry.set('found', new Highlight(...ranges))
  }, 100)
}
