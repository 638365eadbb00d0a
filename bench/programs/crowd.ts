import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import { type Dispatcher, request } from 'undici'

export type CrowdOf = { api: string; token: string; conversationId: string; kinds: CrowdKind[] }
export type CrowdKind = 'searches' | 'memory searches' | 'exports' | 'tool calls'
/** How many answers there were of each status. */
export type Seen = Record<string, number>

// One person's requests, in a thread of its own: to read what they bring must not delay those who measure.

const { api, token, conversationId, kinds } = workerData as CrowdOf
const headers = { authorization: `Bearer ${token}` }
/** Frequent, rare, two Chinese characters, absent, and two letters that occur nowhere. */
const words = ['river', 'number 77', '東京', 'zebra crossing', 'qx']
const atOnce: Record<CrowdKind, number> = { searches: 24, 'memory searches': 24, exports: 3, 'tool calls': 4 }
const asks: Record<CrowdKind, (turn: number) => Promise<Dispatcher.ResponseData>> = {
  searches: (turn) => request(`${api}/conversations?q=${encodeURIComponent(words[turn % words.length]!)}`, { headers }),
  'memory searches': (turn) => request(`${api}/memories?q=${encodeURIComponent(`river ${turn % 100}`)}`, { headers }),
  exports: () => request(`${api}/me/export`, { headers }),
  // The practice model calls the calculator when it is given a sum.
  'tool calls': (turn) =>
    request(`${api}/conversations/${conversationId}/messages`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ messageId: crypto.randomUUID(), content: `What is ${turn} * 7?` }),
    }),
}

const stop = new AbortController()
parentPort!.once('message', () => stop.abort())
const seen: Seen = {}
await Promise.all(kinds.flatMap((kind) => Array.from({ length: atOnce[kind] }, () => again(asks[kind]))))
parentPort!.postMessage(seen, [])

/** Again as soon as it is answered, or when a refusal says so. */
async function again(ask: (turn: number) => Promise<Dispatcher.ResponseData>): Promise<void> {
  for (let turn = 0; !stop.signal.aborted; turn++) {
    const { statusCode, headers, body } = await ask(turn)
    for await (const _ of body) if (stop.signal.aborted) break
    seen[statusCode] = (seen[statusCode] ?? 0) + 1
    if (statusCode >= 400) await sleep(Number(headers['retry-after'] ?? 1) * 1000, undefined, { signal: stop.signal }).catch(() => undefined)
  }
}
