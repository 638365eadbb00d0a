import { finished } from 'node:stream/promises'
import { request } from 'undici'
import { createChatModel } from '../api/src/ports/models/chat-models.ts'
import type { ProviderKind } from '../api/src/ports/models/index.ts'
import { median, printTable, ratio, rounded } from './figures.ts'
import { startProgram } from './program.ts'

const tokens = 2000
const answersAtOnce = 4
const rounds = 7

const adapters: [ProviderKind, string][] = [
  ['openai', '/v1/chat/completions'],
  ['azure', '/openai/deployments/bench/chat/completions?api-version=2024-10-21'],
  ['anthropic', '/v1/messages'],
  ['google', '/v1beta/models/bench:streamGenerateContent?alt=sse'],
]

/** Processor for each token of each adapter, against a parser of the same stream that does nothing else. */
export async function benchAdapters(): Promise<void> {
  await using provider = await startProgram('adapter-provider')
  const rows = []
  for (const [kind, path] of adapters) {
    const baseUrl = kind === 'openai' ? `${provider.url}/v1` : provider.url
    const model = createChatModel({ id: 'bench', kind, baseUrl, apiKey: 'bench' }, { id: 'bench', provider: 'bench', model: 'bench', dialect: {} })
    let heard = 0
    const sink = { text: (delta: string) => void (heard += delta.length), reasoning: () => {}, toolCallStart: () => {}, toolCallArgs: () => {} }
    const ask = () => model.complete({ messages: [{ role: 'user', text: 'Go on.' }], tools: [], sink })
    const [bare, ours]: [number[], number[]] = [[], []]
    for (let round = -2; round < rounds; round++) {
      const [bareMicros, ourMicros] = [await perToken(() => parse(provider.url + path)), await perToken(ask)]
      if (round < 0) continue
      bare.push(bareMicros)
      ours.push(ourMicros)
    }
    if (heard === 0) throw new Error(`${kind} said nothing`)
    rows.push({
      adapter: kind,
      'bare parser µs/token': rounded(median(bare)),
      'µs/token': rounded(median(ours)),
      '× parser': ratio(median(ours), median(bare)),
    })
  }
  printTable(`Adapters: processor for each of ${tokens} tokens, ${answersAtOnce} answers at once, median of ${rounds} rounds`, rows)
}

async function perToken(answer: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await Promise.all(Array.from({ length: answersAtOnce }, answer))
  const { user, system } = process.cpuUsage(before)
  return (user + system) / (tokens * answersAtOnce)
}

/** The least that can be done: lines, and JSON. */
async function parse(url: string): Promise<number> {
  const { body } = await request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
  body.setEncoding('utf8')
  let [rest, events] = ['', 0]
  body.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    for (const line of lines) if (line.startsWith('data: {') && JSON.parse(line.slice(6))) events++
  })
  await finished(body)
  return events
}
