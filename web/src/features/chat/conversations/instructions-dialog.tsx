import type { Conversation } from '@jarvis/contracts/chat.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { TextArea } from '#ui/text-area.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'

/** What the person wishes for one conversation, beside what they wish for all and for its folder. */
export function InstructionsDialog({ conversation: { id }, onClose }: { conversation: Conversation; onClose: () => void }) {
  // Lists do not carry them, and nothing else shows them: read when they are wanted.
  const { data, error, refetch } = useQuery({
    queryKey: ['conversation', id, 'instructions'],
    queryFn: ({ signal }) => call(endpoints.conversation, { params: { id } }, signal),
    gcTime: 0,
  })
  return (
    <Dialog title={say('Instructions for this conversation')} onClose={onClose} wide>
      {error && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonList label={say('Loading the instructions')} rows={3} />}
      {data && <Form id={id} before={data.instructions ?? ''} onClose={onClose} />}
    </Dialog>
  )
}

function Form({ id, before, onClose }: { id: string; before: string; onClose: () => void }) {
  const [text, setText] = useState(before)
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  async function save(event: FormEvent) {
    event.preventDefault()
    setBusy(true)
    try {
      await call(endpoints.updateConversation, { params: { id }, body: { instructions: text.trim() } })
      toast(say('Saved. They hold from the next message on.'))
      onClose()
    } catch (problem) {
      setError(messageOf(problem))
      setBusy(false)
    }
  }
  return (
    <form className="flex flex-col gap-4" onSubmit={(event) => void save(event)}>
      <TextArea
        label={say('Instructions')}
        data-first-focus
        maxLength={4000}
        hint={say('Those in your settings and of the folder hold too; these come last.')}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {error && (
        <p role="alert" className="text-sm text-danger">
          {error}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>{say('Cancel')}</Button>
        <Button look="primary" type="submit" busy={busy}>
          {say('Save')}
        </Button>
      </div>
    </form>
  )
}
