import { Worker } from 'node:worker_threads'
import { AppError } from '#lib/app-error.ts'
import type { Embeddings } from './index.ts'

export type BundledEmbeddings = Embeddings & AsyncDisposable & { /** Loads the encoder now rather than at the first text. */ warm(): Promise<void> }

type Job = { texts: string[]; vectors: number[][]; signal: AbortSignal | undefined; resolve(vectors: number[][]): void; reject(error: unknown): void }
type Reply = { vectors: number[][]; failure?: undefined } | { failure: string }

const textCharactersMax = 2000
const textsPerTurn = 16
const jobsMax = 256

/**
 * The sentence encoder that comes with Jarvis (Universal Sentence Encoder Lite, English) in a thread of its own, which starts at its first
 * use. Large jobs take turns with small ones. @throws overloaded, unavailable
 */
export function openBundledEmbeddings(): BundledEmbeddings {
  const jobs: Job[] = []
  let worker: Worker | undefined
  let current: Job | undefined
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
    current?.reject(unavailable(error))
    current = undefined
    next()
  }

  function onReply(reply: Reply): void {
    const job = current!
    current = undefined
    if (reply.failure !== undefined) job.reject(unavailable(reply.failure))
    else {
      job.vectors.push(...reply.vectors)
      if (job.vectors.length === job.texts.length) job.resolve(job.vectors)
      else jobs.push(job)
    }
    next()
  }

  function next(): void {
    if (current) return
    current = jobs.shift()
    while (current?.signal?.aborted) current = jobs.shift()
    // Only while there is work may the thread keep the process alive.
    if (!current) {
      worker?.unref()
      return
    }
    worker ??= start()
    worker.ref()
    const from = current.vectors.length
    worker.postMessage(current.texts.slice(from, from + textsPerTurn), [])
  }

  function run(texts: string[], signal?: AbortSignal): Promise<number[][]> {
    signal?.throwIfAborted()
    if (closed) throw unavailable('it was closed')
    if (texts.length === 0) return Promise.resolve([])
    if (jobs.length >= jobsMax)
      throw new AppError('overloaded', 'Too many texts wait to be encoded. Try again in a moment.', { retryAfterSeconds: 2 })
    return new Promise<number[][]>((resolve, reject) => {
      const onAbort = () => settle(() => reject(signal?.reason))
      const settle = (how: () => void) => {
        signal?.removeEventListener('abort', onAbort)
        how()
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      jobs.push({ texts, vectors: [], signal, resolve: (vectors) => settle(() => resolve(vectors)), reject: (error) => settle(() => reject(error)) })
      next()
    })
  }

  return {
    id: 'use-lite-512',
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
      for (const job of [...jobs.splice(0), ...(current ? [current] : [])]) job.reject(unavailable('it was closed'))
      current = undefined
      await ending?.terminate()
    },
  }
}

/** The encoder cannot take a text without a token. */
const encodable = (text: string) => text.slice(0, textCharactersMax) || ' '

const unavailable = (cause: unknown) => new AppError('unavailable', 'The bundled sentence encoder does not work.', { cause })
