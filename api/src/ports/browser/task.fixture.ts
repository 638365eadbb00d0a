import type { Browser, BrowserAction, PageView } from './index.ts'

const { signal } = new AbortController()
let tasks = 0

/** A task of its own, and of a person of its own unless one is named; closed with its test. */
export function taskOf(from: Browser, site: string, person?: string) {
  const id = `task-${++tasks}`
  const userId = person ?? `person of ${id}`
  const act = (action: BrowserAction) => from.act({ taskId: id, userId }, action, signal)
  return {
    id,
    act,
    open: (path: string) => act({ kind: 'open', url: path.startsWith('/') ? site + path : path }),
    async click(view: PageView, label: string) {
      const ref = refOf(view, label)
      return await act({ kind: 'click', ref, expected: (await from.look(id, ref, signal)).target })
    },
    async type(view: PageView, label: string, text: string, submit = false) {
      const ref = refOf(view, label)
      return await act({ kind: 'type', ref, text, submit, expected: (await from.look(id, ref, signal)).target })
    },
    target: async (view: PageView, label: string) => (await from.look(id, refOf(view, label), signal)).target,
    [Symbol.asyncDispose]: () => from.release(id),
  }
}

export function refOf(view: PageView, label: string): number {
  const found = view.elements.find((element) => element.label === label)
  if (!found) throw new Error(`there is no "${label}" among ${JSON.stringify(view.elements)}`)
  return found.ref
}
