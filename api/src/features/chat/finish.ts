import { setTimeout as wait } from 'node:timers/promises'
import type { RecalledMemory, RouteValue, RunStatus, Usage } from '@jarvis/contracts/chat.ts'
import type { Failure } from '@jarvis/contracts/errors.ts'
import { toStored, type ToolCall } from '@jarvis/contracts/parts.ts'
import { emptyAnswer, foldRunEvent, type RunEvent } from '@jarvis/contracts/run.ts'
import { and, eq, isNotNull, sql } from 'drizzle-orm'
import type { AnswerResult } from '#features/agent/index.ts'
import type { Billing, Booking } from '#features/billing/index.ts'
import { endRun, LeaseLost, type RunRow, takenOver } from '#features/runs/index.ts'
import { totalOf } from '#lib/money.ts'
import { isDatabaseOutage } from '#lib/outage.ts'
import { failureOf } from '#lib/refusal.ts'
import { stoppedByPerson } from '#lib/stopped-by-person.ts'
import { storableJson, storableText } from '#lib/storable.ts'
import { toAppError } from '#lib/to-app-error.ts'
import type { Database } from '#ports/database/index.ts'
import { messages, runs } from '#ports/database/tables.ts'
import { partsOfRow, toMessage } from './messages.ts'
import { payerOf } from './payer.ts'
import { retell } from './retell.ts'

export type FinishDeps = Pick<Database, 'db'> & Pick<Billing, 'settlement' | 'settleEarlier' | 'spentOn'>
type Ending = {
  answer: Pick<
    AnswerResult,
    'parts' | 'content' | 'finishReason' | 'status' | 'toolCalls' | 'sources' | 'citations' | 'files' | 'interrupts' | 'taint' | 'error'
  >
  route: RouteValue | null
  memories: RecalledMemory[]
  /** What the answer cost in all, and what of it is not settled yet. */
  usage: Usage
  due: readonly Booking[]
}

const waitMsMax = 2000

const runStatus: Record<AnswerResult['status'], RunStatus> = { complete: 'succeeded', waiting: 'interrupted', stopped: 'cancelled', failed: 'failed' }

/**
 * Stores how a run ended: answer, usage and charge in one statement, fenced by the attempt. The lease stays until the run's log has its
 * end too. An answer that is paid for waits out a database that restarts; done twice it changes nothing. @throws LeaseLost
 */
export async function finishRun(deps: FinishDeps, run: RunRow, ending: Ending): Promise<void> {
  for (let waitMs = 100; ; waitMs *= 2) {
    try {
      return await store(deps, run, ending)
    } catch (error) {
      if (waitMs > waitMsMax || !isDatabaseOutage(error)) throw error
      await wait(waitMs)
    }
  }
}

async function store({ db, settlement }: FinishDeps, run: RunRow, { answer, route, memories, usage, due }: Ending): Promise<void> {
  const error = answer.error && toStore(answer.error)
  const { rowCount } = await db.execute(sql`
    with first as (${endRun(run, { status: runStatus[answer.status], model: route?.model ?? null, routeReason: route?.reason ?? null, errorCode: answer.error?.code ?? null })}),
    answered as (
      update messages set content = ${storableText(answer.content)}, parts = ${json(toStored(answer.parts))}, finish_reason = ${answer.finishReason}, status = ${answer.status}, model = ${route?.model ?? null}, route = ${json(route)},
        memories = ${json(memories)}, tool_calls = ${json(answer.toolCalls)}, sources = ${json(answer.sources)},
        citations = ${json(answer.citations ?? null)}, files = ${json(answer.files ?? null)}, error = ${json(error)},
        interrupts = ${json(answer.interrupts)}, taint = ${answer.taint === null ? null : storableText(answer.taint)}, usage = ${usageOf(run, usage)}
      where id = ${run.assistantMessageId} and exists (select from first)),
    ${settlement(payerOf(run), due)}`)
  if (rowCount === 1) return
  // Our own commit whose answer was lost, or another attempt's?
  const [stored] = await db
    .select({ id: runs.id })
    .from(runs)
    .where(and(eq(runs.id, run.id), eq(runs.attempt, run.attempt), isNotNull(runs.finishedAt)))
  if (!stored) throw new LeaseLost()
}

/** Its sentence stays beside what it is made of for version 0.1.0, which reads nothing else. */
const toStore = ({ code, detail, params }: Failure): Failure => ({ code, detail, ...(params && { params }) })

/** An answer that several runs made has cost what they cost together. */
const usageOf = ({ resumes }: RunRow, usage: Usage) =>
  resumes === null
    ? json(usage)
    : sql`(select jsonb_object_agg(key, value::bigint + coalesce((usage->>key)::bigint, 0)) from jsonb_each_text(${json(usage)}))`

const json = (value: unknown) => (value === null ? sql`null::jsonb` : sql`${storableJson(value)}::jsonb`)

const nothingSaid = { parts: [], content: '', finishReason: null, toolCalls: [], sources: [], interrupts: [], taint: null }

/**
 * Ends a run that was refused, failed or stopped before it had an answer, and returns what its log, which holds what was `told`, is missing: read
 * from there it is what is stored.
 */
export async function failRun(deps: FinishDeps, run: RunRow, thrown: unknown, told: RunEvent[]): Promise<RunEvent[]> {
  const stopped = thrown === stoppedByPerson
  const error = stopped ? null : toAppError(thrown)
  const answer = {
    ...nothingSaid,
    status: stopped ? ('stopped' as const) : ('failed' as const),
    error: error && { ...failureOf(error), cause: error },
  }
  const said = run.resumes === null ? undefined : await saidSoFar(deps, run)
  const heard = told.reduce(foldRunEvent, emptyAnswer)
  const { route, memories } = said ?? heard
  if (run.attempt > 1) await deps.settleEarlier(payerOf(run))
  const usage = run.attempt === 1 ? totalOf([]) : await deps.spentOn(run)
  await finishRun(deps, run, { answer: { ...answer, ...(heard.files && { files: heard.files }), ...said?.answer }, route, memories, usage, due: [] })
  const [message] = await deps.db.select().from(messages).where(eq(messages.id, run.assistantMessageId))
  if (!message) throw new LeaseLost()
  const all = retell({ ...run, status: runStatus[answer.status] }, toMessage(message), [])
  if (run.resumes !== null || told.some(isOfAnswer)) return await Array.fromAsync(takenOver(all, told, run.assistantMessageId))
  return told.length === 0 ? all : all.filter((event) => event.type !== 'RUN_STARTED' && !(event.type === 'CUSTOM' && event.name !== 'cost'))
}

/** Whether it shows anything of an answer, which a rewind would have to take back. */
const isOfAnswer = (event: RunEvent) =>
  event.type === 'CUSTOM' ? event.name === 'sources' || event.name === 'citations' : !event.type.startsWith('RUN_')

/** What the runs before this one had said stays when this one does not come to speak. */
async function saidSoFar({ db }: Pick<FinishDeps, 'db'>, run: RunRow) {
  const [message] = await db.select().from(messages).where(eq(messages.id, run.assistantMessageId))
  if (!message) return undefined
  const { content, sources, citations, files, taint, route, memories } = message
  const toolCalls = message.toolCalls.map((call): ToolCall => (call.status === 'waiting' ? { ...call, status: 'cancelled' } : call))
  // What it waited for is not waited for any more.
  const parts = partsOfRow({ ...message, toolCalls, interrupts: [] })
  return { answer: { parts, content, toolCalls, sources, ...(citations && { citations }), ...(files && { files }), taint }, route, memories }
}
