import type { AdminModel, AdminProvider, SettingSource } from '@jarvis/contracts/admin-models.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { call } from '#lib/call.ts'
import { formatCost, formatMoment } from '#lib/format.ts'
import { planNames } from '#lib/plan-names.ts'
import { messageOf } from '#lib/problem.ts'
import { Badge } from '#ui/badge.tsx'
import { Button } from '#ui/button.tsx'
import { ConfirmDialog } from '#ui/dialog.tsx'
import { ErrorState } from '#ui/error-state.tsx'
import { FailedCalls } from '#ui/failed-calls.tsx'
import { SkeletonList } from '#ui/skeleton.tsx'
import { toast } from '#ui/toast.tsx'
import { Lessons } from './lessons.tsx'
import { ModelDialog } from './model-dialog.tsx'
import { OfferedDialog } from './offered-dialog.tsx'
import { ProviderDialog } from './provider-dialog.tsx'
import { failuresQuery, modelsQuery, providersQuery, refreshModels } from './queries.ts'
import { ProviderCheck } from './provider-check.tsx'
import type { English } from '#words/language.ts'
import { say } from '#words/say.ts'

const sourceNames: Record<SettingSource, English> = { environment: 'set in the environment', file: 'set in MODELS_FILE', page: 'set here' }

/** Who answers: providers with their keys, and the models that were chosen of them. */
export function AdminModels() {
  const providers = useQuery(providersQuery)
  const models = useQuery(modelsQuery)
  const failures = useQuery(failuresQuery)
  const [adding, setAdding] = useState(false)
  return (
    <div className="flex max-w-3xl flex-col gap-10">
      <section className="flex flex-col gap-4" aria-labelledby="providers">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <h2 id="providers" className="text-base font-semibold">
            {say('Providers')}
          </h2>
          <Button look="primary" onClick={() => setAdding(true)}>
            {say('Add a provider')}
          </Button>
        </div>
        {providers.error && <ErrorState message={messageOf(providers.error)} onRetry={() => void providers.refetch()} />}
        {providers.isPending && <SkeletonList label={say('Loading providers')} rows={2} />}
        {providers.data?.items.length === 0 && (
          <p className="text-muted">
            {say('None yet: the practice model answers, which is no real AI. Add one with its key, or an Ollama of your own.')}
          </p>
        )}
        <ul className="flex flex-col gap-3">
          {providers.data?.items.map((provider) => (
            <ProviderRow key={provider.id} provider={provider} />
          ))}
        </ul>
      </section>
      <section className="flex flex-col gap-4" aria-labelledby="models">
        <h2 id="models" className="text-base font-semibold">
          {say('Models that people can choose')}
        </h2>
        {models.error && <ErrorState message={messageOf(models.error)} onRetry={() => void models.refetch()} />}
        {models.isPending && <SkeletonList label={say('Loading models')} rows={3} />}
        {models.data?.items.length === 0 && <p className="text-muted">{say('None is chosen. Choose some of a provider’s models above.')}</p>}
        <ul className="flex flex-col divide-y divide-line">
          {models.data?.items.map((model) => (
            <ModelRow key={model.id} model={model} others={models.data.items} />
          ))}
        </ul>
      </section>
      <Lessons />
      {failures.data && failures.data.items.length > 0 && (
        <section className="flex flex-col gap-4" aria-labelledby="failures">
          <h2 id="failures" className="text-base font-semibold">
            {say('Calls that failed lately')}
          </h2>
          <FailedCalls calls={failures.data.items} when={formatMoment} />
        </section>
      )}
      {adding && <ProviderDialog onSaved={refreshModels} onClose={() => setAdding(false)} />}
    </div>
  )
}

function ProviderRow({ provider }: { provider: AdminProvider }) {
  const { id, name, baseUrl, source, keySet, keyFault } = provider
  const [open, setOpen] = useState<'change' | 'remove' | 'models' | null>(null)
  const close = () => setOpen(null)
  const remove = useMutation({
    mutationFn: () => call(endpoints.adminRemoveProvider, { params: { id } }),
    onSuccess: async () => {
      await refreshModels()
      toast(say('Removed. It acts at once.'))
    },
  })
  return (
    <li className="flex flex-col gap-3 rounded-xl border border-line p-4">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="font-medium [overflow-wrap:anywhere]">{name}</h3>
        {source !== 'page' && <Badge>{say(sourceNames[source])}</Badge>}
        {keyFault ? <Badge look="danger">{say('type its key again')}</Badge> : <Badge>{keySet ? say('with a key') : say('without a key')}</Badge>}
      </div>
      <p className="text-sm text-muted [overflow-wrap:anywhere]">{baseUrl}</p>
      <ProviderCheck id={id} name={name} />
      <div className="flex flex-wrap gap-2">
        {source === 'page' && (
          <>
            <Button aria-label={say('Choose models of {name}', { name })} onClick={() => setOpen('models')}>
              {say('Choose models')}
            </Button>
            <Button look="bare" aria-label={say('Change {name}', { name })} onClick={() => setOpen('change')}>
              {say('Change')}
            </Button>
            <Button look="bare" aria-label={say('Remove {name}', { name })} onClick={() => setOpen('remove')}>
              {say('Remove')}
            </Button>
          </>
        )}
      </div>
      {open === 'models' && <OfferedDialog provider={provider} onSaved={refreshModels} onClose={close} />}
      {open === 'change' && <ProviderDialog provider={provider} onSaved={refreshModels} onClose={close} />}
      {open === 'remove' && (
        <ConfirmDialog
          title={say('Remove {name}?', { name })}
          action={say('Remove')}
          busy={remove.isPending}
          error={remove.error ? messageOf(remove.error) : undefined}
          onConfirm={() => remove.mutate()}
          onClose={close}
        >
          {say('Its key and the models that were chosen of it go with it. Conversations stay.')}
        </ConfirmDialog>
      )}
    </li>
  )
}

function ModelRow({ model, others }: { model: AdminModel; others: AdminModel[] }) {
  const { name, provider, source, contextTokens, inputMicroUsdPerMillion, outputMicroUsdPerMillion, standardFor } = model
  const [open, setOpen] = useState(false)
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3">
      <div className="min-w-0 grow basis-60">
        <p className="flex flex-wrap items-center gap-2 [overflow-wrap:anywhere]">
          {name}
          {source !== 'page' && <Badge>{say(sourceNames[source])}</Badge>}
          {standardFor.length > 0 && (
            <Badge look="accent">{say('standard: {plans}', { plans: standardFor.map((plan) => planNames[plan]).join(', ') })}</Badge>
          )}
        </p>
        <p className="text-sm text-muted">
          {say('{provider} · {context} tokens of context · a million tokens: {in} in, {out} out', {
            provider,
            context: contextTokens,
            in: formatCost(inputMicroUsdPerMillion),
            out: formatCost(outputMicroUsdPerMillion),
          })}
        </p>
      </div>
      {source === 'page' && (
        <Button aria-label={say('Change {name}', { name })} onClick={() => setOpen(true)}>
          {say('Change')}
        </Button>
      )}
      {open && <ModelDialog model={model} others={others} onSaved={refreshModels} onClose={() => setOpen(false)} />}
    </li>
  )
}
