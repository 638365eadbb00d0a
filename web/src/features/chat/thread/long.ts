import { createStore } from '#lib/store.ts'

type Parts = Pick<typeof import('./long-parts.ts'), 'FindBar' | 'Virtualizer'>

/** What only a long conversation needs; null until it has come. */
export const longParts = createStore<Parts | null>(null)

let flight: Promise<void> | undefined

/** Where it cannot be loaded the conversation is shown whole, and the next one asks again. */
export function loadLongParts(): Promise<void> {
  flight ??= import('./long-parts.ts').then(
    ({ FindBar, Virtualizer }) => longParts.set({ FindBar, Virtualizer }),
    () => {
      flight = undefined
    },
  )
  return flight
}
