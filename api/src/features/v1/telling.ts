import type { Access } from '#lib/principal.ts'
import type { createAnswering, Admitted } from './answering.ts'
import type { Whole } from './chat-answer.ts'
import { createDeltaQueue, type Delta } from './delta-queue.ts'

/** An answer while it comes, and the whole of it at the end. */
export type Telling = AsyncGenerator<Delta[], Whole & { model: string }>

type Options = { signal: AbortSignal; onModel?(model: string): void }

/** A model's answer as it comes. */
export async function* tell(
  answer: ReturnType<typeof createAnswering>['answer'],
  { caller, admitted }: { caller: Access; admitted: Admitted },
  options: Options,
): Telling {
  const queue = createDeltaQueue()
  const work = answer(caller, admitted, { ...options, sink: queue.sink })
  work.then(
    () => queue.end(),
    (error: unknown) => queue.end(error),
  )
  for await (const deltas of queue) yield deltas
  return await work
}

/** The same, and before its end is known, what has to be done by then. */
export async function* ending(telling: Telling, end: (whole: Whole & { model: string }) => Promise<void>): Telling {
  const whole = yield* telling
  await end(whole)
  return whole
}

/** All of it at once. */
export async function toEnd(telling: Telling): Promise<Whole & { model: string }> {
  for (;;) {
    const step = await telling.next()
    if (step.done) return step.value
  }
}

/** Waits for the first sign of an answer, so that a refusal can still be a status; after a while it is begun without. */
export async function opened<Item, End>(work: AsyncGenerator<Item, End>, waitMs: number): Promise<AsyncGenerator<Item, End>> {
  const first = work.next()
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, waitMs)
  try {
    await Promise.race([first, late])
  } finally {
    clearTimeout(timer)
  }
  return (async function* () {
    for (let step = await first; ; step = await work.next()) {
      if (step.done) return step.value
      yield step.value
    }
  })()
}
