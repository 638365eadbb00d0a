import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { createShares } from './shares.ts'

const options = { activeMax: 3, perPersonMax: 2, waitingMax: 6, waitingPerPersonMax: 3, waitMsMax: 60_000 }

test('one who asks for much waits behind oneself: another person’s single request is next', async () => {
  const shares = createShares({ ...options, activeMax: 2 })
  const order: string[] = []
  const held = await Promise.all([shares.take('crowd'), shares.take('crowd')])
  const waiting = ['crowd', 'crowd', 'one'].map((person) => shares.take(person).then((give) => (order.push(person), give)))
  held[0]()
  ;(await waiting[2]!)()
  held[1]()
  for (const give of await Promise.all(waiting.slice(0, 2))) give()
  expect(order).toEqual(['one', 'crowd', 'crowd'])
  expect([shares.active(), shares.waiting()]).toEqual([0, 0])
})

test('who has too many in line is refused for themselves, and everybody when the line is full', async () => {
  const shares = createShares(options)
  for (const person of ['a', 'a', 'b']) await shares.take(person)
  const leaving = new AbortController()
  const line = ['a', 'a', 'a', 'b', 'b', 'c'].map((person) => shares.take(person, leaving.signal))
  await expect(shares.take('a')).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: 2 })
  await expect(shares.take('d')).rejects.toMatchObject({ code: 'overloaded', retryAfterSeconds: 5 })
  expect(line).toHaveLength(shares.waiting())
  leaving.abort()
  await Promise.allSettled(line)
})

test('who waits too long is told so, and who leaves makes room', async () => {
  vi.useFakeTimers()
  try {
    const shares = createShares({ ...options, activeMax: 1 })
    const give = await shares.take('a')
    const leaving = new AbortController()
    const left = expect(shares.take('b', leaving.signal)).rejects.toThrow('gone')
    const waited = expect(shares.take('c')).rejects.toMatchObject({ code: 'overloaded' })
    leaving.abort(new Error('gone'))
    await left
    expect(shares.waiting()).toBe(1)
    await vi.advanceTimersByTimeAsync(options.waitMsMax)
    await waited
    give()
    give()
    expect([shares.active(), shares.waiting()]).toEqual([0, 0])
  } finally {
    vi.useRealTimers()
  }
})

test('whatever comes and goes, no bound is passed and nobody who may go on waits', async () => {
  const command = fc.oneof(fc.record({ take: fc.constantFrom('a', 'b', 'c', 'd') }), fc.record({ give: fc.nat(20) }))
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
      const shares = createShares(options)
      const held: { person: string; give: () => void }[] = []
      const waiting: string[] = []
      for (const each of commands) {
        if ('give' in each) held.splice(each.give % Math.max(1, held.length), 1)[0]?.give()
        else {
          const { take: person } = each
          waiting.push(person)
          const answered = () => void waiting.splice(waiting.indexOf(person), 1)
          shares.take(person).then((give) => (answered(), held.push({ person, give })), answered)
        }
        await new Promise((resolve) => setImmediate(resolve))
        const activeOf = (person: string) => held.filter((one) => one.person === person).length
        expect(shares.active()).toBe(held.length)
        expect(shares.waiting()).toBe(waiting.length)
        expect(held.length).toBeLessThanOrEqual(options.activeMax)
        for (const { person } of held) expect(activeOf(person)).toBeLessThanOrEqual(options.perPersonMax)
        if (held.length < options.activeMax) for (const person of waiting) expect(activeOf(person)).toBe(options.perPersonMax)
      }
    }),
    { numRuns: 60 },
  )
})
