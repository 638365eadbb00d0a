import { createStore } from './store.ts'

type Asked = { done: (isShown: boolean) => void }

/** Set while the person is asked to show again that it is they. The app shows the dialog. */
export const identityAsked = createStore<Asked | null>(null)

let asking: Promise<boolean> | null = null

/** Asks once, however many wait for it. Returns whether the person did. */
export function askIdentity(): Promise<boolean> {
  asking ??= new Promise<boolean>((resolve) => identityAsked.set({ done: resolve })).finally(() => {
    asking = null
    identityAsked.set(null)
  })
  return asking
}
