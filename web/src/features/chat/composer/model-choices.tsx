import type { Effort, Model } from '@jarvis/contracts/chat.ts'
import { useQuery } from '@tanstack/react-query'
import { chooseEffort, chosenEffort } from '#features/chat/live/effort.ts'
import { lastEnded } from '#features/chat/live/chat.ts'
import { isComposing } from '#lib/composing.ts'
import { formatShort } from '#lib/format.ts'
import { modelsQuery } from '#lib/offers.ts'
import { useStore } from '#lib/store.ts'
import { MenuChoice, MenuLine } from '#ui/menu.tsx'
import { chooseModel, useModel } from './chosen-model.ts'
import { say } from '#words/say.ts'
import type { English } from '#words/language.ts'

const tiers: Record<Model['tier'], English> = { economy: 'Quick and inexpensive', premium: 'For harder questions', frontier: 'The most capable' }

const dollars = (microUsd: number) => `$${Math.round(microUsd / 10_000) / 100}`
const priceOf = ({ inputMicroUsdPerMillion: input, outputMicroUsdPerMillion: output }: Model) =>
  input + output === 0 ? say('free') : say('{in} in, {out} out per million tokens', { in: dollars(input), out: dollars(output) })

const abilitiesOf = ({ capabilities: { tools, images, reasoning }, contextTokens }: Model): string[] => [
  ...(tools ? [say('tools')] : []),
  ...(images ? [say('pictures')] : []),
  ...(reasoning ? [say('thinks')] : []),
  say('reads {count} tokens', { count: formatShort(contextTokens) }),
]

const fits = (model: Model, words: readonly string[]) => {
  const said = [model.name, model.id, model.provider, model.tier, ...abilitiesOf(model)].join(' ').toLowerCase()
  return words.every((word) => said.includes(word))
}

/** Loaded when the menu is first opened. */
export function ModelChoices({ sought }: { sought: string }) {
  const { data } = useQuery(modelsQuery)
  const model = useModel()
  const last = useStore(lastEnded)?.answer.route
  const models = data?.items ?? []
  const words = sought.toLowerCase().split(/\s+/)
  const found = models.filter((item) => fits(item, words))
  const shown = models.find(({ id }) => id === model)
  return (
    <>
      <MenuChoice checked={model === 'auto'} onClick={() => chooseModel('auto')}>
        <Choice
          name={say('Auto')}
          detail={say('Jarvis chooses for each question, by your plan and what is left of your budget')}
          more={
            last
              ? say('Last: {model}. {reason}.', { model: models.find(({ id }) => id === last.model)?.name ?? last.model, reason: last.reason })
              : undefined
          }
        />
      </MenuChoice>
      <MenuLine />
      {found.length === 0 && models.length > 0 && <p className="px-3 py-2 text-sm text-muted">{say('No model fits that.')}</p>}
      {found.map((item) => (
        <MenuChoice key={item.id} checked={item.id === model} onClick={() => chooseModel(item.id)}>
          <Choice
            name={item.name}
            detail={item.practice ? say('Practice model: not a real AI') : say(tiers[item.tier])}
            more={item.practice ? undefined : [...abilitiesOf(item), priceOf(item)].join(' · ')}
          />
        </MenuChoice>
      ))}
      {(shown ? shown.capabilities.reasoning : models.some(({ capabilities }) => capabilities.reasoning)) && <EffortChoice />}
    </>
  )
}

const efforts: [Effort | null, English, English][] = [
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
          <Choice name={say(name)} detail={say(detail)} />
        </MenuChoice>
      ))}
    </>
  )
}

function Choice({ name, detail, more }: { name: string; detail: string; more?: string | undefined }) {
  return (
    <span className="flex flex-col py-0.5">
      <span>{name}</span>
      <span className="text-[0.8125rem] text-muted">{detail}</span>
      {more && <span className="text-[0.8125rem] text-faint">{more}</span>}
    </span>
  )
}

/** For a list that is too long to look through. */
export function ModelSearch({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  return (
    <input
      type="search"
      dir="auto"
      aria-label={say('Search models')}
      placeholder={say('Search: a name, pictures, thinks …')}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={(event) => {
        if (event.key !== 'ArrowDown' || isComposing(event)) return
        event.preventDefault()
        event.currentTarget.closest('[popover]')?.querySelector<HTMLElement>('[role^=menuitem]')?.focus()
      }}
      className="mb-1 h-10 w-full rounded-lg border border-line bg-transparent px-3 text-base outline-none placeholder:text-faint focus:border-accent md:text-[0.9375rem]"
    />
  )
}
