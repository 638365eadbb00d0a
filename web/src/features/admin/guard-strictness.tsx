import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { blockScoreBounds, cleanScoreBounds, type GuardSettings } from '@jarvis/contracts/guard.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatCount } from '#lib/format.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { toast } from '#ui/toast.tsx'
import { refreshAdmin } from './queries.ts'
import { say } from '#words/say.ts'

type Bounds = { min: number; max: number }
/** Scores are shown of 100, as where a text is tried. */
const ofHundred = (score: number) => Math.round(score * 1000) / 10
/** Empty is null, as built in; undefined is no such score. */
function scoreOf(text: string, { min, max }: Bounds): number | null | undefined {
  const written = text.trim().replace(',', '.')
  if (written === '') return null
  const score = /^\d{1,3}(\.\d{1,2})?$/.test(written) ? Number(written) / 100 : NaN
  return score >= min && score <= max ? score : undefined
}
const messageOptions = () => [
  { value: 'block' as const, name: say('Refuse them') },
  { value: 'flag' as const, name: say('Mark them alone') },
]

/** What becomes of what the guard finds, in every process. */
export function GuardStrictness({ settings }: { settings: GuardSettings }) {
  const [messages, setMessages] = useState(settings.messages)
  const [blockText, setBlock] = useState(textOf(settings.blockScore.chosen))
  const [cleanText, setClean] = useState(textOf(settings.cleanScore.chosen))
  const blockScore = scoreOf(blockText, blockScoreBounds)
  const cleanScore = scoreOf(cleanText, cleanScoreBounds)
  const isWhole = blockScore !== undefined && cleanScore !== undefined
  const isOther = messages !== settings.messages || blockScore !== settings.blockScore.chosen || cleanScore !== settings.cleanScore.chosen
  const save = useMutation({
    mutationFn: () => call(endpoints.adminUpdateGuard, { body: { messages, blockScore, cleanScore } }),
    onSuccess: async () => {
      toast(say('Saved. It acts at once.'))
      await refreshAdmin()
    },
  })
  return (
    <section aria-labelledby="guard-strictness" className="flex max-w-3xl flex-col gap-5">
      <h2 id="guard-strictness" className="text-base font-semibold">
        {say('How strict it is')}
      </h2>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (isWhole && isOther) save.mutate()
        }}
      >
        <Select
          label={say('Messages that are all but certain to be an attack')}
          value={messages}
          options={messageOptions()}
          onChange={setMessages}
          className="sm:max-w-80"
        />
        <div className="flex flex-wrap gap-4">
          <ScoreField
            label={say('Refuse a message from score')}
            score={settings.blockScore}
            bounds={blockScoreBounds}
            text={blockText}
            onChange={setBlock}
            isWrong={blockScore === undefined}
          />
          <ScoreField
            label={say('Clean a result of a tool from score')}
            score={settings.cleanScore}
            bounds={cleanScoreBounds}
            text={cleanText}
            onChange={setClean}
            isWrong={cleanScore === undefined}
          />
        </div>
        {save.error && <Notice look="danger">{messageOf(save.error)}</Notice>}
        <Button type="submit" className="min-h-11 self-start" busy={save.isPending} disabled={!isWhole || !isOther}>
          {say('Save')}
        </Button>
      </form>
    </section>
  )
}

const textOf = (chosen: number | null) => (chosen === null ? '' : String(ofHundred(chosen)))

type ScoreFieldProps = {
  label: string
  score: GuardSettings['blockScore']
  bounds: Bounds
  text: string
  onChange: (text: string) => void
  isWrong: boolean
}

function ScoreField({ label, score: { builtIn }, bounds, text, onChange, isWrong }: ScoreFieldProps) {
  const shown = (score: number) => formatCount(ofHundred(score))
  return (
    <Field
      className="min-w-60 flex-1"
      label={label}
      inputMode="decimal"
      autoComplete="off"
      value={text}
      placeholder={shown(builtIn)}
      onChange={(event) => onChange(event.target.value)}
      hint={say('Built in: {n}', { n: shown(builtIn) })}
      error={isWrong ? say('A score from {from} to {to}.', { from: shown(bounds.min), to: shown(bounds.max) }) : undefined}
    />
  )
}
