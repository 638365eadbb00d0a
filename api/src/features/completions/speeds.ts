import type { ModelSink } from '#ports/models/index.ts'

/** How far one call moves what is known of a model's speed. */
const share = 0.2

/** How long each model takes to its first token, as this process has seen it: recent calls count more. */
export function createSpeeds(now: () => number = () => performance.now()) {
  const known = new Map<string, number>()

  return {
    firstTokenMs: (): Record<string, number> => Object.fromEntries(known),
    /** A sink that notes when the first of a call comes. */
    timed(model: string, sink: ModelSink | undefined): ModelSink {
      const startedAt = now()
      let isFirst = true
      const note = () => {
        if (!isFirst) return
        isFirst = false
        const took = now() - startedAt
        known.set(model, (known.get(model) ?? took) * (1 - share) + took * share)
      }
      return {
        reasoning(delta) {
          note()
          sink?.reasoning(delta)
        },
        text(delta) {
          note()
          sink?.text(delta)
        },
        toolCallStart(id, name) {
          note()
          sink?.toolCallStart(id, name)
        },
        toolCallArgs: (id, delta) => sink?.toolCallArgs(id, delta),
      }
    },
  }
}
