import type { SecretKind } from '#lib/secrets.ts'
import { createStreamMask } from '#lib/stream-mask.ts'
import type { ModelAnswer, ModelSink } from '#ports/models/index.ts'

/** What a call says, with the secrets in it masked: as it streams, and whole. `flush` shows what is held back when the call ends, whatever its end. */
export type Masking = { sink: ModelSink; flush(): void; masked(answer: ModelAnswer): ModelAnswer }

/**
 * Masks before anything else sees the text: the browser, the log of the run, what is stored and remembered. Arguments of tools stay: they run as they
 * were shown. Without kinds it changes nothing and holds nothing back.
 */
export function createMasking(kinds: ReadonlySet<SecretKind>, sink: ModelSink | undefined): Masking {
  const to = sink ?? noSink
  if (kinds.size === 0) return { sink: to, flush: () => undefined, masked: (answer) => answer }
  const [text, reasoning] = [maskedInto(kinds, to.text), maskedInto(kinds, to.reasoning)]
  const flush = () => {
    reasoning.end()
    text.end()
  }
  return {
    sink: {
      text(delta) {
        reasoning.end()
        text.push(delta)
      },
      reasoning(delta) {
        text.end()
        reasoning.push(delta)
      },
      toolCallStart(id, name) {
        flush()
        to.toolCallStart(id, name)
      },
      toolCallArgs: to.toolCallArgs,
    },
    flush,
    masked: (answer) => ({ ...answer, text: text.whole(answer.text), reasoning: reasoning.whole(answer.reasoning) }),
  }
}

function maskedInto(kinds: ReadonlySet<SecretKind>, show: (delta: string) => void) {
  const mask = createStreamMask(kinds)
  let shown = ''
  const put = (piece: string) => {
    if (piece === '') return
    shown += piece
    show(piece)
  }
  return {
    push: (delta: string) => put(mask.push(delta)),
    end: () => put(mask.end()),
    /** What was shown of it; of a text that did not stream, the text as it would have been. */
    whole(text: string): string {
      if (shown !== '' || text === '') return shown
      return mask.push(text) + mask.end()
    },
  }
}

const noSink: ModelSink = { text: () => undefined, reasoning: () => undefined, toolCallStart: () => undefined, toolCallArgs: () => undefined }
