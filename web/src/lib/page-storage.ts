import { session } from './session.ts'

const keyOf = (name: string) => {
  const state = session.get()
  return `jarvis.${state.status === 'signed-in' ? state.user.id : 'nobody'}.${name}`
}

/** Survives a reload of this tab, and nobody else who signs in here sees it. */
export const pageStorage = {
  get(name: string): string | null {
    return sessionStorage.getItem(keyOf(name))
  },
  set(name: string, value: string | null) {
    try {
      if (value) sessionStorage.setItem(keyOf(name), value)
      else sessionStorage.removeItem(keyOf(name))
    } catch {
      // The quota is full: the page still works, a reload forgets.
    }
  },
}
