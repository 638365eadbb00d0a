import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Memory } from '@jarvis/contracts/memory.ts'
import { useMutation } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Pencil, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatDate } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Button, IconButton } from '#ui/button.tsx'
import { Source, Replaced } from './history.tsx'
import { toast } from '#ui/toast.tsx'
import { MemoryForm } from './memory-form.tsx'
import { refreshMemories } from './queries.ts'
import { say } from '#words/say.ts'
import type { English } from '#words/language.ts'

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
      label={say('Something to remember')}
      action={say('Remember')}
      busy={add.isPending}
      error={add.error ? messageOf(add.error) : undefined}
      takesFocus={round > 0}
      onSave={(text) => add.mutate(text)}
    />
  )
}

export function MemoryRow({ memory, onForget }: { memory: Memory; onForget: () => void }) {
  const { id, text, createdAt, trusted } = memory
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
          label={say('Edit memory')}
          action={say('Save')}
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
        <p dir="auto" className="[overflow-wrap:anywhere]">
          {text}
        </p>
        <p className="mt-1 text-[0.8125rem] text-faint">
          {formatDate(createdAt)}
          {' · '}
          <Origin memory={memory} />
        </p>
        <Source memory={memory} />
        <Replaced memory={memory} />
        {!trusted && <Doubt memory={memory} onForget={onForget} />}
      </div>
      <IconButton label={say('Edit')} onClick={() => setEditing(true)}>
        <Pencil className="size-4" />
      </IconButton>
      {trusted && (
        <IconButton label={say('Forget')} className="-me-3" onClick={onForget}>
          <Trash2 className="size-4" />
        </IconButton>
      )}
    </li>
  )
}

const origins: Record<Memory['origin'], English> = {
  person: 'written by you',
  chat: 'from a conversation',
  key: 'stored with an API key',
  tool: 'stored by another program, over MCP',
  import: 'from a file',
  unknown: 'nobody noted where it came from',
}

function Origin({ memory: { origin, conversationId, trusted } }: { memory: Memory }) {
  const isOwn = origin === 'person' || origin === 'chat'
  const from = say(origins[origin])
  const words = trusted && !isOwn ? say('{from}, trusted by you', { from }) : from
  if (!conversationId) return words
  return (
    <Link to="/c/$conversationId" params={{ conversationId }} className="underline underline-offset-4 hover:text-ink">
      {words}
    </Link>
  )
}

/** Of a memory that may be anybody's words: what that means, and what the person can do about it. */
function Doubt({ memory, onForget }: { memory: Memory; onForget: () => void }) {
  const trust = useMutation({
    mutationFn: () => call(endpoints.trustMemory, { params: { id: memory.id }, body: { text: memory.text } }),
    // It may say something else by now: what is trusted is what is on the screen.
    onError: () => refreshMemories(),
    onSuccess: async () => {
      await refreshMemories()
      toast(say('Trusted'))
    },
  })
  return (
    <div className="mt-2 flex flex-col gap-2">
      <p className="text-sm text-muted">
        {memory.origin === 'unknown' ? say('Perhaps you did not write this.') : say('You did not write this.')}{' '}
        {say('Until you trust it, Jarvis treats it like a text from outside: an answer that uses it asks you before it acts.')}
      </p>
      <div className="flex flex-wrap gap-2">
        <Button busy={trust.isPending} aria-label={say('Trust “{text}”', { text: memory.text })} onClick={() => trust.mutate()}>
          {say('Trust')}
        </Button>
        <Button look="danger" aria-label={say('Forget “{text}”', { text: memory.text })} onClick={onForget}>
          {say('Forget')}
        </Button>
      </div>
      {trust.error && (
        <p role="alert" className="text-sm text-danger">
          {messageOf(trust.error)}
        </p>
      )}
    </div>
  )
}
