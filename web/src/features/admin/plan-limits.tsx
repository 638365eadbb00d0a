import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { AdminPlan } from '@jarvis/contracts/plan-endpoints.ts'
import { requestsPerMinuteMax, tokensPerCycleMax } from '@jarvis/contracts/plans.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatCount } from '#lib/format.ts'
import { refreshOffers } from '#lib/offers.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { say } from '#words/say.ts'
import { plansQuery, refreshAdmin } from './queries.ts'

/** What each plan allows. */
export function PlanLimits() {
  const plans = useQuery(plansQuery)
  if (plans.error) return <ErrorState message={messageOf(plans.error)} onRetry={() => void plans.refetch()} />
  if (plans.isPending) return <SkeletonList label={say('Loading settings')} rows={3} />
  return plans.data.items.map((plan) => <PlanForm key={`${plan.id} ${plans.dataUpdatedAt}`} plan={plan} />)
}

const textOf = (chosen: number | null) => (chosen === null ? '' : String(chosen))
/** Empty is null; undefined is no such number. */
function numberOf(text: string, min: number, max: number): number | null | undefined {
  const digits = text.replaceAll(/[\s.,'’_]/g, '')
  if (digits === '') return null
  const number = /^\d{1,13}$/.test(digits) ? Number(digits) : NaN
  return number >= min && number <= max ? number : undefined
}

function PlanForm({ plan }: { plan: AdminPlan }) {
  const [requestsText, setRequests] = useState(textOf(plan.requestsPerMinute.chosen))
  const [tokensText, setTokens] = useState(textOf(plan.tokensPerCycle.chosen))
  const requestsPerMinute = numberOf(requestsText, 1, requestsPerMinuteMax)
  const tokensPerCycle = numberOf(tokensText, 0, tokensPerCycleMax)
  const isWhole = requestsPerMinute !== undefined && tokensPerCycle !== undefined
  const isOther = requestsPerMinute !== plan.requestsPerMinute.chosen || tokensPerCycle !== plan.tokensPerCycle.chosen
  const save = useMutation({
    mutationFn: () => call(endpoints.adminUpdatePlan, { params: { id: plan.id }, body: { requestsPerMinute, tokensPerCycle } }),
    onSuccess: async () => {
      toast(say('Saved. It acts at once.'))
      await Promise.all([refreshAdmin(), refreshOffers()])
    },
  })
  const name = planNames[plan.id]
  return (
    <form
      aria-label={name}
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (isWhole && isOther) save.mutate()
      }}
    >
      <h3 className="text-sm font-semibold">{name}</h3>
      <div className="flex flex-wrap gap-4">
        <LimitField
          label={say('Requests a minute')}
          builtIn={plan.requestsPerMinute.builtIn}
          text={requestsText}
          onChange={setRequests}
          error={requestsPerMinute === undefined ? say('A whole number from 1 to 100,000.') : undefined}
        />
        <LimitField
          label={say('Tokens in a month')}
          builtIn={plan.tokensPerCycle.builtIn}
          text={tokensText}
          onChange={setTokens}
          error={tokensPerCycle === undefined ? say('A whole number of tokens.') : undefined}
        />
      </div>
      {save.error && <Notice look="danger">{messageOf(save.error)}</Notice>}
      <Button type="submit" className="self-start" busy={save.isPending} disabled={!isWhole || !isOther} aria-label={`${say('Save')}: ${name}`}>
        {say('Save')}
      </Button>
    </form>
  )
}

type LimitFieldProps = { label: string; builtIn: number; text: string; onChange: (text: string) => void; error: string | undefined }

function LimitField({ label, builtIn, text, onChange, error }: LimitFieldProps) {
  return (
    <Field
      className="min-w-40 flex-1"
      label={label}
      inputMode="numeric"
      autoComplete="off"
      value={text}
      placeholder={String(builtIn)}
      onChange={(event) => onChange(event.target.value)}
      hint={say('Built in: {n}', { n: formatCount(builtIn) })}
      error={error}
    />
  )
}
