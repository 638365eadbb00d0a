import type { LogEntry, RunLog } from './index.ts'

type Follower = { wake: () => void; stop: () => void }

type Log = {
  opened: boolean
  attempt: number
  ended: boolean
  /** `entries[i]` has seq `base + i + 1`; followers share the array and keep only their place in it, so a slow one costs nothing. */
  base: number
  entries: LogEntry[]
  /** Once it has ended and nobody reads it: the entries as lines of one string, for most logs are kept for an hour and never read again. */
  packed: string | undefined
  followers: Set<Follower>
  expiry: NodeJS.Timeout | undefined
}

const openSecondsMax = 24 * 3600

/** Logs that have ended go before their time, the oldest first, when together they hold more than `endedCharactersMax`. */
export function createInProcessRunLog({
  retentionSeconds = 3600,
  endedCharactersMax = 64 * 1024 * 1024,
}: { retentionSeconds?: number; endedCharactersMax?: number } = {}): RunLog {
  const logs = new Map<string, Log>()
  /** In the order of their ends, with what each holds. */
  const ended = new Map<string, number>()
  let endedCharacters = 0

  function logOf(runId: string): Log {
    let log = logs.get(runId)
    if (!log) {
      log = { opened: false, attempt: 0, ended: false, base: 0, entries: [], packed: undefined, followers: new Set(), expiry: undefined }
      logs.set(runId, log)
    }
    return log
  }

  function writable(runId: string, attempt: number): Log | undefined {
    const log = logs.get(runId)
    return log?.opened && log.attempt === attempt && !log.ended ? log : undefined
  }

  function expireIn(runId: string, log: Log, seconds: number) {
    clearTimeout(log.expiry)
    log.expiry = setTimeout(() => remove(runId, log), seconds * 1000).unref()
  }

  /** One that somebody still reads stays with its reader. */
  function makeRoom() {
    for (const runId of ended.keys()) {
      if (endedCharacters <= endedCharactersMax) return
      remove(runId, logs.get(runId)!)
    }
  }

  function remove(runId: string, log: Log) {
    clearTimeout(log.expiry)
    if (logs.get(runId) === log) {
      endedCharacters -= ended.get(runId) ?? 0
      ended.delete(runId)
    }
    if (logs.get(runId) === log) logs.delete(runId)
    if (!log.ended) for (const follower of log.followers) follower.stop()
  }

  return {
    async open(runId, attempt) {
      const log = logOf(runId)
      if (!log.opened) {
        log.opened = true
        log.base = (attempt - 1) * 1_000_000
      }
      log.attempt = Math.max(log.attempt, attempt)
      if (!log.ended) expireIn(runId, log, openSecondsMax)
      return log.base + entriesOf(log).length
    },

    append(runId, attempt, events) {
      const log = writable(runId, attempt)
      if (!log) return false
      for (const json of events) log.entries.push({ seq: log.base + log.entries.length + 1, json })
      for (const follower of log.followers) follower.wake()
      return true
    },

    async end(runId, attempt) {
      const log = writable(runId, attempt)
      if (!log) return false
      log.ended = true
      expireIn(runId, log, retentionSeconds)
      const characters = log.entries.reduce((sum, { json }) => sum + json.length, 0)
      ended.set(runId, characters)
      endedCharacters += characters
      for (const follower of log.followers) follower.wake()
      pack(log)
      makeRoom()
      return true
    },

    async drop(runId) {
      const log = logs.get(runId)
      if (log) remove(runId, log)
    },

    async has(runId) {
      return logs.get(runId)?.opened ?? false
    },

    follow(runId, after, signal) {
      const log = logOf(runId)
      return followLog(log, after, signal, () => {
        if (!log.opened && log.followers.size === 0) remove(runId, log)
      })
    },

    async [Symbol.asyncDispose]() {
      for (const [runId, log] of logs) remove(runId, log)
    },
  }
}

/** JSON holds no line feed of its own. */
const lineFeed = '\n'

function pack(log: Log): void {
  if (!log.ended || log.followers.size > 0 || log.entries.length === 0) return
  log.packed = log.entries.map(({ json }) => json).join(lineFeed)
  log.entries = []
}

function entriesOf(log: Log): LogEntry[] {
  if (log.packed === undefined) return log.entries
  log.entries = log.packed.split(lineFeed).map((json, index) => ({ seq: log.base + index + 1, json }))
  log.packed = undefined
  return log.entries
}

type Step = IteratorResult<LogEntry[], undefined>

/** By hand, not an async generator: this is the token path, and here an append resolves a waiting `next()` at once. */
function followLog(log: Log, after: number, signal: AbortSignal, onFinish: () => void): AsyncIterable<LogEntry[]> {
  let seq = after
  let finished = false
  let resolveNext: ((step: Step) => void) | undefined

  const follower: Follower = {
    wake() {
      const step = resolveNext && take()
      if (step) answer(step)
    },
    stop() {
      answer(finish())
    },
  }

  function answer(step: Step) {
    resolveNext?.(step)
    resolveNext = undefined
  }

  function take(): Step | undefined {
    if (finished) return finish()
    if (!log.opened) return undefined
    const batch = entriesOf(log).slice(Math.max(seq - log.base, 0))
    if (batch.length > 0) {
      seq = batch[batch.length - 1]!.seq
      return { done: false, value: batch }
    }
    return log.ended ? finish() : undefined
  }

  function finish(): Step {
    finished = true
    signal.removeEventListener('abort', follower.stop)
    if (log.followers.delete(follower)) onFinish()
    pack(log)
    return { done: true, value: undefined }
  }

  log.followers.add(follower)
  if (signal.aborted) finish()
  else signal.addEventListener('abort', follower.stop)

  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => take() ?? new Promise<Step>((resolve) => (resolveNext = resolve)),
      return: async () => finish(),
    }),
  }
}
