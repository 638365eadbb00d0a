import type { AdminModel } from '@jarvis/contracts/admin-models.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { ModelTier, PlanId } from '@jarvis/contracts/plans.ts'
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { parseUsd, usdText } from '#lib/money.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { Select } from '#ui/select.tsx'
import { toast } from '#ui/toast.tsx'
import type { English } from '#words/language.ts'
import { say } from '#words/say.ts'

const tiers: readonly { value: ModelTier; name: English }[] = [
  { value: 'economy', name: 'All plans' },
  { value: 'premium', name: 'Pro and Enterprise' },
  { value: 'frontier', name: 'Enterprise alone' },
]
const abilities = {
  tools: 'uses tools',
  images: 'sees images',
  json: 'answers in JSON',
  reasoning: 'thinks before it answers',
} as const satisfies Record<string, English>
const none = ''

type Props = { model: AdminModel; others: AdminModel[]; onSaved: () => Promise<unknown>; onClose: () => void }

export function ModelDialog({ model, others, onSaved, onClose }: Props) {
  const [name, setName] = useState(model.name)
  const [tier, setTier] = useState(model.tier)
  const [input, setInput] = useState(usdText(model.inputMicroUsdPerMillion))
  const [output, setOutput] = useState(usdText(model.outputMicroUsdPerMillion))
  const [fallback, setFallback] = useState(model.fallbacks[0] ?? none)
  const [standardFor, setStandardFor] = useState<readonly PlanId[]>(model.standardFor)
  const [capabilities, setCapabilities] = useState(model.capabilities)
  const prices = { inputMicroUsdPerMillion: parseUsd(input), outputMicroUsdPerMillion: parseUsd(output) }
  const save = useMutation({
    mutationFn: (body: Parameters<typeof call<typeof endpoints.adminUpdateModels>>[1]['body']) => call(endpoints.adminUpdateModels, { body }),
    onSuccess: async () => {
      await onSaved()
      toast(say('Changed. It acts at once.'))
      onClose()
    },
  })
  const { inputMicroUsdPerMillion, outputMicroUsdPerMillion } = prices
  const isSound = name.trim() !== '' && inputMicroUsdPerMillion !== null && outputMicroUsdPerMillion !== null
  function submit() {
    if (inputMicroUsdPerMillion === null || outputMicroUsdPerMillion === null) return
    const isStandardChanged = standardFor.join() !== model.standardFor.join()
    const fallbacks =
      fallback === none ? [] : [fallback, ...model.fallbacks.filter((id) => id !== fallback).slice(fallback === model.fallbacks[0] ? 0 : 1)]
    const set = { id: model.id, name: name.trim(), tier, inputMicroUsdPerMillion, outputMicroUsdPerMillion, fallbacks, capabilities }
    save.mutate({ remove: [], set: [{ ...set, ...(isStandardChanged && { standardFor: [...standardFor] }) }] })
  }
  return (
    <Dialog wide title={model.name} onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault()
          if (isSound) submit()
        }}
      >
        <Field label={say('Name that people see')} required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} />
        <Select
          label={say('Who may use it')}
          value={tier}
          options={tiers.map(({ value, name }) => ({ value, name: say(name) }))}
          onChange={setTier}
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <Price label={say('A million tokens in, in dollars')} text={input} onChange={setInput} isWrong={inputMicroUsdPerMillion === null} />
          <Price label={say('A million tokens out, in dollars')} text={output} onChange={setOutput} isWrong={outputMicroUsdPerMillion === null} />
        </div>
        <Select
          label={say('Who answers when it fails')}
          value={fallback}
          options={[{ value: none, name: say('Nobody') }, ...others.filter(({ id }) => id !== model.id).map(({ id, name }) => ({ value: id, name }))]}
          onChange={setFallback}
        />
        <Choices
          legend={say('Standard model of')}
          names={planNames}
          isChosen={(plan) => standardFor.includes(plan)}
          onToggle={(plan) => setStandardFor(standardFor.includes(plan) ? standardFor.filter((one) => one !== plan) : [...standardFor, plan])}
        />
        <Choices
          legend={say('What it can')}
          names={{
            tools: say(abilities.tools),
            images: say(abilities.images),
            json: say(abilities.json),
            reasoning: say(abilities.reasoning),
          }}
          isChosen={(ability) => capabilities[ability]}
          onToggle={(ability) => setCapabilities({ ...capabilities, [ability]: !capabilities[ability] })}
        />
        {save.error && <Notice look="danger">{messageOf(save.error)}</Notice>}
        <div className="flex flex-wrap justify-end gap-2">
          <Button look="danger" busy={save.isPending} onClick={() => save.mutate({ set: [], remove: [model.id] })}>
            {say('Take it out')}
          </Button>
          <Button type="submit" look="primary" busy={save.isPending} disabled={!isSound}>
            {say('Save')}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

function Price({ label, text, onChange, isWrong }: { label: string; text: string; onChange: (text: string) => void; isWrong: boolean }) {
  return (
    <Field
      label={label}
      inputMode="decimal"
      autoComplete="off"
      value={text}
      onChange={(event) => onChange(event.target.value)}
      error={isWrong ? say('An amount in dollars, such as 0.15.') : undefined}
    />
  )
}

type ChoicesProps<Name extends string> = {
  legend: string
  names: Record<Name, string>
  isChosen: (name: Name) => boolean
  onToggle: (name: Name) => void
}

function Choices<Name extends string>({ legend, names, isChosen, onToggle }: ChoicesProps<Name>) {
  return (
    <fieldset className="flex flex-wrap gap-x-5">
      <legend className="text-sm font-medium">{legend}</legend>
      {(Object.entries(names) as [Name, string][]).map(([name, text]) => (
        <label key={name} className="flex min-h-11 items-center gap-2.5">
          <input type="checkbox" className="size-4 accent-accent" checked={isChosen(name)} onChange={() => onToggle(name)} />
          {text}
        </label>
      ))}
    </fieldset>
  )
}
