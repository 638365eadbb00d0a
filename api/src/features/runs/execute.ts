import type { RunEvent } from '@jarvis/contracts/run.ts'
import { AppError } from '#lib/app-error.ts'
import type { Log } from '#lib/log.ts'
import { isDatabaseOutage } from '#lib/outage.ts'
import { stoppedByPerson } from '#lib/stopped-by-person.ts'
import type { RunLog } from '#ports/run-log/index.ts'
import type { Span, Tracing } from '#ports/tracing/index.ts'
import { refusal } from '#lib/refusal.ts'
import { countEnd, createFirstTokenCount } from './count-end.ts'
import type { Held, Leases } from './leases.ts'
import type { GivenBack } from './line.ts'
import { LeaseLost, type RunKind, type RunRow } from './run.ts'
import { eventsSoFar, takenOver } from './take-over.ts'

export type ExecuteDeps = { runLog: RunLog; tracing: Tracing; log: Log; leases: Leases; kindOf(run: RunRow): RunKind }

/** A run that breaks off for a reason nobody foresaw is tried again, but not for ever. */
const breaksMax = 4
/** A run that so often was at work when its process died ends its processes itself. */
const lossesMax = 10
/** And one that so often outlived its lease in a process that lived on hangs it. */
const hangsMax = 2
/** An engine that is away says nothing about the question, but nobody waits for ever. */
const outageMsMax = 15 * 60_000
const outagePauseMs = 1000
const brokenPauseMs = 60_000

/** One attempt, from its log's opening to the log's end, or to the moment it is given back. Never rejects. */
export function execute(deps: ExecuteDeps, held: Held): Promise<'ended' | 'given back'> {
  const { id, kind, attempt, requestId, trace } = held.run
  const attributes = { 'jarvis.run.id': id, 'jarvis.run.kind': kind, 'jarvis.run.attempt': attempt, 'jarvis.request_id': requestId ?? id }
  return deps.tracing.span('run', attributes, (span) => attemptAt(deps, held, span), { kind: 'consumer', parent: trace })
}

async function attemptAt({ runLog, log, leases, kindOf }: ExecuteDeps, held: Held, span: Span): Promise<'ended' | 'given back'> {
  const { run, controller } = held
  const { signal } = controller
  let lastSeq = 0
  const write = async (event: RunEvent) => {
    const appended = runLog.append(run.id, run.attempt, [JSON.stringify(event)])
    // In process it is done at once, and each await would be paid for every token.
    if (!(typeof appended === 'boolean' ? appended : await appended)) throw new LeaseLost()
    lastSeq++
    countEnd(run, event)
  }
  try {
    await leases.assure(held)
    log.info({ runId: run.id, kind: run.kind, attempt: run.attempt }, 'run started')
    lastSeq = await runLog.open(run.id, run.attempt)
    const kind = kindOf(run)
    try {
      requireHope(run)
      const told = run.attempt > 1 ? await eventsSoFar(runLog, run.id, lastSeq) : []
      const events = kind.execute(run, { signal, told, assure: () => leases.assure(held), abandon: (reason) => controller.abort(reason) })
      const all = run.attempt > 1 ? takenOver(events, told, run.assistantMessageId) : events
      const countFirstToken = createFirstTokenCount(run, told)
      for await (const event of all) {
        await write(event)
        countFirstToken(event)
      }
    } catch (error) {
      const thrown: unknown = signal.aborted ? signal.reason : error
      if (!endsRun(run, thrown)) throw thrown
      log.info({ err: error, runId: run.id }, 'run ended without an answer')
      if (thrown !== stoppedByPerson) span.fail(thrown instanceof AppError ? thrown.code : 'internal')
      for (const event of await kind.fail(run, thrown, await eventsSoFar(runLog, run.id, lastSeq))) await write(event)
    }
    await runLog.end(run.id, run.attempt)
    leases.end(held, lastSeq)
    log.info({ runId: run.id, kind: run.kind, attempt: run.attempt, seconds: (Date.now() - run.createdAt.getTime()) / 1000 }, 'run ended')
    return 'ended'
  } catch (error) {
    if (!(error instanceof LeaseLost)) log.error({ err: error, runId: run.id, attempt: run.attempt }, 'run broke off')
    span.fail('given back')
    leases.abandon(held, whyBack(run, error))
    await leases.flush().catch((error: unknown) => log.error({ err: error }, 'giving back leases failed'))
    return 'given back'
  }
}

/** @throws AppError when going on with this run would only do more harm */
function requireHope({ losses, hangs, breaks }: RunRow): void {
  if (hangs >= hangsMax) throw refusal('internal.held_up')
  if (losses >= lossesMax || breaks >= breaksMax) throw refusal('internal.broke_off')
}

/** Whether what was thrown is how the run ends, and no other attempt would do better. */
function endsRun(run: RunRow, thrown: unknown): boolean {
  if (thrown === stoppedByPerson) return true
  if (thrown instanceof LeaseLost) return false
  if (isOutage(thrown)) return Date.now() - run.createdAt.getTime() > outageMsMax
  return thrown instanceof AppError || run.breaks + 1 >= breaksMax
}

function whyBack(run: RunRow, error: unknown): Partial<GivenBack> {
  if (error instanceof LeaseLost) return {}
  if (isOutage(error)) return { pauseMs: outagePauseMs }
  return { breaks: 1, pauseMs: run.breaks < breaksMax ? 0 : brokenPauseMs }
}

const isOutage = (error: unknown) => isDatabaseOutage(error) || (error instanceof AppError && ['unavailable', 'storage_full'].includes(error.code))
