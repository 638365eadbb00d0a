import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatUtcDate } from '#lib/format.ts'
import { amountOf, formatUsd, usdText } from '#lib/money.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Meter } from '#ui/meter.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { LimitField } from './limit-field.tsx'
import { budgetQuery, refreshOrganisation } from './queries.ts'
import { say } from '#words/say.ts'

/** What all together have used, and the ceiling that an owner sets. */
export function Budget({ id }: { id: string }) {
  const { data, error, refetch } = useQuery(budgetQuery(id))
  const [text, setText] = useState<string | null>(null)
  const save = useMutation({
    mutationFn: (ceilingMicroUsd: number | null) => call(endpoints.updateOrganisationBudget, { params: { id }, body: { ceilingMicroUsd } }),
    onSuccess: async () => {
      await refreshOrganisation()
      setText(null)
      toast(say('Saved. It acts at the next answer.'))
    },
  })
  if (error && !data) return <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />
  if (!data) return <SkeletonList label={say('Loading')} rows={3} />
  const now = data.ceilingMicroUsd === null ? '' : usdText(data.ceilingMicroUsd)
  const shown = text ?? now
  const wished = amountOf(shown)
  return (
    <div className="flex max-w-md flex-col gap-2 tabular-nums">
      <p>{say('{used} of {max} tokens this month', { used: data.tokensUsed, max: data.tokensMax })}</p>
      <Meter label={say('Tokens used')} value={data.tokensUsed} max={data.tokensMax} />
      <p className="text-sm text-muted">
        {say('Starts again on {date}', { date: formatUtcDate(data.endsAt) })}
        {data.costMicroUsd > 0 && ` · ${say('{cost} so far', { cost: formatUsd(data.costMicroUsd) })}`}
      </p>
      {(data.former.tokensUsed > 0 || data.former.costMicroUsd > 0) && (
        <p className="text-sm text-muted">
          {say('Of that, former members: {tokens} tokens, {cost}.', { tokens: data.former.tokensUsed, cost: formatUsd(data.former.costMicroUsd) })}
        </p>
      )}
      <form
        className="mt-3 flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          if (wished !== undefined) save.mutate(wished)
        }}
      >
        <LimitField
          label={say('What all together may spend in a month, in US$')}
          text={shown}
          onChange={setText}
          hint={say('Empty: no more than the tokens of the seats. The newest answer may be cut short by it.')}
        />
        {save.error && <Notice look="danger">{messageOf(save.error)}</Notice>}
        <Button type="submit" className="min-h-11 self-start" busy={save.isPending} disabled={wished === undefined || shown === now}>
          {say('Save')}
        </Button>
      </form>
    </div>
  )
}
