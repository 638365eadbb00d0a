import type { ApiKey } from '@jarvis/contracts/api-keys.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatDate, formatMoment } from '#lib/format.ts'
import { formatUsd } from '#lib/money.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { ConfirmDialog } from '#ui/dialog.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { NewApiKey } from './new-api-key.tsx'
import { apiKeysKey } from './queries.ts'
import { scopeNames } from './scope-names.ts'
import { say } from '#words/say.ts'

export function ApiKeys() {
  const { data, error, refetch } = useQuery({ queryKey: apiKeysKey, queryFn: ({ signal }) => call(endpoints.apiKeys, {}, signal) })
  const [doomed, setDoomed] = useState<ApiKey | null>(null)
  return (
    <div className="flex flex-col gap-5">
      <p className="text-muted">
        {say('For programs that use Jarvis as you: your plan, limits and memories apply. Give each program a key of its own.')}
      </p>
      {error && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
      {!data && !error && <SkeletonList label={say('Loading API keys')} rows={2} />}
      {data && data.items.length > 0 && (
        <ul aria-label={say('API keys')} className="flex flex-col gap-3">
          {data.items.map((key) => (
            <li key={key.id} className="flex flex-wrap items-center gap-x-4 gap-y-2">
              <div className="min-w-0 grow basis-48">
                <p className="[overflow-wrap:anywhere]">
                  {key.name} <code className="ms-1 font-mono text-[0.8125rem] text-muted">{key.prefix}…</code>
                </p>
                <p className="text-sm text-muted">{lifeOf(key)}</p>
                <p className="text-sm text-muted">{termsOf(key)}</p>
              </div>
              <Button look="danger" aria-label={say('Delete the key {name}', { name: key.name })} onClick={() => setDoomed(key)}>
                {say('Delete')}
              </Button>
            </li>
          ))}
        </ul>
      )}
      <NewApiKey />
      {doomed && <DeleteKey apiKey={doomed} onClose={() => setDoomed(null)} />}
    </div>
  )
}

function lifeOf({ lastUsedAt, expiresAt }: ApiKey): string {
  const used = lastUsedAt ? say('Last used {time}', { time: formatMoment(lastUsedAt) }) : say('Never used')
  if (!expiresAt) return used
  const date = formatDate(expiresAt)
  return `${used} · ${Date.parse(expiresAt) < Date.now() ? say('expired {date}', { date }) : say('expires {date}', { date })}`
}

function termsOf({ scopes, models, budgetMicroUsdPerMonth: budget, spentMicroUsd: spent = 0 }: ApiKey): string {
  const opens = [
    ...(scopes ?? []).map((scope) => say(scopeNames[scope])),
    ...(models ? [say('only {models}', { models: models.join(', ') })] : []),
  ].join(', ')
  const cost =
    typeof budget === 'number'
      ? say('{spent} of {budget} this month', { spent: formatUsd(spent), budget: formatUsd(budget) })
      : spent > 0
        ? say('{spent} this month', { spent: formatUsd(spent) })
        : ''
  return [opens, cost].filter(Boolean).join(' · ')
}

function DeleteKey({ apiKey: { id, name }, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => call(endpoints.deleteApiKey, { params: { id } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: apiKeysKey })
      onClose()
    },
  })
  return (
    <ConfirmDialog
      title={say('Delete the key “{name}”?', { name })}
      action={say('Delete key')}
      busy={remove.isPending}
      error={remove.error ? messageOf(remove.error) : undefined}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      {say('Programs that use it are refused at once.')}
    </ConfirmDialog>
  )
}
