import type { Import, SkippedKind } from '@jarvis/contracts/imports.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { call } from '#lib/call.ts'
import { failureText, messageOf, problemOf, unreachable } from '#lib/problem.ts'
import { accessToken } from '#lib/session.ts'
import { Button } from '#ui/button.tsx'
import { Notice } from '#ui/notice.tsx'
import { formatCount } from '#words/numbers.ts'
import { say } from '#words/say.ts'

const importsKey = ['imports']
const lookAgainMs = 1000

const isAtWork = (one: Import | undefined) => one?.status === 'waiting' || one?.status === 'working'

async function send(file: File): Promise<Import> {
  const body = new FormData()
  body.append('file', file)
  const { method, url } = endpoints.createImport
  const answer = await fetch(url, { method, body, headers: { authorization: `Bearer ${await accessToken()}` } }).catch((cause: unknown) => {
    throw unreachable(cause)
  })
  if (!answer.ok) throw await problemOf(answer)
  return (await answer.json()) as Import
}

/** Conversations of another program, with how far they are and what was not taken. */
export function ImportConversations() {
  const client = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const last = useQuery({
    queryKey: importsKey,
    queryFn: async ({ signal }) => (await call(endpoints.imports, {}, signal)).items[0] ?? null,
    refetchInterval: ({ state }) => isAtWork(state.data ?? undefined) && lookAgainMs,
  }).data
  const sending = useMutation({ mutationFn: send, onSuccess: (one) => client.setQueryData(importsKey, one) })
  const busy = sending.isPending || isAtWork(last ?? undefined)
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <p className="min-w-0 grow basis-72 text-muted">
          {say(
            'Bring your conversations: the export of ChatGPT, LibreChat, Open WebUI or Jarvis, as JSON or ZIP. The same export again adds only what is missing.',
          )}
        </p>
        <Button busy={busy} onClick={() => input.current?.click()}>
          {say('Import')}
        </Button>
        <input
          ref={input}
          hidden
          type="file"
          accept=".json,.zip,application/json,application/zip"
          aria-label={say('Export of another program')}
          onChange={({ target }) => {
            const [file] = target.files ?? []
            target.value = ''
            if (file) sending.mutate(file)
          }}
        />
      </div>
      <div role="status">
        {sending.isPending && <p className="text-sm text-muted">{say('Sending the file…')}</p>}
        {sending.error && <Notice look="danger">{messageOf(sending.error)}</Notice>}
        {!sending.isPending && !sending.error && last && <Report of={last} />}
      </div>
    </div>
  )
}

function Report({ of: { name, status, total, done, added, grown, there, messages, skipped, error } }: { of: Import }) {
  if (status === 'failed')
    return (
      <Notice look="danger">
        <span dir="auto">{name}</span>: {error && failureText(error)}
      </Notice>
    )
  if (status === 'waiting') return <p className="text-sm text-muted">{say('The file is being read…')}</p>
  if (status === 'working')
    return (
      <p className="flex items-center gap-3 text-sm text-muted">
        <progress className="h-1.5 w-40 accent-accent" max={total} value={done} aria-label={say('Import')} />
        {say('{done} of {total} conversations', { done, total })}
      </p>
    )
  return (
    <div className="flex flex-col gap-1 text-sm text-muted">
      <p>
        <bdi>{name}</bdi>: {say('{added} conversations added, {messages} messages.', { added, messages })}
        {grown > 0 && ` ${say('Conversations that had grown: {n}.', { n: grown })}`}
        {there > 0 && ` ${say('Conversations that were here already: {n}.', { n: there })}`}
      </p>
      {skipped.length > 0 && (
        <details>
          <summary className="cursor-pointer py-1">{say('What was not taken')}</summary>
          <ul className="list-disc ps-5">
            {skipped.map(({ what, count }) => (
              <li key={what}>
                {skippedText(what)}: {formatCount(count)}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

function skippedText(what: SkippedKind): string {
  switch (what) {
    case 'pictures':
      return say('Pictures')
    case 'files':
      return say('Files')
    case 'tool_calls':
      return say('Calls of tools')
    case 'reasoning':
      return say('What models thought')
    case 'hidden_messages':
      return say('Messages that were hidden there')
    case 'empty_messages':
      return say('Messages without text')
    case 'long_messages':
      return say('Messages of more than a million characters')
    case 'conversations':
      return say('Conversations that are empty or cannot be read')
    case 'memories':
      return say('Memories: bring them on the page Memory')
    case 'prompts':
      return say('Prompts')
  }
}
