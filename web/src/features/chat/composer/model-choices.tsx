import type { Effort, Model } from '@jarvis/contracts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { chooseEffort, chosenEffort } from '#features/chat/live/effort.ts'
import { modelsQuery } from '#lib/offers.ts'
import { useStore } from '#lib/store.ts'
import { MenuChoice, MenuLine } from '#ui/menu.tsx'
import { chooseModel, useModel } from './chosen-model.ts'

const tiers = { economy: 'Quick and inexpensive', premium: 'For harder questions', frontier: 'The most capable' }

const priceOf = ({ inputMicroUsdPerMillion, outputMicroUsdPerMillion }: Model) =>
  `$${inputMicroUsdPerMillion / 1_000_000} in, $${outputMicroUsdPerMillion / 1_000_000} out per million tokens`

/** Loaded when the menu is first opened. */
export function ModelChoices() {
  const { data } = useQuery(modelsQuery)
  const model = useModel()
  const models = data?.items ?? []
  const shown = models.find(({ id }) => id === model)
  return (
    <>
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
    </>
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
