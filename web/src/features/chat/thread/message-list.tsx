import type { Message } from '@jarvis/contracts/chat.ts'
import { type RefObject, memo, useEffect, useEffectEvent, useRef, useState } from 'react'
import type { VirtualizerHandle } from 'virtua'
import type { Entry } from '#features/chat/live/outbox.ts'
import { loadOlder } from '#features/chat/queries.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { cx } from '#ui/cx.ts'
import { Spinner } from '#ui/spinner.tsx'
import { useStore } from '#lib/store.ts'
import { Answer } from './answer.tsx'
import { longParts } from './long.ts'
import { Question } from './question.tsx'
import type { Step } from './tree.ts'
import { type Windowed, nearPixels, topPixels } from './use-window.ts'
import { say } from '#words/say.ts'

type Actions = {
  onEdit: (message: Message, content: string) => void
  onRegenerate: (questionId: string) => void
  onShow: (id: string) => void
}

type ListProps = Actions & {
  conversationId: string
  steps: readonly Step<Message>[]
  entryOf: ReadonlyMap<string, Entry>
  older: string | null
  busy: boolean
  windowed: Windowed
  handle: RefObject<VirtualizerHandle | null>
  scroller: RefObject<HTMLElement | null>
}

/** These are laid out from the start; the others when they come near the window. */
const shownAtOnce = 4

export function MessageList({ conversationId, steps, entryOf, older, busy, windowed, handle, scroller, ...actions }: ListProps) {
  const long = useStore(longParts)
  const row = ({ message, siblings }: Step<Message>, index: number) => (
    <Row
      key={message.id}
      message={message}
      siblings={siblings}
      entry={entryOf.get(message.id)}
      last={windowed.on || index >= steps.length - shownAtOnce}
      newest={index === steps.length - 1}
      position={older === null ? index + 1 : undefined}
      busy={busy}
      skips={!windowed.on}
      {...actions}
    />
  )
  return (
    <>
      {older !== null && <Older key={older} conversationId={conversationId} />}
      {windowed.on && long ? (
        <long.Virtualizer
          ref={handle}
          scrollRef={scroller}
          startMargin={topPixels}
          data={steps}
          shift={windowed.prepending}
          bufferSize={nearPixels}
          keepMounted={windowed.kept}
        >
          {row}
        </long.Virtualizer>
      ) : (
        steps.map(row)
      )}
    </>
  )
}

/** Asks for the page before this one as soon as its place comes near the window. */
function Older({ conversationId }: { conversationId: string }) {
  const ref = useRef<HTMLDivElement>(null)
  const [error, setError] = useState<string>()
  function ask() {
    setError(undefined)
    loadOlder(conversationId).catch((problem: unknown) => setError(messageOf(problem)))
  }
  const load = useEffectEvent(ask)
  useEffect(() => {
    const mark = ref.current!
    // Of the window alone a margin would not reach past what the scroller clips.
    const root = mark.closest('[role=log]')
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && load(), { root, rootMargin: '1200px 0px 0px' })
    observer.observe(mark)
    return () => observer.disconnect()
  }, [])
  return (
    <div ref={ref} className="absolute inset-x-0 top-0 flex h-6 items-center justify-center text-sm text-muted">
      {error === undefined ? (
        <Spinner className="size-3.5" />
      ) : (
        <Button look="bare" title={error} onClick={ask}>
          {say('Older messages could not be loaded. Try again')}
        </Button>
      )}
    </div>
  )
}

type RowProps = Actions & {
  message: Message
  siblings: readonly string[]
  entry: Entry | undefined
  last: boolean
  newest: boolean
  position: number | undefined
  busy: boolean
  skips: boolean
}

const Row = memo(function Row({ message, siblings, entry, last, newest, position, busy, skips, onEdit, onRegenerate, onShow }: RowProps) {
  const isMine = message.role === 'user'
  return (
    <article
      id={`m-${message.id}`}
      tabIndex={-1}
      aria-label={isMine ? say('You') : 'Jarvis'}
      aria-posinset={position}
      className={cx('-mx-2 px-2 pb-6 outline-offset-4 [contain-intrinsic-size:auto_12rem]', skips && !last && '[content-visibility:auto]')}
    >
      <h2 className="sr-only">{isMine ? say('You said') : say('Jarvis said')}</h2>
      {isMine ? (
        <Question message={message} entry={entry} siblings={siblings} last={last} busy={busy} onEdit={onEdit} onShow={onShow} />
      ) : (
        <Answer message={message} siblings={siblings} last={last} newest={newest} busy={busy} onRegenerate={onRegenerate} onShow={onShow} />
      )}
    </article>
  )
}, isSame)

/** The siblings are a list of their own each time the branch is put together. */
function isSame(before: RowProps, after: RowProps): boolean {
  const { siblings: had, ...rest } = before
  const { siblings: has, ...next } = after
  const keys = Object.keys(next) as (keyof typeof next)[]
  return keys.every((key) => Object.is(rest[key], next[key])) && had.length === has.length && had.every((id, index) => id === has[index])
}
