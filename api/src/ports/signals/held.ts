import type { Signals } from './index.ts'

export type HeldOptions<Value> = {
  signals: Signals
  topic: string
  read(): Promise<Value>
  /** What is held stays, or what this returns. */
  onFailure(error: unknown, now: Value): Value
}

/** A signal may be lost. */
const readAgainMs = 5000

/** What is stored, and asked for too often to be read each time: in every process soon after it was changed. @throws what `read` throws, at the start */
export async function createHeld<Value>({ signals, topic, read, onFailure }: HeldOptions<Value>) {
  let held: Value = await read()
  let reading: Promise<void> = Promise.resolve()
  let waiting: Promise<void> | undefined

  async function readAfter(before: Promise<void>): Promise<void> {
    await before
    waiting = undefined
    try {
      held = await read()
    } catch (error) {
      held = onFailure(error, held)
    }
  }
  /** One after the other, so that an old answer never overtakes a new one; one that waits reads for all who ask meanwhile. */
  const readNext = (): Promise<void> => (waiting ??= reading = readAfter(reading))
  const timer = setInterval(() => void readNext(), readAgainMs).unref()
  const unsubscribe = signals.subscribe(topic, () => void readNext())

  return {
    now: (): Value => held,

    /** After the commit: it holds here when this returns, and soon elsewhere. */
    async changed(): Promise<void> {
      signals.publish(topic, '')
      await readNext()
    },

    [Symbol.dispose]() {
      clearInterval(timer)
      unsubscribe()
    },
  }
}
