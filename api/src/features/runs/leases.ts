import { uptime } from 'node:os'
import type { Log } from '#lib/log.ts'
import { isToEnd, stoppedByPerson } from '#lib/stopped-by-person.ts'
import { within } from '#lib/within.ts'
import type { Database } from '#ports/database/index.ts'
import { type AttemptId, claim, endLeases, type EndedRun, giveBack, type GivenBack, leaseMs, renew } from './line.ts'
import { LeaseLost, type RunRow } from './run.ts'

/** An attempt of this process. */
export type Held = {
  readonly run: RunRow
  readonly controller: AbortController
  /** By the clock: before this no other process takes the run over. */
  validUntil: number
}

export type LeasesDeps = Pick<Database, 'db'> & {
  owner: string
  log: Log
  /** Milliseconds that also pass while the process is stopped or the machine sleeps, which `performance.now()` does not count. */
  clock?: () => number
  /** Milliseconds that this thread has computed. */
  computed?: () => number
}
export type Leases = ReturnType<typeof createLeases>

const beatMsMax = 3000
/** A process that was silent for so long may not be the only one that was. */
const silentMs = leaseMs / 2
const hungMs = leaseMs / 2
/** So long it then leaves to the others to renew what is theirs. */
const graceMs = 2500

const keyOf = ({ id, attempt }: AttemptId) => `${id} ${attempt}`

/**
 * The attempts that this process has, each by run and attempt. A lease counts from when its renewal was sent: a process that was paused sees on
 * waking that its leases are stale, and renews them before it claims a run or goes on with one.
 */
export function createLeases({ db, owner, log, clock = () => uptime() * 1000, computed = threadMs }: LeasesDeps) {
  const held = new Map<string, Held>()
  /** What the database does not know yet: an outage delays it. */
  const back = new Map<string, GivenBack>()
  const ended = new Map<string, EndedRun>()
  let beating: Promise<void> | null = null
  let flushing: Promise<void> = Promise.resolve()
  let last = { sentAt: clock(), computed: computed() }
  let reachedAt = clock()
  let takeOverFrom = -Infinity

  function reached(sentAt: number): void {
    if (sentAt - reachedAt > silentMs) takeOverFrom = clock() + graceMs
    reachedAt = Math.max(reachedAt, sentAt)
  }

  /**
   * Whether the thread computed for so long, in a time that was too long for a lease, that one of its runs kept it from renewing: longer than it
   * may have worked from its last beat to a pause. On a busy machine a thread that never rests has a small share of the time.
   */
  function hung(sentAt: number): boolean {
    const now = computed()
    const silence = sentAt - last.sentAt
    const isHung = silence > leaseMs && now - last.computed > hungMs
    last = { sentAt, computed: now }
    return isHung
  }

  async function renewAll(): Promise<void> {
    const sentAt = clock()
    const all = [...held.values()]
    // Which of them it was shows when they go on one at a time.
    if (hung(sentAt)) for (const { run, controller } of all) leave(run, controller, { hangs: 1 })
    else if (all.length > 0) {
      const kept = new Map(
        (
          await renew(
            db,
            all.map(({ run }) => run),
          )
        ).map((row) => [keyOf(row), row]),
      )
      reached(sentAt)
      for (const it of all) {
        const row = kept.get(keyOf(it.run))
        if (!row) it.controller.abort(new LeaseLost())
        else it.validUntil = Math.max(it.validUntil, sentAt + leaseMs)
        if (row?.is_stopped) it.controller.abort(stoppedByPerson)
      }
    }
    await flush()
  }

  function leave(run: RunRow, controller: AbortController, why: Partial<GivenBack>): void {
    if (!held.delete(keyOf(run))) return
    back.set(keyOf(run), { id: run.id, attempt: run.attempt, hangs: 0, breaks: 0, pauseMs: 0, ...why })
    controller.abort(new LeaseLost())
  }

  async function flushNow(): Promise<void> {
    const [backNow, endedNow] = [[...back.values()], [...ended.values()]]
    if (backNow.length > 0) await giveBack(db, backNow)
    for (const it of backNow) back.delete(keyOf(it))
    if (endedNow.length > 0) await endLeases(db, endedNow)
    for (const it of endedNow) ended.delete(keyOf(it))
  }

  /** One after the other: runs that end together are told together. */
  function flush(): Promise<void> {
    flushing = flushing.catch(() => undefined).then(flushNow)
    return flushing
  }

  /** One at a time. What comes after its deadline is still true: nobody gets an attempt back that is over. */
  function beat(): Promise<void> {
    beating ??= within(beatMsMax, renewAll()).finally(() => (beating = null))
    return beating
  }

  const attemptsOf = (runId: string) => [...held.values()].filter(({ run }) => run.id === runId)

  return {
    beat,
    size: () => held.size,
    has: (runId: string) => attemptsOf(runId).length > 0,

    /** Takes runs out of the line; an earlier attempt of this process at one of them is over. */
    async claim(runsMax: number): Promise<Held[]> {
      if (clock() - reachedAt > silentMs) await beat()
      const sentAt = clock()
      const takeOver = sentAt - reachedAt <= silentMs && sentAt >= takeOverFrom
      const suspectsMax = [...held.values()].some(({ run }) => run.hangs > 0) ? 0 : 1
      const claimed = await claim(db, { owner, runsMax, suspectsMax, takeOver })
      reached(sentAt)
      return claimed.map((run) => {
        for (const earlier of attemptsOf(run.id)) earlier.controller.abort(new LeaseLost())
        const own = { run, controller: new AbortController(), validUntil: sentAt + leaseMs }
        if (run.cancelRequestedAt) own.controller.abort(stoppedByPerson)
        held.set(keyOf(run), own)
        return own
      })
    },

    /** Resolves while the attempt may go on. @throws LeaseLost */
    async assure({ run, controller: { signal }, ...own }: Held): Promise<void> {
      const isValid = () => clock() < (held.get(keyOf(run)) ?? own).validUntil
      if (!isValid()) await beat().catch((error: unknown) => log.error({ err: error }, 'renewing leases failed'))
      if (!isValid() || (signal.aborted && !isToEnd(signal.reason))) throw new LeaseLost()
    },

    /** `why` is what `isToEnd` takes. */
    stop(runId: string, why: unknown = stoppedByPerson): void {
      for (const { controller } of attemptsOf(runId)) controller.abort(why)
    },

    abandon({ run, controller }: Held, why: Partial<GivenBack> = {}): void {
      leave(run, controller, why)
    },

    /** The run and its log have ended. */
    end({ run }: Held, lastSeq: number): void {
      held.delete(keyOf(run))
      ended.set(keyOf(run), { id: run.id, attempt: run.attempt, lastSeq })
    },

    /** Tells the database what was given back and ended, now rather than with the next beat. */
    flush,

    abandonAll(): void {
      for (const { controller } of held.values()) controller.abort(new LeaseLost())
    },
  }
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
