import type { AdminProvider, OfferedModel } from '@jarvis/contracts/admin-models.ts'
import { isAtHome } from '@jarvis/contracts/at-home.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { parseUsd } from '#lib/money.ts'
import { messageOf } from '#lib/problem.ts'
import { Button } from '#ui/button.tsx'
import { Dialog } from '#ui/dialog.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { Field } from '#ui/field.tsx'
import { Notice } from '#ui/notice.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { offeredQuery } from './queries.ts'
import { say, sayCount } from '#words/say.ts'

const shownMax = 100
/** Less than this is never asked for. */
const least = { contextTokens: 1024, outputTokens: 16 }

/** What a provider has; those that are chosen here can be priced afterwards. */
export function OfferedDialog({ provider, onSaved, onClose }: { provider: AdminProvider; onSaved: () => Promise<unknown>; onClose: () => void }) {
  const { data, error, isPending, refetch } = useQuery(offeredQuery(provider.id))
  const [searched, setSearched] = useState('')
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const wanted = searched.trim()
  const all = data?.items ?? []
  const found = all.filter(({ model }) => model.toLowerCase().includes(wanted.toLowerCase()))
  // A deployment of Azure, or what a server does not list, is typed.
  const typed: OfferedModel | undefined =
    wanted && !all.some(({ model }) => model === wanted)
      ? { model: wanted, contextTokens: null, outputTokensMax: null, capabilities: {}, priced: isAtHome(provider.baseUrl), chosenAs: [] }
      : undefined
  const [input, setInput] = useState('')
  const [output, setOutput] = useState('')
  const unpriced = [...chosen].filter((model) => !(all.find((one) => one.model === model)?.priced ?? isAtHome(provider.baseUrl)))
  const price = { inputMicroUsdPerMillion: parseUsd(input), outputMicroUsdPerMillion: parseUsd(output) }
  const isPriced = unpriced.length === 0 || Object.values(price).every((amount) => amount !== null)
  const save = useMutation({
    mutationFn: () =>
      call(endpoints.adminUpdateModels, {
        body: {
          remove: [],
          set: [...chosen].map((model) => {
            const { contextTokens, outputTokensMax, capabilities } = all.find((one) => one.model === model) ?? {}
            const context = contextTokens == null ? undefined : Math.max(contextTokens, least.contextTokens)
            const outputMax = context === undefined ? outputTokensMax : Math.min(outputTokensMax ?? 4096, Math.floor(context / 2))
            return {
              id: idOf(provider, model),
              provider: provider.id,
              model,
              // What it does not say of itself, Jarvis knows or guesses.
              ...(context !== undefined && { contextTokens: context }),
              ...(outputMax != null && { outputTokensMax: Math.max(outputMax, least.outputTokens) }),
              capabilities: capabilities ?? {},
              ...(unpriced.includes(model) && {
                inputMicroUsdPerMillion: price.inputMicroUsdPerMillion ?? 0,
                outputMicroUsdPerMillion: price.outputMicroUsdPerMillion ?? 0,
              }),
            }
          }),
        },
      }),
    onSuccess: async () => {
      await onSaved()
      toast(say('Chosen. Under Administration, Models, you can set what they cost and who may use them.'))
      onClose()
    },
  })
  const toggle = (model: string) => setChosen(new Set(chosen.has(model) ? [...chosen].filter((one) => one !== model) : [...chosen, model]))
  return (
    <Dialog wide title={say('Models of {name}', { name: provider.name })} onClose={onClose}>
      {isPending && <SkeletonList label={say('Asking the provider')} rows={4} />}
      {error && <ErrorState message={messageOf(error)} onRetry={() => void refetch()} />}
      <Field
        label={say('Find, or type a name')}
        dir="ltr"
        autoComplete="off"
        value={searched}
        onChange={(event) => setSearched(event.target.value)}
      />
      <ul aria-label={say('Models')} className="flex max-h-72 flex-col overflow-y-auto">
        {[...(typed ? [typed] : []), ...found.slice(0, shownMax)].map(({ model, contextTokens, capabilities, chosenAs }) => (
          <li key={model}>
            <label className="flex min-h-11 items-center gap-2.5">
              <input
                type="checkbox"
                className="size-4 accent-accent"
                disabled={chosenAs.length > 0}
                checked={chosenAs.length > 0 || chosen.has(model)}
                onChange={() => toggle(model)}
              />
              <span className="min-w-0 grow [overflow-wrap:anywhere]">{model}</span>
              <span className="max-w-1/2 text-end text-sm text-muted">
                {[
                  contextTokens !== null && sayCount(contextTokens, '{n} token', '{n} tokens'),
                  capabilities.tools && say('tools'),
                  capabilities.images && say('images'),
                  capabilities.reasoning && say('thinking'),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </label>
          </li>
        ))}
      </ul>
      {found.length > shownMax && (
        <p className="text-sm text-muted">
          {sayCount(found.length - shownMax, '{n} more model: type a part of its name.', '{n} more models: type a part of its name.')}
        </p>
      )}
      {data && all.length === 0 && !wanted && <p className="text-muted">{say('The provider lists none. Type a name.')}</p>}
      {unpriced.length > 0 && (
        <fieldset className="flex flex-col gap-3">
          <legend className="pb-3 text-sm">
            {say('What {models} costs is not known here. What does the maker’s price list say?', { models: unpriced.join(', ') })}
          </legend>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field
              label={say('A million tokens in, in dollars')}
              inputMode="decimal"
              autoComplete="off"
              value={input}
              onChange={(event) => setInput(event.target.value)}
            />
            <Field
              label={say('A million tokens out, in dollars')}
              inputMode="decimal"
              autoComplete="off"
              value={output}
              onChange={(event) => setOutput(event.target.value)}
            />
          </div>
        </fieldset>
      )}
      {save.error && <Notice look="danger">{messageOf(save.error)}</Notice>}
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>{say('Cancel')}</Button>
        <Button look="primary" busy={save.isPending} disabled={chosen.size === 0 || !isPriced} onClick={() => save.mutate()}>
          {chosen.size > 1 ? sayCount(chosen.size, 'Choose {n} model', 'Choose {n} models') : say('Choose')}
        </Button>
      </div>
    </Dialog>
  )
}

const idOf = ({ id }: AdminProvider, model: string) => `${id}/${model}`.slice(0, 100)
