import { Queue, Worker, type Job } from 'bullmq'
import type pg from 'pg'
import { AppError } from '#lib/app-error.ts'
import { inRequest } from '#lib/request-context.ts'
import { within } from '#lib/within.ts'
import type { AccessWatch } from '#ports/access/index.ts'
import type { Database } from '#ports/database/index.ts'
import { jobsFailed } from '#lib/meters.ts'
import { type JobHandler, type Jobs, OwnerGone } from './index.ts'
import { ownedBy, ownerOf, type Owned } from './owner.ts'
import { createSchedules } from './schedules.ts'
import { postgresStore, redisStore } from './stores.ts'

export type JobsOptions = {
  /** Where the queues live: on Redis when given, else in the schema `jobs` of this database. */
  redisUrl?: string | undefined
  postgres?: pg.PoolConfig | undefined
  /** Where people and schedules are, migrated. */
  db: Database['db']
  /** Failed attempts and connection errors, for the log. */
  onError?: (error: unknown, job?: { name: string; attempt: number; final: boolean }) => void
  /** By whose access a job is done: once that is no more, it is dropped. */
  hold?: AccessWatch['hold']
  /** How long a worker may be silent before its jobs are given to another. */
  lockMs?: number
}

const openMs = 6000
const readyMs = 3000
const countMs = 2000
const closeMs = { handlersFinish: 4000, handlersAbort: 800, store: 500 }
const jobDefaults = {
  // Doubling from a second, the last after half an hour: longer than an engine is away for an upgrade.
  attempts: 12,
  backoff: { type: 'exponential', delay: 1000 },
  removeOnComplete: { age: 24 * 3600, count: 10_000 },
  removeOnFail: { age: 7 * 24 * 3600, count: 10_000 },
}

/**
 * Jobs on BullMQ, one queue per name: a job waits until some process works on its name, and a slow kind holds up no other. Twelve attempts;
 * four at a time per name and process. Done jobs, and with them their ids, are remembered for a day, failed ones for a week.
 * @throws `unavailable` when the store cannot be reached now
 */
export async function openJobs({ redisUrl, postgres, db, onError = () => {}, hold = () => () => {}, lockMs = 30_000 }: JobsOptions): Promise<Jobs> {
  const store = redisUrl === undefined ? postgresStore(postgres ?? {}, onError) : redisStore(redisUrl, onError)
  const queues = new Map<string, Queue>()
  const workers = new Map<string, Worker>()
  const schedules = createSchedules({ db }, add, onError)

  await within(openMs, store.ready()).catch(async (cause: unknown) => {
    await store.close()
    throw unavailable(cause)
  })

  function queueOf(name: string): Queue {
    let queue = queues.get(name)
    if (!queue) {
      queue = new Queue(name, store.producer, store.producerBackend)
      queue.on('error', onError)
      // It keeps a start that failed as the answer to all later calls.
      queue.waitUntilReady().catch(() => queues.delete(name))
      queues.set(name, queue)
    }
    return queue
  }

  function startWorker(name: string, handler: JobHandler): Worker {
    const handle = (job: Job, _token?: string, signal?: AbortSignal) => ofRequest(job, () => doFor({ db, hold }, job, handler, signal!))
    const options = { ...store.consumer, concurrency: 4, lockDuration: lockMs, stalledInterval: lockMs, maxStalledCount: 4 }
    const worker = new Worker(name, handle, options, store.consumerBackend)
    worker.on('error', onError)
    worker.on('failed', (job, error) => {
      jobsFailed.inc({ queue: name })
      ofRequest(job, () => onError(error, job && { name, attempt: job.attemptsMade, final: job.attemptsMade >= jobDefaults.attempts }))
    })
    return worker
  }

  async function add(...[name, payload, { owner, id }]: Parameters<Jobs['add']>): Promise<void> {
    if (id !== undefined && /^\d+$|:|^$/.test(id)) throw new TypeError(`Not a job id: ${id}`)
    try {
      const queue = queueOf(name)
      // Else it would be added later, though its caller was told that it is not.
      await within(readyMs, queue.waitUntilReady())
      await queue.add(name, ownedBy(owner, payload), id === undefined ? jobDefaults : { ...jobDefaults, jobId: id })
    } catch (cause) {
      throw unavailable(cause)
    }
  }

  return {
    add,
    schedule: schedules.schedule,
    unschedule: schedules.unschedule,

    work(name, handler) {
      if (workers.has(name)) throw new TypeError(`This process works on ${name} already`)
      workers.set(name, startWorker(name, handler))
      schedules.start()
    },

    async waiting() {
      const counts = [...workers.keys()].map(async (name) => [name, await queueOf(name).getWaitingCount()] as const)
      return Object.fromEntries(await within(countMs, Promise.all(counts)))
    },

    async [Symbol.asyncDispose]() {
      await schedules.stop()
      await Promise.all(workers.values().map(closeWorker))
      await closeInTime(Promise.all(queues.values().map((queue) => queue.close())))
      await store.close()
    },
  }
}

/** What a request left to be done is logged under its id. */
function ofRequest<Result>(job: Job | undefined, work: () => Result): Result {
  const { requestId } = (job?.data ?? {}) as Partial<Owned>
  return requestId === undefined ? work() : inRequest(requestId, work)
}

/** The one place where a handler is called: not for an owner who is gone or may not be here, and no longer than they are. What is done keeps its id, and nothing of the person. */
async function doFor({ db, hold }: Required<Pick<JobsOptions, 'db' | 'hold'>>, job: Job, handler: JobHandler, signal: AbortSignal): Promise<void> {
  const data = job.data as Owned | Record<string, never>
  // Done by a process that died before it could say so.
  if (!('payload' in data)) return
  const owner = ownerOf({ db }, data as Owned)
  const gone = new AbortController()
  const letGo = owner.userId === null ? undefined : hold({ userId: owner.userId, viaId: null }, () => gone.abort(new OwnerGone('It is closed.')))
  try {
    await owner.requireThere()
    await handler(data.payload, owner, AbortSignal.any([signal, gone.signal]))
  } catch (error) {
    if (!(error instanceof OwnerGone) && !gone.signal.aborted) throw error
  } finally {
    letGo?.()
  }
  await job.updateData({})
}

/** Lets handlers finish, then aborts them. One that ignores its signal is left behind; its lock runs out and another process takes the job. */
async function closeWorker(worker: Worker): Promise<void> {
  const closed = worker.close()
  try {
    await within(closeMs.handlersFinish, closed)
  } catch {
    worker.cancelAllJobs('shutdown')
    await within(closeMs.handlersAbort, closed).catch(() => closeInTime(worker.disconnect()))
  }
}

/** BullMQ waits for a store that is away until it is back; what is still open then ends with the store's own connections. */
async function closeInTime(closing: Promise<unknown>): Promise<void> {
  await within(closeMs.store, closing).catch(() => {})
}

function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'A part of Jarvis cannot be reached right now. Try again in a moment.', { cause })
}
