import type { RouteAlternative, Usage } from '@jarvis/contracts/chat.ts'
import type { Answer } from '@jarvis/contracts/run.ts'
import { useQuery } from '@tanstack/react-query'
import { Info } from 'lucide-react'
import { useState } from 'react'
import { modelsQuery } from '#lib/offers.ts'
import { formatCost } from '#lib/format.ts'
import { IconButton } from '#ui/button.tsx'
import { say, sayCount } from '#words/say.ts'

const tokensOf = ({ inputTokens, outputTokens }: Usage) => ({ read: inputTokens, wrote: outputTokens })

const priceOf = ({ costMicroUsd, estimatedCostMicroUsd }: RouteAlternative) =>
  costMicroUsd === undefined
    ? say('about {cost}', { cost: formatCost(estimatedCostMicroUsd) })
    : say('would have cost {cost}', { cost: formatCost(costMicroUsd) })

/** On request: which model, why that one, and how much it read, wrote and cost. */
export function AnswerDetails({ answer: { model, status, usage, route, memories, files } }: { answer: Answer }) {
  const [open, setOpen] = useState(false)
  const models = useQuery(modelsQuery)
  if (!model) return null
  const known = models.data?.items.find(({ id }) => id === model)
  const nameOf = (id: string) => models.data?.items.find((one) => one.id === id)?.name ?? id
  const facts = [
    known?.name ?? model,
    known?.practice && !/practice/i.test(known.name) && say('practice model'),
    usage && sayCount(usage.inputTokens + usage.outputTokens, '{n} tokens', '{n} tokens'),
    usage && formatCost(usage.costMicroUsd),
  ].filter(Boolean)
  return (
    <>
      <IconButton small label={say('About this answer')} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Info className="size-4" />
      </IconButton>
      {open && (
        <div className="order-last basis-full px-2 text-[0.8125rem] text-muted touch:px-3">
          <p className="tabular-nums">{facts.join(' · ')}</p>
          {`${route?.reason ?? say('Why this model was chosen is no longer known')}.`}
          {usage &&
            ` ${
              usage.costMicroUsd > 0
                ? say('It read {read} tokens and wrote {wrote}, for {cost}.', { ...tokensOf(usage), cost: formatCost(usage.costMicroUsd) })
                : say('It read {read} tokens and wrote {wrote}.', tokensOf(usage))
            }`}
          {files?.map(({ id, name, whole }) => (
            <p key={id} dir="auto">
              {whole
                ? say('{name} was read whole.', { name })
                : say('{name} was too long to be read whole: the model got the parts that fit the question.', { name })}
            </p>
          ))}
          {memories.length > 0 && ` ${sayCount(memories.length, '{n} memory went into it.', '{n} memories went into it.')}`}
          {route && usage && status !== 'streaming' && usage.costMicroUsd > 0 && (
            <p className="tabular-nums">
              {say('The turn was expected to cost {expected}; it cost {cost}.', {
                expected: formatCost(route.estimatedCostMicroUsd),
                cost: formatCost(usage.costMicroUsd),
              })}
            </p>
          )}
          {route?.alternatives && route.alternatives.length > 0 && (
            <ul aria-label={say('Other models that were considered')} className="mt-1 flex flex-col gap-0.5">
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
