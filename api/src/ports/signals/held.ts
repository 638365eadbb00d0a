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
  const readSoon = () =>
    void read().then(
      (value) => (held = value),
      (error: unknown) => (held = onFailure(error, held)),
    )
  const timer = setInterval(readSoon, readAgainMs).unref()
  const unsubscribe = signals.subscribe(topic, readSoon)

  return {
    now: (): Value => held,

    /** After the commit: it holds here when this returns. */
    async changed(): Promise<void> {
      held = await read()
      signals.publish(topic, '')
    },

    [Symbol.dispose]() {
      clearInterval(timer)
      unsubscribe()
    },
  }
}
