import type { Answer } from '@jarvis/contracts/run.ts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { modelsQuery, runQuery } from '#features/chat/queries.ts'
import { formatCost, formatCount } from '#lib/format.ts'

type DetailsProps = { runId: string | null; answer: Answer }

/** The quiet line under an answer: which model, how much; and on request why. */
export function AnswerDetails({ runId, answer }: DetailsProps) {
  const [open, setOpen] = useState(false)
  const { model, usage } = answer
  const models = useQuery(modelsQuery)
  if (!model) return null
  const known = models.data?.items.find(({ id }) => id === model)
  const facts = [
    known?.name ?? model,
    known?.practice && !/practice/i.test(known.name) && 'practice model',
    usage && `${formatCount(usage.inputTokens + usage.outputTokens)} tokens`,
    usage && formatCost(usage.costMicroUsd),
  ].filter(Boolean)
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        title="Why this model"
        className="min-h-8 grow basis-0 rounded-lg px-1.5 text-left text-[0.8125rem] text-faint tabular-nums hover:text-ink touch:min-h-10"
        onClick={() => setOpen(!open)}
      >
        {facts.join(' · ')}
      </button>
      {open && (
        <div className="basis-full px-1.5 text-[0.8125rem] text-muted">
          <Why runId={runId} answer={answer} />
          {usage && ` It read ${formatCount(usage.inputTokens)} tokens and wrote ${formatCount(usage.outputTokens)}.`}
        </div>
      )}
    </>
  )
}

function Why({ runId, answer }: DetailsProps) {
  const known = answer.route?.reason
  const run = useQuery({ ...runQuery(runId ?? ''), enabled: !known && runId !== null })
  const reason = known ?? run.data?.routeReason
  return <span>{reason ?? (run.isPending && runId ? 'Looking up why…' : 'Why this model was chosen is no longer known.')}</span>
}
