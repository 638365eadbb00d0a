import { messageCharactersMax } from '@jarvis/contracts/chat.ts'
import { ArrowUp, Square } from 'lucide-react'
import type { KeyboardEvent, ReactNode, RefObject } from 'react'
import { formatCount } from '#lib/format.ts'
import { cx } from '#ui/cx.ts'
import { GrowingText } from '#ui/growing-text.tsx'
import { useMedia } from '#lib/use-media.ts'
import { ConnectionNote } from './connection-note.tsx'
import { ModelPicker } from './model-picker.tsx'

type ComposerProps = {
  field: RefObject<HTMLTextAreaElement | null>
  text: string
  onChange: (text: string) => void
  streaming: boolean
  /** A tool call waits for this person's approval. */
  asking: boolean
  /** A message is still on its way: the next one has to wait for what it follows. */
  sending: boolean
  onSend: () => void
  onStop: () => void
}

export function Composer({ field, text, onChange, streaming, asking, sending, onSend, onStop }: ComposerProps) {
  const over = text.length - messageCharactersMax
  const ready = text.trim() !== '' && over <= 0 && !streaming && !sending
  // On a touch keyboard Enter makes a line: there is no Shift to hold.
  const touch = useMedia('(hover: none) and (pointer: coarse)')

  function pressed(event: KeyboardEvent) {
    if (event.key !== 'Enter' || event.shiftKey || touch || event.nativeEvent.isComposing) return
    event.preventDefault()
    if (ready) onSend()
  }

  return (
    <div className="mx-auto w-full max-w-[46rem] px-2 pb-[max(0.5rem,env(safe-area-inset-bottom))] sm:px-6 sm:pb-4">
      <ConnectionNote />
      {asking && text.trim() !== '' && (
        <p role="status" className="appear px-4 pb-2 text-sm text-muted">
          Jarvis waits for your approval above. Sending a message drops that request.
        </p>
      )}
      {over > -messageCharactersMax / 10 && (
        <p role="status" className={cx('px-4 pb-1 text-right text-[0.8125rem] tabular-nums', over > 0 ? 'text-danger' : 'text-muted')}>
          {over > 0
            ? `Too long by ${formatCount(over)} characters. A message may have ${formatCount(messageCharactersMax)}.`
            : `${formatCount(-over)} characters left`}
        </p>
      )}
      <form
        className="rounded-[1.375rem] border border-line-strong bg-raised shadow-raised transition-colors focus-within:border-accent"
        onSubmit={(event) => {
          event.preventDefault()
          if (ready) onSend()
        }}
      >
        <GrowingText
          field={field}
          id="message"
          label="Message to Jarvis"
          placeholder="Ask Jarvis anything"
          value={text}
          onChange={onChange}
          onKeyDown={pressed}
          enterKeyHint={touch ? 'enter' : 'send'}
          className="block max-h-[40dvh] w-full resize-none bg-transparent px-4 pt-3.5 pb-1 text-base leading-relaxed outline-none placeholder:text-faint"
        />
        <div className="flex items-center justify-between gap-2 p-1.5">
          <ModelPicker />
          {streaming ? (
            <RoundButton label="Stop" onClick={onStop}>
              <Square className="size-3.5 fill-current" />
            </RoundButton>
          ) : (
            <RoundButton label="Send" submits disabled={!ready}>
              <ArrowUp className="size-5" />
            </RoundButton>
          )}
        </div>
      </form>
    </div>
  )
}

type RoundProps = { label: string; submits?: boolean; disabled?: boolean; onClick?: () => void; children: ReactNode }

function RoundButton({ label, submits = false, children, ...rest }: RoundProps) {
  return (
    <button
      type={submits ? 'submit' : 'button'}
      aria-label={label}
      title={submits ? label : `${label} (Esc)`}
      className="flex size-10 shrink-0 items-center justify-center rounded-full bg-accent text-on-accent transition-colors hover:bg-accent-strong disabled:bg-hover disabled:text-faint"
      {...rest}
    >
      {children}
    </button>
  )
}
