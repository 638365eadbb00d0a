import { ListPlus, Pencil, SendHorizontal, X } from 'lucide-react'
import { type Queued, queue, unqueue } from '#features/chat/live/queue.ts'
import { useStore } from '#lib/store.ts'
import { IconButton } from '#ui/button.tsx'
import { say } from '#words/say.ts'

type ListProps = {
  conversationId: string
  /** Nothing is awaited any more: they go when the person says so. */
  held: boolean
  onEdit: (content: string) => void
  onSend: (message: Queued) => void
}

/** Messages that go when the answer has ended, in their order. */
export function QueuedMessages({ conversationId, held, onEdit, onSend }: ListProps) {
  const mine = useStore(queue).filter((message) => message.conversationId === conversationId)
  if (mine.length === 0) return null
  return (
    <section aria-label={say('Waiting to be sent')} className="mb-2 rounded-2xl border border-line bg-sunken px-2 py-1">
      <h2 className="flex items-center gap-2 px-2 pt-1.5 text-[0.8125rem] text-muted">
        <ListPlus aria-hidden className="size-4" />
        {held ? say('Not sent yet') : say('Sent when this answer ends')}
      </h2>
      <ul className="max-h-[25dvh] overflow-y-auto">
        {mine.map((message) => (
          <li key={message.id} className="flex items-center gap-1">
            <p dir="auto" className="min-w-0 grow truncate px-2 py-1.5">
              {message.content || say('Files')}
            </p>
            {held && (
              <IconButton small label={say('Send now')} onClick={() => onSend(message)}>
                <SendHorizontal className="size-4 rtl:-scale-x-100" />
              </IconButton>
            )}
            <IconButton
              small
              label={say('Edit queued message')}
              onClick={() => {
                unqueue(message.id)
                onEdit(message.content)
              }}
            >
              <Pencil className="size-4" />
            </IconButton>
            <IconButton small label={say('Remove queued message')} onClick={() => unqueue(message.id)}>
              <X className="size-4" />
            </IconButton>
          </li>
        ))}
      </ul>
    </section>
  )
}
