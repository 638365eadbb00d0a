import type { Browser, BrowserTask, Look, PageView } from './index.ts'
import { createHostProcess } from './host-process.ts'
import { createPlaces, type PlacesOptions } from './places.ts'
import type { HostOptions, HostWork } from './protocol.ts'

const workMaxMs = 25_000
const releaseMaxMs = 5000

/** The browser behind a process of its own. Nothing is started before the first page is opened. */
export function openBrowser(options: HostOptions, { workMs = workMaxMs, ...places }: PlacesOptions & { workMs?: number }): Browser {
  const host = createHostProcess(options)
  const turns = new Map<string, Promise<unknown>>()
  const line = createPlaces(places, (taskId) => void closeIn(taskId))

  /** The tools of one answer may be called side by side, but a task has one page. */
  function inTurn<Result>(taskId: string, work: () => Promise<Result>): Promise<Result> {
    const turn = (turns.get(taskId) ?? Promise.resolve()).then(work, work)
    const ended = turn.catch(() => undefined).finally(() => turns.get(taskId) === ended && turns.delete(taskId))
    turns.set(taskId, ended)
    return turn
  }

  /** `opening`: who the place is for that the task needs. */
  async function run(taskId: string, work: HostWork, signal: AbortSignal, opening?: BrowserTask) {
    return await inTurn(taskId, async () => {
      if (opening) await line.take(opening, signal)
      const done = line.use(taskId)
      try {
        return (await host.run(taskId, work, workMs, signal)).result
      } finally {
        done()
      }
    })
  }

  /** The context goes with its task, whether or not the process still knows it. */
  async function closeIn(taskId: string): Promise<void> {
    if (host.isRunning()) await host.run(taskId, { kind: 'release' }, releaseMaxMs).catch(() => undefined)
  }

  return {
    act: async (task, action, signal) => (await run(task.taskId, action, signal, action.kind === 'open' ? task : undefined)) as PageView,
    look: async (taskId, ref, signal) => (await run(taskId, { kind: 'look', ref }, signal)) as Look,
    rest: (taskId) => line.rest(taskId),
    async release(taskId) {
      line.give(taskId)
      await closeIn(taskId)
    },
    async [Symbol.asyncDispose]() {
      line.stop()
      await host[Symbol.asyncDispose]()
    },
  }
}
