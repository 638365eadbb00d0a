import type { Completions } from '#features/completions/index.ts'
import type { Reader } from '#features/memory/index.ts'
import { billOf } from '#lib/money.ts'

const outputTokensMax = 2000

/** The economy model as the reader of facts; `isThere` while it is more than the practice model. */
export function createFactReader({ completions, isThere }: { completions: Pick<Completions, 'open' | 'economy'>; isThere(): boolean }): Reader {
  return {
    isThere,
    async read(of, { system, text }, assure, signal) {
      const model = completions.economy
      // What the call used is settled when this ends, whatever becomes of the facts.
      await using work = completions.open(billOf(of), assure)
      const { answer } = await work.complete({
        messages: [
          { role: 'system', text: system },
          { role: 'user', text },
        ],
        tools: [],
        models: [model.id],
        economy: model.id,
        answering: { model: model.id },
        effort: 'low',
        outputTokensMax,
        signal,
      })
      return answer.text
    },
  }
}
