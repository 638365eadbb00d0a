import { messageCharactersMax } from '@jarvis/contracts/chat.ts'
import { ArrowUp, ListPlus, Square } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, type Ref, Suspense, lazy, useId, useImperativeHandle, useRef, useState } from 'react'
import { type AttachedPart, attachments, takeAttached } from '#features/chat/attach/attachments.ts'
import { AttachButton, TalkButton, Tray } from '#features/chat/attach/lazy.ts'
import { useArriving } from '#features/chat/attach/use-arriving.ts'
import { isComposing } from '#lib/composing.ts'
import { useStore } from '#lib/store.ts'
import { useIsTouch } from '#lib/use-media.ts'
import { cx } from '#ui/cx.ts'
import { GrowingText } from '#ui/growing-text.tsx'
import type { PickerHandle } from '#features/chat/prompts/prompt-picker.tsx'
import { ConnectionNote } from './connection-note.tsx'
import { ModelPicker } from './model-picker.tsx'
import { useDraft } from './use-draft.ts'
import { say, sayCount } from '#words/say.ts'

const PromptPicker = lazy(async () => ({ default: (await import('#features/chat/prompts/prompt-picker.tsx')).PromptPicker }))
/** A message that begins with a slash and a word or two looks for a prompt. */
const slashed = /^\/([^\n/]{0,60})$/

export type ComposerHandle = { add: (text: string) => void; focus: () => void }

type ComposerProps = {
  conversationId: string
  handle?: Ref<ComposerHandle>
  streaming: boolean
  /** A tool call waits for this person's approval. */
  asking: boolean
  /** A message is still on its way: the next one has to wait for what it follows. */
  sending: boolean
  onSend: (text: string, attached: readonly AttachedPart[]) => void
  /** Keeps a message until what comes now has ended. */
  onQueue: (text: string, attached: readonly AttachedPart[]) => void
  onStop: () => void
  /** Beside the choice of the model. */
  beside?: ReactNode
  children?: ReactNode
}

/** What is typed is its own: nothing else on the page is drawn again for it. */
export function Composer({ conversationId, handle, streaming, asking, sending, onSend, onQueue, onStop, beside, children }: ComposerProps) {
  const field = useRef<HTMLTextAreaElement>(null)
  const [text, setText] = useDraft(conversationId)
  useArriving(conversationId)
  const over = text.length - messageCharactersMax
  const busy = streaming || sending
  const files = useStore(attachments).filter((one) => one.conversationId === conversationId)
  const ready = (text.trim() !== '' || files.length > 0) && over <= 0 && files.every(({ part }) => part)
  const touch = useIsTouch()

  useImperativeHandle(handle, () => ({
    add: (more) => {
      setText(text.trim() === '' ? more : `${text.trimEnd()}\n\n${more}`)
      field.current?.focus()
    },
    focus: () => field.current?.focus({ preventScroll: true }),
  }))

  const picker = useRef<PickerHandle>(null)
  const pickerId = useId()
  const [dismissed, setDismissed] = useState('')
  const [everSlashed, setEverSlashed] = useState(false)
  const found = slashed.exec(text)?.[1]
  const typed = found === undefined || dismissed === text ? null : found
  if (typed !== null && !everSlashed) setEverSlashed(true)

  function send() {
    if (!ready) return
    setText('')
    ;(busy ? onQueue : onSend)(text.trim(), takeAttached(conversationId))
  }

  function pressed(event: KeyboardEvent) {
    if (!isComposing(event) && picker.current?.press(event)) return
    if (event.key !== 'Enter' || event.shiftKey || touch || isComposing(event)) return
    event.preventDefault()
    send()
  }

  return (
    <div className="mx-auto w-full max-w-[46rem] px-2 pb-[max(0.5rem,env(safe-area-inset-bottom))] sm:px-6 sm:pb-4">
      <ConnectionNote />
      {children}
      {asking && text.trim() !== '' && (
        <p role="status" className="appear px-4 pb-2 text-sm text-muted">
          {say('Jarvis waits for your approval above. Sending a message drops that request.')}
        </p>
      )}
      {over > -messageCharactersMax / 10 && (
        <p role="status" className={cx('px-4 pb-1 text-end text-[0.8125rem] tabular-nums', over > 0 ? 'text-danger' : 'text-muted')}>
          {over > 0
            ? sayCount(over, 'Too long by {n} characters. A message may have {max}.', 'Too long by {n} characters. A message may have {max}.', {
                max: messageCharactersMax,
              })
            : sayCount(-over, '{n} characters left', '{n} characters left')}
        </p>
      )}
      <div className="relative">
        <Suspense>
          {everSlashed && (
            <PromptPicker
              key={typed === null ? 'closed' : 'open'}
              id={pickerId}
              typed={typed}
              handle={picker}
              onTake={(taken) => {
                setText(taken)
                field.current?.focus()
              }}
              onDismiss={() => setDismissed(text)}
            />
          )}
        </Suspense>
        <form
          className="rounded-[1.375rem] border border-line-strong bg-raised shadow-raised transition-colors focus-within:border-accent"
          onSubmit={(event) => {
            event.preventDefault()
            send()
          }}
        >
          <Suspense>
            <Tray conversationId={conversationId} />
          </Suspense>
          <GrowingText
            aria-controls={typed === null ? undefined : pickerId}
            field={field}
            id="message"
            label={say('Message to Jarvis')}
            placeholder={say('Ask Jarvis anything')}
            value={text}
            onChange={setText}
            onKeyDown={pressed}
            enterKeyHint={touch ? 'enter' : 'send'}
            className="block max-h-[40dvh] w-full resize-none bg-transparent px-4 pt-3.5 pb-1 text-base leading-relaxed outline-none placeholder:text-faint"
          />
          <div className="flex items-center gap-2 p-1.5">
            <Suspense fallback={<span className="size-10" />}>
              <AttachButton conversationId={conversationId} />
            </Suspense>
            <ModelPicker />
            {beside}
            <span className="grow" />
            <Suspense>
              <TalkButton
                onHeard={(heard) => {
                  // Something may have been typed meanwhile.
                  const now = field.current?.value.trimEnd() ?? ''
                  setText(now === '' ? heard : `${now} ${heard}`)
                  field.current?.focus({ preventScroll: true })
                }}
              />
            </Suspense>
            {busy && ready && (
              <RoundButton label={say('Send when this answer ends')} quiet submits>
                <ListPlus className="size-5" />
              </RoundButton>
            )}
            {streaming ? (
              <RoundButton label={say('Stop')} keys="Esc" onClick={onStop}>
                <Square className="size-3.5 fill-current" />
              </RoundButton>
            ) : (
              <RoundButton label={say('Send')} submits disabled={!ready || sending}>
                <ArrowUp className="size-5" />
              </RoundButton>
            )}
          </div>
        </form>
      </div>
    </div>
  )
}

type RoundProps = {
  label: string
  keys?: string
  quiet?: boolean
  submits?: boolean
  disabled?: boolean
  onClick?: () => void
  children: ReactNode
}

function RoundButton({ label, keys, quiet = false, submits = false, children, ...rest }: RoundProps) {
  return (
    <button
      type={submits ? 'submit' : 'button'}
      aria-label={label}
      title={keys ? `${label} (${keys})` : label}
      className={cx(
        'flex size-10 shrink-0 items-center justify-center rounded-full transition-colors disabled:bg-hover disabled:text-faint',
        quiet ? 'text-muted hover:bg-hover hover:text-ink' : 'bg-accent text-on-accent hover:bg-accent-strong',
      )}
      {...rest}
    >
      {children}
    </button>
  )
}
