import type { Conversation } from '@jarvis/contracts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { messageOf } from '#lib/problem.ts'
import { ConfirmDialog } from '#ui/dialog.tsx'
import { deleteConversation } from './actions.ts'
import { ForgetChoice, rememberedQuery } from './forget-choice.tsx'
import { say } from '#words/say.ts'

export function DeleteDialog({
  conversation: { id, title },
  current,
  onClose,
}: {
  conversation: Conversation
  current: boolean
  onClose: () => void
}) {
  const navigate = useNavigate()
  const [busy, setBusy] = useState(false)
  const [forget, setForget] = useState(false)
  const remembered = useQuery(rememberedQuery(id))
  const [error, setError] = useState<string>()
  async function remove() {
    setBusy(true)
    try {
      await deleteConversation(id, forget, async () => {
        onClose()
        if (current) await navigate({ to: '/' })
      })
    } catch (problem) {
      setError(messageOf(problem))
      setBusy(false)
    }
  }
  return (
    <ConfirmDialog
      title={say('Delete this conversation?')}
      action={say('Delete')}
      busy={busy}
      error={error}
      onConfirm={() => void remove()}
      onClose={onClose}
    >
      {say('“{title}” and all its messages will be gone for good.', { title: title || say('New chat') })}
      {remembered.data?.items.length ? <ForgetChoice memories={remembered.data.items} chosen={forget} onChoose={setForget} /> : null}
    </ConfirmDialog>
  )
}
