import { Effort } from '@jarvis/contracts/chat.ts'
import { createStore } from '#lib/store.ts'

const storageName = 'jarvis.effort'

/** How long models that have the choice shall think; null leaves it to them. */
export const chosenEffort = createStore<Effort | null>(Effort.safeParse(localStorage.getItem(storageName)).data ?? null)

export function chooseEffort(effort: Effort | null) {
  if (effort === null) localStorage.removeItem(storageName)
  else localStorage.setItem(storageName, effort)
  chosenEffort.set(effort)
}
