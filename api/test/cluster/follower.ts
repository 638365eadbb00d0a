import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { type Answer, emptyAnswer, foldRunEvent, type RunEvent } from '@jarvis/contracts/run.ts'
import type { ServerFrame } from '@jarvis/contracts/socket.ts'
import { WebSocket } from 'ws'
import { parseSse } from '../client.ts'
import type { Seeded } from './story.ts'

export type Numbered = { seq: number; event: RunEvent }
export type Told = { events: Numbered[]; answer: Answer; connections: number }
type Place = { url: string; token: string; runId: string; after: number }
type Connect = (place: Place, onClose?: (code: number) => void) => AsyncGenerator<Numbered, void>

const backOffMs = 20

/** The run's events from one socket until it breaks. */
export async function* overSocket({ url, token, runId, after }: Place, onClose?: (code: number) => void): AsyncGenerator<Numbered, void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/ws`, ['jarvis.v1'])
  const frames: ServerFrame[] = []
  let wake = () => {}
  let closed = false
  socket.on('message', (data) => {
    frames.push(JSON.parse((data as Buffer).toString()) as ServerFrame)
    wake()
  })
  socket.on('error', () => {})
  socket.on('open', () => {
    socket.send(JSON.stringify({ type: 'hello', token }))
    socket.send(JSON.stringify({ type: 'subscribe', runId, after }))
  })
  socket.on('close', (code) => {
    closed = true
    onClose?.(code)
    wake()
  })
  try {
    for (;;) {
      const frame = frames.shift()
      if (frame?.type === 'event') yield { seq: frame.seq, event: frame.event }
      else if (frame?.type === 'error') {
        if (frame.code !== 'unavailable') throw new Error(`the socket answered ${frame.code}: ${frame.detail}`)
        return
      } else if (!frame && closed) return
      else if (!frame) await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    socket.terminate()
  }
}

/** The run's events from one event stream until it breaks. */
export async function* overSse(place: Place): AsyncGenerator<Numbered, void> {
  let rest = ''
  for await (const text of received(place)) {
    const blocks = (rest + text).split('\n\n')
    rest = blocks.pop()!
    for (const block of blocks) yield* parseSse(block)
  }
}

/** A connection that breaks is the end of the text: the client comes back. */
async function* received({ url, token, runId, after }: Place): AsyncGenerator<string, void> {
  const cut = new AbortController()
  const headers = { authorization: `Bearer ${token}`, 'last-event-id': String(after) }
  try {
    const response = await fetch(`${url}/api/v1/runs/${runId}/events`, { headers, signal: cut.signal }).catch(() => undefined)
    if (!response || response.status === 503) return
    if (response.status !== 200) throw new Error(`events answered ${response.status}: ${await response.text()}`)
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
    for (;;) {
      const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }))
      if (done) return
      yield value!
    }
  } finally {
    cut.abort()
  }
}

export type Following = {
  urls: readonly string[]
  token: string
  runId: string
  random: Seeded
  connect?: Connect | undefined
  /** After which event, counted over the whole run, this client loses its connection. */
  cutsAfter?: ReadonlySet<number>
  onEvent?: (told: Numbered) => void
  onClose?: (code: number) => void
}

/**
 * Follows a run to its end as our own client does: with its last seq, at another process whenever a connection breaks. Throws where a seq
 * comes twice, out of order, or is left out.
 */
export async function follow({ urls, token, runId, random, connect, cutsAfter = new Set(), onEvent, onClose }: Following): Promise<Told> {
  const events: Numbered[] = []
  let answer = emptyAnswer
  let last = 0
  for (let connections = 1; ; connections++) {
    const way = connect ?? (random.next() < 0.5 ? overSocket : overSse)
    for await (const told of way({ url: random.pick(urls), token, runId, after: last }, onClose)) {
      const isNext = told.seq === last + 1
      // A log that was lost starts anew at the next million.
      const isAnew = told.seq > last && told.seq % 1_000_000 === 1
      if (!isNext && !isAnew) throw new Error(`run ${runId}: seq ${told.seq} after ${last}`)
      last = told.seq
      events.push(told)
      answer = foldRunEvent(answer, told.event)
      onEvent?.(told)
      if (told.event.type === 'RUN_FINISHED' || told.event.type === 'RUN_ERROR') return { events, answer, connections }
      if (cutsAfter.has(events.length)) break
    }
    await wait(backOffMs)
  }
}

/** Resolves when the socket has closed, with its code. */
export const closeCodeOf = async (socket: WebSocket) => ((await once(socket, 'close')) as [number])[0]
