import type { Effort, Model } from '@jarvis/contracts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { ChevronDown } from 'lucide-react'
import { chooseEffort, chosenEffort } from '#features/chat/live/effort.ts'
import { modelsQuery } from '#lib/offers.ts'
import { createStore, useStore } from '#lib/store.ts'
import { Menu, MenuChoice, MenuLine } from '#ui/menu.tsx'

const storageName = 'jarvis.model'
const chosenModel = createStore(localStorage.getItem(storageName) ?? 'auto')

function chooseModel(id: string) {
  localStorage.setItem(storageName, id)
  chosenModel.set(id)
}

/** `auto`, or a model that this person may use; one that is no longer offered counts as `auto`. */
export function useModel(): string {
  const chosen = useStore(chosenModel)
  const { data } = useQuery(modelsQuery)
  return !data || data.items.some(({ id }) => id === chosen) ? chosen : 'auto'
}

const tiers = { economy: 'Quick and inexpensive', premium: 'For harder questions', frontier: 'The most capable' }

const priceOf = ({ inputMicroUsdPerMillion, outputMicroUsdPerMillion }: Model) =>
  `$${inputMicroUsdPerMillion / 1_000_000} in, $${outputMicroUsdPerMillion / 1_000_000} out per million tokens`

export function ModelPicker() {
  const { data } = useQuery(modelsQuery)
  const model = useModel()
  const models = data?.items ?? []
  const shown = models.find(({ id }) => id === model)
  const practice = models.length > 0 && models.every(({ practice }) => practice)
  return (
    <Menu
      label="Model"
      named
      className="w-72"
      triggerClass="flex min-h-10 min-w-0 items-center gap-1.5 rounded-lg px-2.5 text-sm text-muted hover:bg-hover hover:text-ink"
      trigger={
        <>
          <span className="truncate">
            <span className="sr-only">Model: </span>
            {shown?.name ?? 'Auto'}
          </span>
          {practice && <span className="shrink-0 rounded-md bg-warn-soft px-1.5 py-0.5 text-xs text-warn">Practice</span>}
          <ChevronDown aria-hidden className="size-3.5 shrink-0" />
        </>
      }
    >
      <MenuChoice checked={model === 'auto'} onClick={() => chooseModel('auto')}>
        <Choice name="Auto" detail="Jarvis chooses for each question" />
      </MenuChoice>
      <MenuLine />
      {models.map((item) => (
        <MenuChoice key={item.id} checked={item.id === model} onClick={() => chooseModel(item.id)}>
          <Choice
            name={item.name}
            detail={item.practice ? 'Practice model: not a real AI' : tiers[item.tier]}
            price={item.practice ? undefined : priceOf(item)}
          />
        </MenuChoice>
      ))}
      {(shown ? shown.capabilities.reasoning : models.some(({ capabilities }) => capabilities.reasoning)) && <EffortChoice />}
    </Menu>
  )
}

const efforts: [Effort | null, string, string][] = [
  [null, 'Its own measure', 'The model decides how long it thinks'],
  ['low', 'Think briefly', 'Quicker and less expensive'],
  ['medium', 'Think', 'For questions in several steps'],
  ['high', 'Think long', 'For the hardest questions: slower and dearer'],
]

/** For models that can be told how long to think. */
function EffortChoice() {
  const effort = useStore(chosenEffort)
  return (
    <>
      <MenuLine />
      {efforts.map(([value, name, detail]) => (
        <MenuChoice key={name} checked={value === effort} onClick={() => chooseEffort(value)}>
          <Choice name={name} detail={detail} />
        </MenuChoice>
      ))}
    </>
  )
}

function Choice({ name, detail, price }: { name: string; detail: string; price?: string | undefined }) {
  return (
    <span className="flex flex-col py-0.5" title={price}>
      <span>{name}</span>
      <span className="text-[0.8125rem] text-muted">{detail}</span>
    </span>
  )
}
