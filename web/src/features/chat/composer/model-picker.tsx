import { useQuery } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { Suspense, lazy, useState } from 'react'
import { modelsQuery } from '#lib/offers.ts'
import { Menu } from '#ui/menu.tsx'
import { useModel } from './chosen-model.ts'
import { say } from '#words/say.ts'

const ModelChoices = lazy(async () => ({ default: (await import('./model-choices.tsx')).ModelChoices }))
const ModelSearch = lazy(async () => ({ default: (await import('./model-choices.tsx')).ModelSearch }))

const searchedFrom = 8

export function ModelPicker() {
  const { data } = useQuery(modelsQuery)
  const model = useModel()
  const [sought, setSought] = useState('')
  const models = data?.items ?? []
  const shown = models.find(({ id }) => id === model)
  const practice = models.length > 0 && models.every(({ practice }) => practice)
  return (
    <Menu
      label={say('Model')}
      named
      className="w-80"
      onOpen={() => setSought('')}
      header={
        models.length > searchedFrom && (
          <Suspense>
            <ModelSearch value={sought} onChange={setSought} />
          </Suspense>
        )
      }
      triggerClass="flex min-h-10 min-w-0 items-center gap-1.5 rounded-lg px-2.5 text-sm text-muted hover:bg-hover hover:text-ink"
      trigger={
        <>
          <span className="truncate">
            <span className="sr-only">{say('Model:')} </span>
            {shown?.name ?? say('Auto')}
          </span>
          {practice && <span className="shrink-0 rounded-md bg-warn-soft px-1.5 py-0.5 text-xs text-warn">{say('Practice')}</span>}
          <ChevronDown aria-hidden className="size-3.5 shrink-0" />
        </>
      }
    >
      <ModelChoices sought={sought} />
    </Menu>
  )
}
