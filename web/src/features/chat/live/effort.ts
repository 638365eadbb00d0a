import type { Effort } from '@jarvis/contracts/chat.ts'
import { createStore } from '#lib/store.ts'

const storageName = 'jarvis.effort'
const efforts: readonly (string | null)[] = ['low', 'medium', 'high'] satisfies Effort[]
const kept = localStorage.getItem(storageName)

/** How long models that have the choice shall think; null leaves it to them. */
export const chosenEffort = createStore<Effort | null>(efforts.includes(kept) ? (kept as Effort) : null)

export function chooseEffort(effort: Effort | null) {
  if (effort === null) localStorage.removeItem(storageName)
  else localStorage.setItem(storageName, effort)
  chosenEffort.set(effort)
}
