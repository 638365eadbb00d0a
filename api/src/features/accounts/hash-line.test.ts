import { setImmediate as turn } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { type Asker, createHashLine } from './hash-line.ts'

/** Hashes that end when told to, in the order in which they were begun. */
function hashing() {
  const begun: { name: string; end(): void }[] = []
  let ms = 0
  const line = createHashLine({ now: () => (ms += 0.001) })
  const ask = (name: string, asker: Partial<Asker> = {}) => {
    const own = { address: name, email: `${name}@example.org`, known: false, ...asker }
    const asked = line.run(own, () => new Promise<string>((resolve) => begun.push({ name, end: () => resolve(name) })))
    return asked.catch((error: { code: string }) => error.code)
  }
  const endAll = async () => {
    const order: string[] = []
    await turn()
    for (let it = begun.shift(); it; it = begun.shift()) {
      order.push(it.name)
      it.end()
      await turn()
    }
    return order
  }
  return { ask, endAll, line }
}
const crowd = (ask: ReturnType<typeof hashing>['ask'], addresses: number, times: number) =>
  Array.from({ length: addresses * times }, (_, index) => ask(`crowd-${index % addresses}`, { email: `${index}@example.org` }))

test('however many four addresses ask for, each other one comes after at most one of each', async () => {
  const { ask, endAll } = hashing()
  void crowd(ask, 4, 20)
  for (let index = 0; index < 10; index++) void ask(`person-${index}`)
  const order = await endAll()
  expect(order).toHaveLength(90)
  expect(order.slice(0, 18).filter((name) => name.startsWith('person'))).toHaveLength(10)
})

test('an account where it signed in before comes before all that is unknown', async () => {
  const { ask, endAll } = hashing()
  void crowd(ask, 50, 2)
  void ask('known', { known: true })
  expect((await endAll()).indexOf('known')).toBe(2)
})

test('who signed in before keeps nobody out: half of the work, and half of a full line, is for the others', async () => {
  const { ask, endAll } = hashing()
  // One account of one's own, at a few addresses, is known there.
  const flood = Array.from({ length: 240 }, (_, index) => ask(`own-${index % 4}`, { known: true, email: 'own@example.org' }))
  const people = Array.from({ length: 60 }, (_, index) => ask(`person-${index}`))
  const order = await endAll()
  expect(await Promise.all(people)).toEqual(people.map((_, index) => `person-${index}`))
  expect(order.slice(0, 122).filter((name) => name.startsWith('person'))).toHaveLength(60)
  expect((await Promise.all(flood)).filter((code) => code !== 'overloaded').length).toBeGreaterThanOrEqual(100)
})

test('when the line is full, who stands in it most often makes room, and one alone is never kept out by a crowd', async () => {
  const { ask, endAll } = hashing()
  const crowded = crowd(ask, 4, 60)
  const people = Array.from({ length: 20 }, (_, index) => ask(`person-${index}`))
  const sameAddress = ask('crowd-0', { known: true, email: 'owner@example.org' })
  await endAll()
  expect(await Promise.all(people)).toEqual(people.map((_, index) => `person-${index}`))
  expect(await sameAddress).toBe('crowd-0')
  const refused = (await Promise.all(crowded)).filter((code) => code === 'overloaded')
  expect(refused).toHaveLength(240 + 21 - 202)
})

test('wrong guesses cost the guesser: the next tries of that address come after those of others, a few typing errors cost nothing', async () => {
  const { ask, endAll, line } = hashing()
  for (let count = 0; count < 100; count++) line.guessed('guesser')
  for (let count = 0; count < 8; count++) line.guessed('office')
  void crowd(ask, 2, 1)
  for (const name of ['guesser', 'guesser', 'office', 'other']) void ask(name)
  expect((await endAll()).slice(2)).toEqual(['office', 'other', 'guesser', 'guesser'])
})
