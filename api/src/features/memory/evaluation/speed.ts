import { createRecallIndex } from '#features/memory/recall/recall-index.ts'
import type { Meanings } from '#features/memory/recall/spelling.ts'
import { developmentConversations } from './development.ts'

const turnsMax = 50_000
const rareWords = 15_000
const searches = 200

/** How fast turns are taken in, and found again among 50,000, in processor time of this process. */
export function memorySpeed(meanings: Meanings): string {
  const conversations = developmentConversations().filter(({ language }) => language === 'en' || language === 'de')
  const turns = conversations.flatMap((one) => one.turns)
  const index = createRecallIndex(meanings)
  const before = process.cpuUsage()
  for (let at = 0; at < turnsMax; at++) {
    const turn = turns[at % turns.length]!
    const round = Math.floor(at / turns.length)
    // Words of its own make a vocabulary as large as people have.
    const text = `${turn.text} w${((at * 7919) % rareWords).toString(36)}x w${((at * 104_729) % rareWords).toString(36)}x`
    index.add({ ...turn, id: String(at), session: `${turn.session}-${round}`, text })
  }
  const taken = millisecondsSince(before)
  const times = conversations
    .flatMap((one) => one.questions)
    .slice(0, searches)
    .map(({ text, now }) => {
      const begun = process.cpuUsage()
      index.search(text, { limit: 10, now })
      return millisecondsSince(begun)
    })
    .toSorted((x, y) => x - y)
  const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(1)
  return `memory, ${turnsMax} turns: ${Math.round(turnsMax / (taken / 1000))} turns/s taken in; found in ${at(0.5)} ms (median), ${at(0.95)} ms (95th percentile)`
}

function millisecondsSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun)
  return (user + system) / 1000
}
