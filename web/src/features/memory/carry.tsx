import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Memory } from '@jarvis/contracts/memory.ts'
import { useMutation } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { call } from '#lib/call.ts'
import { messageOf } from '#lib/problem.ts'
import { saveText } from '#lib/save-text.ts'
import { Button } from '#ui/button.tsx'
import { ConfirmDialog } from '#ui/dialog.tsx'
import { toast } from '#ui/toast.tsx'
import { type FileMemory, memoriesIn } from './memory-file.ts'
import { refreshMemories } from './queries.ts'
import { say, sayCount } from '#words/say.ts'

const atOnce = 200
const shownMax = 5
const bytesMax = 20_000_000

/** Memories as a file, out and in. */
export function CarryMemories({ any }: { any: boolean }) {
  const input = useRef<HTMLInputElement>(null)
  const [found, setFound] = useState<FileMemory[] | null>(null)
  const save = useMutation({
    mutationFn: allMemories,
    onSuccess: (memories) => saveText('jarvis-memories.json', `${JSON.stringify({ memories }, null, 2)}\n`, 'application/json'),
    onError: (error) => toast(messageOf(error)),
  })
  async function read(file: File) {
    const memories = file.size > bytesMax ? null : memoriesIn(await file.text())
    if (memories === null || memories.length === 0) toast(say('{file} has no memories that Jarvis can read', { file: file.name }))
    else setFound(memories)
  }
  return (
    <>
      {any && (
        <Button busy={save.isPending} onClick={() => save.mutate()}>
          {say('Export')}
        </Button>
      )}
      <Button onClick={() => input.current?.click()}>{say('Import')}</Button>
      <input
        ref={input}
        type="file"
        accept="application/json,.json,text/plain,.txt"
        aria-label={say('File with memories')}
        hidden
        onChange={(event) => {
          const [file] = event.target.files ?? []
          event.target.value = ''
          if (file) void read(file)
        }}
      />
      {found && <ImportDialog memories={found} onClose={() => setFound(null)} />}
    </>
  )
}

async function allMemories(): Promise<Memory[]> {
  const all: Memory[] = []
  for (let cursor: string | undefined; ;) {
    const { items, nextCursor } = await call(endpoints.memories, { query: { limit: 200, cursor } })
    all.push(...items)
    if (nextCursor === null) return all
    cursor = nextCursor
  }
}

function ImportDialog({ memories, onClose }: { memories: readonly FileMemory[]; onClose: () => void }) {
  const [own, setOwn] = useState(false)
  const bring = useMutation({
    mutationFn: async () => {
      const total = { added: 0, known: 0, refused: 0 }
      for (let from = 0; from < memories.length; from += atOnce) {
        const some = memories.slice(from, from + atOnce).map((memory) => ({ ...memory, trusted: own && memory.trusted }))
        const { added, known, refused } = await call(endpoints.importMemories, { body: { memories: some } })
        total.added += added
        total.known += known
        total.refused += refused
      }
      return total
    },
    // What came before a failure is there.
    onSettled: () => refreshMemories(),
    onSuccess: ({ added, known, refused }) => {
      toast(
        [
          say('{n} added', { n: added }),
          known > 0 && say('{n} known already', { n: known }),
          refused > 0 && say('{n} left out for a secret in them', { n: refused }),
        ]
          .filter(Boolean)
          .join(', '),
      )
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={sayCount(memories.length, 'Import {n} memory?', 'Import {n} memories?')}
      action={say('Import')}
      look="primary"
      busy={bring.isPending}
      error={bring.error ? messageOf(bring.error) : undefined}
      onConfirm={() => bring.mutate()}
      onClose={onClose}
    >
      <ul className="flex flex-col gap-1 border-s border-line ps-3 text-sm">
        {memories.slice(0, shownMax).map(({ text }, at) => (
          <li key={at} dir="auto" className="truncate">
            {text}
          </li>
        ))}
        {memories.length > shownMax && <li>{say('and {n} more', { n: memories.length - shownMax })}</li>}
      </ul>
      <label className="mt-3 flex min-h-10 items-start gap-3 text-ink">
        <input type="checkbox" className="mt-1 size-4 shrink-0 accent-accent" checked={own} onChange={() => setOwn(!own)} />
        <span>
          {say('These are my own words, or I trust them.')}
          <span className="block text-sm text-muted">{say('Else Jarvis treats each like a text from outside, until you trust it.')}</span>
        </span>
      </label>
    </ConfirmDialog>
  )
}
