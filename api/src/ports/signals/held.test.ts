import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createHeld } from './held.ts'

/** Reads that end when the test says so, each with what was stored as it began. */
async function holding() {
  let stored = 'first'
  let told: () => void = () => undefined
  const published: string[] = []
  const begun: { end(): void; fail(): void }[] = []
  const signals = {
    publish: (topic: string) => void published.push(topic),
    subscribe: (_topic: string, listener: () => void) => {
      told = listener
      return () => undefined
    },
  }
  const read = () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const value = stored
    begun.push({ end: () => resolve(value), fail: () => reject(new Error('away')) })
    return promise
  }
  const failures: unknown[] = []
  const opening = createHeld({ signals: signals as never, topic: 't', read, onFailure: (error, now) => (failures.push(error), now) })
  begun.shift()!.end()
  const held = await opening
  const next = async () => {
    await turn()
    return begun.shift()
  }
  return {
    held,
    next,
    told: () => told(),
    store: (value: string) => void (stored = value),
    published,
    failures,
    [Symbol.dispose]: () => held[Symbol.dispose](),
  }
}

test('an old answer that comes late does not undo what was changed', async () => {
  using it = await holding()
  it.told()
  const old = await it.next()
  it.store('changed')
  const changed = it.held.changed()
  // Whichever is under way, the older one ends last.
  const newer = await it.next()
  newer?.end()
  old!.end()
  await turn()
  ;(await it.next())?.end()
  await changed
  expect(it.held.now()).toBe('changed')
})

test('many signals are one read, and a read that fails leaves what is held, is told and keeps nobody from the next', async () => {
  using it = await holding()
  const changed = it.held.changed()
  const first = await it.next()
  for (let count = 0; count < 10; count++) it.told()
  it.store('second')
  first!.fail()
  await changed
  ;(await it.next())!.end()
  expect(await it.next()).toBeUndefined()
  expect([it.held.now(), it.failures.length, it.published]).toEqual(['second', 1, ['t']])
})
