import { type Message, messageCharactersMax } from '@jarvis/contracts/chat.ts'
import { Pencil } from 'lucide-react'
import { Suspense, lazy, memo, useState } from 'react'
import { attachedIn } from '#features/chat/attach/attachments.ts'
import { Attached } from '#features/chat/attach/lazy.ts'
import type { Entry } from '#features/chat/live/outbox.ts'
import { IconButton } from '#ui/button.tsx'
import { CopyButton } from '#ui/copy-button.tsx'
import { cx } from '#ui/cx.ts'
import { BranchSwitcher } from './parts.ts'
import { useNearby } from './use-nearby.ts'
import { say } from '#words/say.ts'

const EditQuestion = lazy(async () => ({ default: (await import('./edit-question.tsx')).EditQuestion }))
const Refused = lazy(async () => ({ default: (await import('./refused.tsx')).Refused }))

/** Longer ones are folded: a pasted log should not push the answer off the page. */
const foldedCharacters = 1600

type QuestionProps = {
  message: Message
  entry: Entry | undefined
  siblings: readonly string[]
  last: boolean
  busy: boolean
  onEdit: (message: Message, content: string) => void
  onShow: (id: string) => void
}

export const Question = memo(function Question({ message, entry, siblings, last, busy, onEdit, onShow }: QuestionProps) {
  const [editing, setEditing] = useState(false)
  const { ref, nearby } = useNearby<HTMLDivElement>(last)
  if (editing)
    return (
      <Suspense>
        <EditQuestion
          content={message.content}
          charactersMax={messageCharactersMax}
          onCancel={() => setEditing(false)}
          onSend={(content) => {
            setEditing(false)
            onEdit(message, content)
          }}
        />
      </Suspense>
    )
  const files = attachedIn(message.parts)
  const sending = entry !== undefined && !entry.accepted && !entry.error
  return (
    <div
      ref={ref}
      className={cx('group/question flex flex-col items-end gap-1', !entry?.error && 'sm:flex-row-reverse sm:items-end sm:justify-start')}
    >
      <div className={cx('flex max-w-[min(36rem,88%)] flex-col items-end gap-1.5 transition-opacity', sending && 'opacity-65')}>
        {files.length > 0 && (
          <Suspense>
            <Attached parts={files} />
          </Suspense>
        )}
        {message.content !== '' && (
          <div className="max-w-full rounded-2xl bg-accent-soft px-4 py-2.5">
            <Content text={message.content} />
          </div>
        )}
      </div>
      {entry?.error ? (
        <Suspense>
          <Refused entry={entry} />
        </Suspense>
      ) : (
        <div
          className={cx(
            'flex min-h-8 shrink-0 items-center transition-opacity max-sm:-me-2 max-sm:-mb-3 max-sm:touch:-me-3 group-focus-within/question:opacity-100 group-hover/question:opacity-100 touch:opacity-100',
            siblings.length < 2 && 'opacity-0',
          )}
        >
          {nearby && (
            <>
              <CopyButton text={message.content} label={say('Copy message')} />
              <IconButton small label={say('Edit message')} disabled={busy || sending} onClick={() => setEditing(true)}>
                <Pencil className="size-4" />
              </IconButton>
              <Suspense>
                <BranchSwitcher siblings={siblings} shown={message.id} onShow={onShow} />
              </Suspense>
            </>
          )}
        </div>
      )}
    </div>
  )
})

function Content({ text }: { text: string }) {
  const long = text.length > foldedCharacters
  const [open, setOpen] = useState(false)
  return (
    <>
      <p dir="auto" className={cx('text-base leading-relaxed whitespace-pre-wrap [overflow-wrap:anywhere]', long && !open && 'line-clamp-12')}>
        {text}
      </p>
      {long && (
        <button type="button" aria-expanded={open} className="min-h-9 text-sm font-medium text-accent" onClick={() => setOpen(!open)}>
          {open ? say('Show less') : say('Show all')}
        </button>
      )}
    </>
  )
}
