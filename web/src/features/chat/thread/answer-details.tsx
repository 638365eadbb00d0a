import type { RouteAlternative } from '@jarvis/contracts/chat.ts'
import type { Answer } from '@jarvis/contracts/run.ts'
import { useQuery } from '@tanstack/react-query'
import { Info } from 'lucide-react'
import { useState } from 'react'
import { modelsQuery } from '#lib/offers.ts'
import { formatCost, formatCount, plural } from '#lib/format.ts'
import { IconButton } from '#ui/button.tsx'

const priceOf = ({ costMicroUsd, estimatedCostMicroUsd }: RouteAlternative) =>
  costMicroUsd === undefined ? `about ${formatCost(estimatedCostMicroUsd)}` : `would have cost ${formatCost(costMicroUsd)}`

/** On request: which model, why that one, and how much it read, wrote and cost. */
export function AnswerDetails({ answer: { model, status, usage, route, memories } }: { answer: Answer }) {
  const [open, setOpen] = useState(false)
  const models = useQuery(modelsQuery)
  if (!model) return null
  const known = models.data?.items.find(({ id }) => id === model)
  const nameOf = (id: string) => models.data?.items.find((one) => one.id === id)?.name ?? id
  const facts = [
    known?.name ?? model,
    known?.practice && !/practice/i.test(known.name) && 'practice model',
    usage && `${formatCount(usage.inputTokens + usage.outputTokens)} tokens`,
    usage && formatCost(usage.costMicroUsd),
  ].filter(Boolean)
  return (
    <>
      <IconButton small label="About this answer" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Info className="size-4" />
      </IconButton>
      {open && (
        <div className="order-last basis-full px-2 text-[0.8125rem] text-muted touch:px-3">
          <p className="tabular-nums">{facts.join(' · ')}</p>
          {`${route?.reason ?? 'Why this model was chosen is no longer known'}.`}
          {usage &&
            ` It read ${formatCount(usage.inputTokens)} tokens and wrote ${formatCount(usage.outputTokens)}${usage.costMicroUsd > 0 ? `, for ${formatCost(usage.costMicroUsd)}` : ''}.`}
          {memories.length > 0 && ` ${plural(memories.length, 'memory', 'memories')} went into it.`}
          {route && usage && status !== 'streaming' && usage.costMicroUsd > 0 && (
            <p className="tabular-nums">{`The turn was expected to cost ${formatCost(route.estimatedCostMicroUsd)}; it cost ${formatCost(usage.costMicroUsd)}.`}</p>
          )}
          {route?.alternatives && route.alternatives.length > 0 && (
            <ul aria-label="Other models that were considered" className="mt-1 flex flex-col gap-0.5">
              {route.alternatives.map((other) => (
                <li key={other.model} className="tabular-nums">
                  <span className="text-ink">{nameOf(other.model)}</span>
                  {`: ${priceOf(other)}. ${other.reason}.`}
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </>
  )
}
