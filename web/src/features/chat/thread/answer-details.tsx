import type { Answer } from '@jarvis/contracts/run.ts'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { modelsQuery } from '#lib/offers.ts'
import { formatCost, formatCount, plural } from '#lib/format.ts'

/** The quiet line under an answer: which model, how much; and on request why. */
export function AnswerDetails({ answer: { model, usage, route, memories } }: { answer: Answer }) {
  const [open, setOpen] = useState(false)
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
        className="min-h-8 grow basis-0 rounded-lg px-1.5 text-start text-[0.8125rem] text-faint tabular-nums hover:text-ink touch:min-h-10"
        onClick={() => setOpen(!open)}
      >
        {facts.join(' · ')}
      </button>
      {open && (
        <div className="basis-full px-2 text-[0.8125rem] text-muted touch:px-3">
          {`${route?.reason ?? 'Why this model was chosen is no longer known'}.`}
          {usage &&
            ` It read ${formatCount(usage.inputTokens)} tokens and wrote ${formatCount(usage.outputTokens)}${usage.costMicroUsd > 0 ? `, for ${formatCost(usage.costMicroUsd)}` : ''}.`}
          {memories.length > 0 && ` ${plural(memories.length, 'memory', 'memories')} went into it.`}
        </div>
      )}
    </>
  )
}
