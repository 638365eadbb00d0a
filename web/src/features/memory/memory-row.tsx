import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Memory } from '@jarvis/contracts/memory.ts'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatDay } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { IconButton } from '#ui/button.tsx'
import { MemoryForm } from './memory-form.tsx'
import { refreshMemories } from './queries.ts'

export function AddMemory() {
  const [round, setRound] = useState(0)
  const add = useMutation({
    mutationFn: (text: string) => call(endpoints.createMemory, { body: { text } }),
    onSuccess: async () => {
      setRound(round + 1)
      await refreshMemories()
    },
  })
  return (
    <MemoryForm
      key={round}
      label="Something to remember"
      action="Remember"
      busy={add.isPending}
      error={add.error ? messageOf(add.error) : undefined}
      takesFocus={round > 0}
      onSave={(text) => add.mutate(text)}
    />
  )
}

export function MemoryRow({ memory, onForget }: { memory: Memory; onForget: () => void }) {
  const { id, text, conversationId, createdAt } = memory
  const [editing, setEditing] = useState(false)
  const save = useMutation({
    mutationFn: (next: string) => call(endpoints.updateMemory, { params: { id }, body: { text: next } }),
    onSuccess: async () => {
      await refreshMemories()
      setEditing(false)
    },
  })
  if (editing)
    return (
      <li className="border-t border-line py-3">
        <MemoryForm
          label="Edit memory"
          action="Save"
          initial={text}
          busy={save.isPending}
          error={save.error ? messageOf(save.error) : undefined}
          takesFocus
          onSave={(next) => save.mutate(next)}
          onCancel={() => setEditing(false)}
        />
      </li>
    )
  return (
    <li className="flex items-start gap-2 border-t border-line py-3">
      <div className="min-w-0 grow pt-1.5">
        <p className="[overflow-wrap:anywhere]">{text}</p>
        <p className="mt-1 text-[0.8125rem] text-faint">
          {formatDay(createdAt)}
          {' · '}
          {conversationId ? (
            <Link to="/c/$conversationId" params={{ conversationId }} className="underline underline-offset-4 hover:text-ink">
              from a conversation
            </Link>
          ) : (
            'written by you'
          )}
        </p>
      </div>
      <IconButton label="Edit" onClick={() => setEditing(true)}>
        <Pencil className="size-4" />
      </IconButton>
      <IconButton label="Forget" className="-mr-3" onClick={onForget}>
        <Trash2 className="size-4" />
      </IconButton>
    </li>
  )
}
