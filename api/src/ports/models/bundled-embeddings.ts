import { Worker } from 'node:worker_threads'
import { AppError } from '#lib/app-error.ts'
import { unlessAborted } from '#lib/within.ts'
import type { Embeddings } from './index.ts'

export type BundledEmbeddings = Embeddings & AsyncDisposable & { /** Loads the encoder now rather than at the first text. */ warm(): Promise<void> }

type Item = {
  text: string
  waiting: number
  done: Promise<number[]>
  resolve(vector: number[]): void
  reject(error: unknown): void
}
type Reply = { vectors: number[][]; failure?: undefined } | { failure: string }

export const bundledEncoder = 'use-lite-512'
const textCharactersMax = 2000
/** Of texts that wait together the encoder makes one pass: four cost as much as two that come alone. A pass is as wide as its longest text. */
const textsPerTurn = 8
const charactersPerTurn = 2000
const textsWaitingMax = 256
const textsKept = 256

/**
 * The sentence encoder that comes with Jarvis (Universal Sentence Encoder Lite, English) in a thread of its own, which starts at its first
 * use. Large jobs take turns with small ones; the last texts are remembered. @throws overloaded, unavailable
 */
export function openBundledEmbeddings(): BundledEmbeddings {
  /** By text, so that what waits already is not encoded twice. */
  const queue = new Map<string, Item>()
  const kept = new Map<string, number[]>()
  let worker: Worker | undefined
  let current: Item[] = []
  let closed = false

  function start(): Worker {
    const started = new Worker(new URL('embeddings-worker.ts', import.meta.url), { execArgv: [] })
    started.on('message', onReply)
    started.on('error', (error) => onDeath(started, error))
    started.on('exit', () => onDeath(started, new Error('the thread ended')))
    return started
  }

  function onDeath(dead: Worker, error: unknown): void {
    if (worker !== dead) return
    worker = undefined
    for (const item of take()) item.reject(unavailable(error))
    next()
  }

  function onReply(reply: Reply): void {
    for (const [index, item] of take().entries()) {
      if (reply.failure !== undefined) item.reject(unavailable(reply.failure))
      else {
        keep(item.text, reply.vectors[index]!)
        item.resolve(reply.vectors[index]!)
      }
    }
    next()
  }

  /** What the thread was at work on. */
  function take(): Item[] {
    const items = current
    current = []
    for (const { text } of items) queue.delete(text)
    return items
  }

  function keep(text: string, vector: number[]): void {
    kept.set(text, vector)
    if (kept.size > textsKept) kept.delete(kept.keys().next().value!)
  }

  function next(): void {
    if (current.length > 0) return
    let longest = 0
    for (const item of queue.values()) {
      if (item.waiting === 0) {
        queue.delete(item.text)
        continue
      }
      longest = Math.max(longest, item.text.length)
      if (current.length === textsPerTurn || (current.length > 0 && longest * (current.length + 1) > charactersPerTurn)) break
      current.push(item)
    }
    // Only while there is work may the thread keep the process alive.
    if (current.length === 0) {
      worker?.unref()
      return
    }
    worker ??= start()
    worker.ref()
    worker.postMessage(
      current.map(({ text }) => text),
      [],
    )
  }

  function enqueue(text: string): Item {
    const known = queue.get(text)
    if (known) return known
    if (queue.size >= textsWaitingMax)
      throw new AppError('overloaded', 'Too many texts wait to be encoded. Try again in a moment.', { retryAfterSeconds: 2 })
    const { promise: done, resolve, reject } = Promise.withResolvers<number[]>()
    const item: Item = { text, waiting: 0, done, resolve, reject }
    // Those who wait hear of it; who gave up does not.
    done.catch(() => {})
    queue.set(text, item)
    return item
  }

  async function encode(text: string, signal?: AbortSignal): Promise<number[]> {
    const vector = kept.get(text)
    if (vector) {
      kept.delete(text)
      keep(text, vector)
      return vector
    }
    const item = enqueue(text)
    item.waiting++
    next()
    try {
      return await unlessAborted(item.done, signal)
    } finally {
      item.waiting--
    }
  }

  async function run(texts: string[], signal?: AbortSignal): Promise<number[][]> {
    const vectors: number[][] = []
    for (let from = 0; from < texts.length; from += textsPerTurn) {
      signal?.throwIfAborted()
      if (closed) throw unavailable('it was closed')
      vectors.push(...(await Promise.all(texts.slice(from, from + textsPerTurn).map((text) => encode(text, signal)))))
    }
    return vectors
  }

  return {
    id: bundledEncoder,
    model: bundledEncoder,
    charactersMax: textCharactersMax,
    textsMax: Infinity,
    async embed(texts, signal) {
      return { vectors: await run(texts.map(encodable), signal), inputTokens: 0 }
    },
    async warm() {
      await run(['warm'])
    },
    async [Symbol.asyncDispose]() {
      closed = true
      const ending = worker
      worker = undefined
      for (const item of queue.values()) item.reject(unavailable('it was closed'))
      queue.clear()
      current = []
      await ending?.terminate()
    },
  }
}

/** The encoder cannot take a text without a token. */
const encodable = (text: string) => text.slice(0, textCharactersMax) || ' '

const unavailable = (cause: unknown) => new AppError('unavailable', 'The bundled sentence encoder does not work.', { cause })
