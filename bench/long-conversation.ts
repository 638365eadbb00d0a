import { openJarvis } from './asker.ts'
import { median, percentile, printTable, ratio, rounded } from './figures.ts'
import { type Person, startJarvis } from './jarvis.ts'
import { startProgram } from './program.ts'
import { seedMessages } from './seed.ts'

const rounds = 30
const lengths = [50, 5000]
/** A conversation may not grow by being measured. */
const conversationsEach = { 50: 10, 5000: 2 } as Record<number, number>

/** A run in a long conversation against one in a short one: wall time from send to end, and processor. */
export async function benchLongConversation(): Promise<void> {
  await using provider = await startProgram('provider')
  await using jarvis = await startJarvis(provider.url, { people: 12 })
  const conversations = new Map<number, { person: Person; id: string }[]>()
  for (const length of lengths) {
    const made = Array.from({ length: conversationsEach[length]! }, async () => {
      const person = jarvis.nextPerson()
      const id = await jarvis.newConversation(person)
      await seedMessages(jarvis, id, length)
      return { person, id }
    })
    conversations.set(length, await Promise.all(made))
  }
  await jarvis.pool.query('analyze messages')

  const figures = new Map(lengths.map((length) => [length, { ms: [] as number[], processorMs: [] as number[] }]))
  for (let round = -3; round < rounds; round++) {
    for (const [length, figure] of figures) {
      const all = conversations.get(length)!
      const { person, id } = all[(round + 3) % all.length]!
      const asker = await openJarvis(jarvis, person, id)()
      const before = await jarvis.read()
      const { totalMs } = await asker.ask(5, 1000)
      const after = await jarvis.read()
      asker.close()
      if (round < 0) continue
      figure.ms.push(totalMs)
      figure.processorMs.push(after.processorMs - before.processorMs)
    }
  }
  const short = figures.get(lengths[0]!)!
  printTable(
    `A run by the length of its conversation, medians of ${rounds} interleaved rounds`,
    [...figures].map(([messages, { ms, processorMs }]) => ({
      messages,
      'ms/run': rounded(median(ms)),
      '× short': ratio(median(ms), median(short.ms)),
      p90: rounded(percentile(ms, 0.9)),
      'processor ms': rounded(median(processorMs)),
      '× short ': ratio(median(processorMs), median(short.processorMs)),
    })),
  )
}
