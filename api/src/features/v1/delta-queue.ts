import type { ModelSink } from '#ports/models/index.ts'

export type Delta =
  | { type: 'text' | 'reasoning'; delta: string }
  | { type: 'call'; id: string; name: string }
  | { type: 'args'; id: string; delta: string }

/** The bridge from a model's deltas to one reader: those that come before its next turn are one batch, and text within it is one delta. */
export function createDeltaQueue() {
  let pending: Delta[] = []
  let ended: { error?: unknown } | null = null
  let wake: (() => void) | undefined

  function push(delta: Delta): void {
    const last = pending.at(-1)
    if (last && 'delta' in last && 'delta' in delta && last.type === delta.type && idOf(last) === idOf(delta)) last.delta += delta.delta
    else pending.push(delta)
    wake?.()
  }

  const sink: ModelSink = {
    text: (delta) => delta !== '' && push({ type: 'text', delta }),
    reasoning: (delta) => delta !== '' && push({ type: 'reasoning', delta }),
    toolCallStart: (id, name) => push({ type: 'call', id, name }),
    toolCallArgs: (id, delta) => delta !== '' && push({ type: 'args', id, delta }),
  }

  return {
    sink,
    end(error?: unknown) {
      ended = error === undefined ? {} : { error }
      wake?.()
    },
    /** @throws what the work ended with */
    async *[Symbol.asyncIterator](): AsyncGenerator<Delta[], void> {
      for (;;) {
        if (pending.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve))
        wake = undefined
        const batch = pending
        pending = []
        if (batch.length > 0) yield batch
        else if (ended && 'error' in ended) throw ended.error
        else if (ended) return
      }
    },
  }
}

const idOf = (delta: Delta) => ('id' in delta ? delta.id : '')
