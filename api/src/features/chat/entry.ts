import type { Accepted, SendBody } from '@jarvis/contracts/chat.ts'
import { waitingRuns } from '#features/runs/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { Caller } from '#lib/caller.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database } from '#ports/database/index.ts'
import type { Asked } from '#ports/limits/rate-limit.ts'

export type EntryDeps = Pick<Database, 'db'> & {
  /** Spends one request of the caller's sliding windows for what has this name, however often it comes, or says why not. */
  admit(caller: Caller, name: string): Promise<Asked>
  /** @throws invalid_request, model_not_allowed */
  checkModel(caller: Caller, model: string | undefined): string | null
  toolNames(caller: Caller): string[]
  runsWaitingMax: number
}
export type Wish = Pick<SendBody, 'model' | 'tools' | 'effort'>

/** `admission` is what a new run met in the windows of the caller's plan; a repeat spends nothing and has none. */
export type Acceptance = { accepted: Accepted; admission: Asked | null } | { refusal: AppError; admission: Asked }
export type Entry = ReturnType<typeof createEntry>

/** What each new run that a person asks for has to pass before anything is stored. */
export function createEntry({ db, admit, checkModel, toolNames, runsWaitingMax }: EntryDeps) {
  const requireRoom = createBacklog(db, runsWaitingMax)

  /** @throws invalid_request, model_not_allowed, overloaded */
  return async (caller: Caller, { model, tools }: Wish, name: string): Promise<{ requestedModel: string | null; admission: Asked }> => {
    const requestedModel = checkModel(caller, model)
    const offered = toolNames(caller)
    const unknown = tools?.find((name) => !offered.includes(name))
    if (unknown !== undefined) {
      throw new AppError('invalid_request', `There is no tool "${unknown}" for you.`, {
        errors: [{ path: 'tools', message: `"${unknown}" is not available` }],
      })
    }
    await requireRoom()
    return { requestedModel, admission: await admit(caller, name) }
  }
}

/** @throws rate_limited */
export function acceptedOf(acceptance: Acceptance): Accepted {
  if ('refusal' in acceptance) throw acceptance.refusal
  return acceptance.accepted
}

const backlogAgeMsMax = 500

/** Sheds new work while the line is full; the line is counted at most twice a second. @throws overloaded */
function createBacklog(db: Database['db'], runsWaitingMax: number): () => Promise<void> {
  let counted = { at: -Infinity, waiting: Promise.resolve(0) }
  return async () => {
    if (performance.now() - counted.at > backlogAgeMsMax) {
      counted = { at: performance.now(), waiting: waitingRuns(db) }
    }
    if ((await counted.waiting) < runsWaitingMax) return
    throw refusal('overloaded.line', {}, { retryAfterSeconds: 5 })
  }
}
