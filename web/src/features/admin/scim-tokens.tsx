import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { ScimToken } from '@jarvis/contracts/scim-endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { fieldsOf } from '#lib/fields-of.ts'
import { formatDate, formatMoment } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { CopyButton } from '#ui/copy-button.tsx'
import { ConfirmDialog } from '#ui/dialog.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { refreshAdmin, scimTokensQuery } from './queries.ts'
import { say } from '#words/say.ts'

/** What lets a directory keep people and groups here; a secret is shown once. */
export function ScimTokens() {
  const { data, error, refetch } = useQuery(scimTokensQuery)
  const [doomed, setDoomed] = useState<ScimToken | null>(null)
  const create = useMutation({ mutationFn: (body: { name: string }) => call(endpoints.adminCreateScimToken, { body }), onSuccess: refreshAdmin })
  if (error && !data) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading tokens')} rows={1} />
  return (
    <div className="flex flex-col gap-4">
      {data.items.length > 0 && (
        <ul aria-label={say('Tokens of directories')} className="flex flex-col gap-3">
          {data.items.map((token) => (
            <li key={token.id} className="flex flex-wrap items-center gap-x-4 gap-y-2">
              <div className="min-w-0 grow basis-48">
                <p className="[overflow-wrap:anywhere]">
                  {token.name} <code className="ms-1 font-mono text-[0.8125rem] text-muted">{token.prefix}…</code>
                </p>
                <p className="text-sm text-muted">{lifeOf(token)}</p>
              </div>
              <Button look="danger" aria-label={say('Delete the token {name}', { name: token.name })} onClick={() => setDoomed(token)}>
                {say('Delete')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          create.mutate(fieldsOf(event.currentTarget, 'name'))
          event.currentTarget.reset()
        }}
      >
        <div className="grow basis-56">
          <Field label={say('Name of the directory')} name="name" required maxLength={100} autoComplete="off" />
        </div>
        <Button type="submit" className="h-11" busy={create.isPending}>
          {say('Make a token')}
        </Button>
      </form>
      {create.error && <Notice look="danger">{messageOf(create.error)}</Notice>}
      <div role="status" className="flex flex-col gap-3">
        {create.data && (
          <>
            <p className="text-sm text-muted">
              {say('Give the directory this token, and the address {address}. The token is not shown again.', {
                address: `${location.origin}/scim/v2`,
              })}
            </p>
            <p className="flex items-start gap-1 rounded-lg bg-sunken p-3">
              <span className="min-w-0 grow font-mono text-[0.8125rem] [overflow-wrap:anywhere]">{create.data.secret}</span>
              <CopyButton text={create.data.secret} label={say('Copy token')} />
            </p>
          </>
        )}
      </div>
      {doomed && <Delete token={doomed} onClose={() => setDoomed(null)} />}
    </div>
  )
}

function lifeOf({ createdAt, lastUsedAt }: ScimToken): string {
  const added = say('Added {date}', { date: formatDate(createdAt) })
  return `${added} · ${lastUsedAt ? say('last used {moment}', { moment: formatMoment(lastUsedAt) }) : say('never used')}`
}

function Delete({ token: { id, name }, onClose }: { token: ScimToken; onClose: () => void }) {
  const remove = useMutation({
    mutationFn: () => call(endpoints.adminDeleteScimToken, { params: { id } }),
    onSuccess: async () => {
      await refreshAdmin()
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={say('Delete the token “{name}”?', { name })}
      action={say('Delete')}
      busy={remove.isPending}
      error={remove.error ? messageOf(remove.error) : undefined}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {say('The directory that uses it is refused at once. People and groups stay as they are.')}
    </ConfirmDialog>
  )
}
