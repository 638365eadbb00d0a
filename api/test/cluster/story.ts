import type { Behaviour, RecordedRequest } from '../../../simulators/openai/scripted.ts'

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function seeded(seed: number) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    below: (count: number) => Math.floor(next() * count),
    pick: <Item>(items: readonly Item[]) => items[Math.floor(next() * items.length)]!,
  }
}
export type Seeded = ReturnType<typeof seeded>

const words = ['river', 'naïve', '東京', '👩‍🚀', 'a\nnew line', '“quoted”', '\\u0041', 'Straße', '🎉', 'data: [DONE]', '\u2028', '{"a":1}', '𝒳', 'end.']

/** The only right text of a story: long, and made of what is easily cut or doubled. */
export function storyOf(seed: number, length: number): string {
  const random = seeded(seed)
  return Array.from({ length }, (_, index) => `${index}:${random.pick(words)}`).join(' ')
}

export type Story = { seed: number; length: number; delayMs: number; tools: boolean }
const introduction = (seed: number) => `Let me see (${seed}). `

export const question = ({ seed, length, delayMs, tools }: Story) => `Story ${seed}, ${length} words, ${delayMs} ms${tools ? ', with tools' : ''}`
/** What must be stored in the end, whatever happened meanwhile. */
export const answerTo = ({ seed, length, tools }: Story) => (tools ? introduction(seed) : '') + storyOf(seed, length)

type WireMessage = { role: string; content: unknown }

/** A model that tells the story it is asked for; with tools it first says so and calls two of them. */
export function storyteller({ path, body }: RecordedRequest): Behaviour {
  if (!path.endsWith('completions')) return { text: '' }
  const messages = body.messages as WireMessage[]
  const asked = messages.findLast(({ role }) => role === 'user')!
  const [, seed, length, delayMs, tools] = /Story (\d+), (\d+) words, (\d+) ms(, with tools)?/.exec(JSON.stringify(asked.content)) ?? []
  const timing = { chunkSize: 12, delayMs: Number(delayMs) }
  if (tools && messages.at(-1)!.role !== 'tool') {
    return {
      ...timing,
      text: introduction(Number(seed)),
      toolCalls: [
        { id: `call_${seed}_sum`, name: 'calculator', arguments: { expression: `${seed} * 2` } },
        { id: `call_${seed}_time`, name: 'clock', arguments: {} },
      ],
    }
  }
  return { ...timing, text: storyOf(Number(seed), Number(length)) }
}
