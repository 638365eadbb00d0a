import { MessageCircleDashed } from 'lucide-react'
import { nextIsTemporary } from '#features/chat/live/temporary.ts'
import { useStore } from '#lib/store.ts'
import { cx } from '#ui/cx.ts'
import { say } from '#words/say.ts'

/** For a conversation that is still to begin. */
export function TemporaryToggle() {
  const on = useStore(nextIsTemporary)
  return (
    <button
      type="button"
      aria-pressed={on}
      title={say('A chat that is not kept and not remembered')}
      onClick={() => nextIsTemporary.set(!on)}
      className={cx(
        'flex min-h-10 min-w-0 items-center gap-1.5 rounded-lg px-2.5 text-sm transition-colors hover:bg-hover',
        on ? 'bg-accent-soft font-medium text-accent' : 'text-muted hover:text-ink',
      )}
    >
      <MessageCircleDashed aria-hidden className="size-4 shrink-0" />
      <span className="truncate max-[24.5rem]:sr-only">{say('Temporary')}</span>
    </button>
  )
}

export function TemporaryNote() {
  return (
    <p className="flex items-start gap-2 px-4 pb-2 text-sm text-muted">
      <MessageCircleDashed aria-hidden className="mt-0.5 size-4 shrink-0" />
      {say('Temporary chat: it is in no list and not remembered, and it is deleted when you leave it.')}
    </p>
  )
}
