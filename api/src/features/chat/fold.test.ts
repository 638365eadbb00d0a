import { EventEmitter, once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Interrupt } from '@jarvis/contracts/approvals.ts'
import { partsOf, type ToolCall } from '@jarvis/contracts/parts.ts'
import { type Answer, emptyAnswer, foldRunEvent, type RunEvent } from '@jarvis/contracts/run.ts'
import { eq, sql } from 'drizzle-orm'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AnswerRequest, AnswerResult } from '#features/agent/index.ts'
import { createBilling } from '#features/billing/index.ts'
import { createCompletions } from '#features/completions/index.ts'
import { createRouter, practiceTable } from '#features/router/index.ts'
import { createRuns, runQueued, type Runs } from '#features/runs/index.ts'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import { createLog } from '#lib/log.ts'
import { stoppedByPerson } from '#lib/stopped-by-person.ts'
import { type Database, openDatabase } from '#ports/database/index.ts'
import { messages, runs as runRows } from '#ports/database/tables.ts'
import { createInProcessRunLog } from '#ports/run-log/in-process.ts'
import type { Signals } from '#ports/signals/index.ts'
import { noTracing } from '#ports/tracing/index.ts'
import { createAnswerKind } from './answer-kind.ts'
import { partsOfRow, toMessage } from './messages.ts'
import { createResume } from './resume.ts'
import { createWaiting } from './waiting.ts'

type Piece = { text: string } | { tool: string; result: string; status: 'done' | 'failed' | 'denied' } | { source: string }
type Ending = 'complete' | 'failed' | 'refused' | 'stopped' | 'waiting' | 'breaks'
type Attempt = { pieces: Piece[]; ending: Ending }
/** The attempts of a run, and of the one that goes on when it waited. */
type Script = { memories: number; first: Attempt[]; next: Attempt[] }

const log = createLog('silent')
const price = { inputMicroUsdPerMillion: 1_000_000, outputMicroUsdPerMillion: 2_000_000, outputTokensMax: 100 }
const scripts = new Map<string, { script: Script; attempts: Attempt[] }>()
let dataDir: string
let database: Database
let runs: Runs
let signals: Signals
let worker: AsyncDisposable

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'jarvis-fold-'))
  database = await openDatabase({ dataDir })
  const bus = new EventEmitter()
  signals = {
    publish: (topic, payload) => void setImmediate(() => bus.emit(topic, payload)),
    subscribe(topic, handler) {
      bus.on(topic, handler)
      return () => bus.off(topic, handler)
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
  runs = createRuns({ ...database, access: { hold: () => () => {} }, runLog: createInProcessRunLog(), signals, tracing: noTracing, log })
  runs.register('answer', { ...kind(), ...createWaiting({ ...database, signals, tell }) })
  worker = await runs.startWorker({ concurrency: 4, alone: true })
})
afterAll(async () => {
  await worker[Symbol.asyncDispose]()
  await database[Symbol.asyncDispose]()
  await rm(dataDir, { recursive: true, force: true })
})

const tell = () => undefined

/** The kind `answer` on a real database, with an agent that does what a script says. */
function kind() {
  const billing = createBilling({ db: database.db, modelOf: () => price, log })
  const guard = { judge: async (text: string) => ({ score: 0, action: 'allow' as const, signals: [], text }) }
  const router = createRouter(practiceTable, { practice: true })
  return createAnswerKind({
    db: database.db,
    tell,
    tellAway: tell,
    tracing: noTracing,
    billing,
    completions: createCompletions({ guard, router, openSpending: billing.openSpending, models: new Map(), tracing: noTracing, log }),
    agent: { answer: scripted, promptTokens: () => ({ rulesTokens: 0, hasTools: false }), release: async () => undefined },
    memory: {
      async recall({ runId = '' }) {
        const [row] = await database.db.select().from(runRows).where(eq(runRows.id, runId))
        const { script } = scripts.get(row!.conversationId)!
        return { memories: Array.from({ length: script.memories }, (_, index) => ({ id: String(index), text: 'Ada', score: 0.5 })) }
      },
      keepTurn: async () => undefined,
    },
    files: { forPrompt: async () => ({ files: [], pictures: [] }), named: async () => [] },
    jobs: { memorise: async () => undefined, name: async () => undefined, sumUp: async () => undefined },
    current: async (userId) => ({ userId, role: 'user', plan: 'enterprise' }),
  })
}

async function* scripted(request: AnswerRequest): AsyncGenerator<RunEvent, AnswerResult> {
  const { conversationId, messageId, signal } = request
  const { pieces, ending } = scripts.get(conversationId)!.attempts.shift()!
  const said = { content: '', toolCalls: [] as ToolCall[], sources: [] as AnswerResult['sources'] }
  const call = (name: string, result: string | null, status: ToolCall['status']) => {
    const id = `call-${said.toolCalls.length}`
    said.toolCalls.push({
      id,
      name,
      args: '{}',
      result,
      status,
      offset: said.content.length,
      durationMs: result === null ? null : 5,
      screenshot: null,
    })
    return id
  }
  const begun = (toolCallId: string, toolCallName: string): RunEvent[] => [
    { type: 'TOOL_CALL_START', toolCallId, toolCallName, parentMessageId: messageId },
    { type: 'TOOL_CALL_ARGS', toolCallId, delta: '{}' },
    { type: 'TOOL_CALL_END', toolCallId },
  ]
  if (pieces.some((piece) => 'text' in piece)) yield { type: 'TEXT_MESSAGE_START', messageId, role: 'assistant' }
  for (const piece of pieces) {
    if ('text' in piece) {
      said.content += piece.text
      yield { type: 'TEXT_MESSAGE_CONTENT', messageId, delta: piece.text }
    } else if ('tool' in piece) {
      const toolCallId = call(piece.tool, piece.result, piece.status)
      yield* begun(toolCallId, piece.tool)
      const metadata = { ...(piece.status !== 'done' && { failed: true }), ...(piece.status === 'denied' && { denied: true }), durationMs: 5 }
      yield { type: 'TOOL_CALL_RESULT', messageId: `${toolCallId}-result`, toolCallId, content: piece.result, role: 'tool', metadata }
    } else {
      const source = { title: piece.source, url: `https://example.com/${piece.source}` }
      said.sources.push(source)
      yield { type: 'CUSTOM', name: 'sources', value: { items: [source] } }
    }
  }
  if (ending === 'breaks') throw new TypeError('nobody foresaw this')
  if (ending === 'refused') throw new AppError('budget_exhausted', 'The budget is used up.')
  const interrupts: Interrupt[] = []
  if (ending === 'waiting' || ending === 'stopped') {
    // Calls that have no result when the run ends.
    const toolCallIds = ['mail', 'mail'].map((name) => call(name, null, ending === 'waiting' ? 'waiting' : 'cancelled'))
    for (const toolCallId of toolCallIds) yield* begun(toolCallId, 'mail')
    if (ending === 'waiting') {
      const expiresAt = new Date(Date.now() + 60_000).toISOString()
      const asked = {
        tool: 'mail',
        args: '{}',
        argsHash: 'h',
        risk: 'act',
        reason: 'It sends.',
        leaves: null,
        taint: null,
        mayRemember: false,
      } as const
      for (const toolCallId of toolCallIds) interrupts.push({ id: newId(), toolCallId, expiresAt, ...asked })
      // The second was judged first.
      for (const interrupt of interrupts.toReversed()) await request.record({ kind: 'waiting', interrupt })
    } else {
      await runs.cancel({ userId: conversations.get(conversationId)! } as never, (await runOf(conversationId)).id)
      if (!signal.aborted) await once(signal, 'abort')
      expect(signal.reason).toBe(stoppedByPerson)
    }
  }
  const finishReason = said.content && ending === 'complete' ? 'stop' : null
  if (said.content) yield { type: 'TEXT_MESSAGE_END', messageId, content: said.content, finishReason }
  const usage = [{ model: request.models[0]!, inputTokens: 30, outputTokens: 20 }]
  const error = ending === 'failed' ? ({ code: 'upstream_failed', detail: 'It broke off.', cause: null } as const) : null
  return {
    ...said,
    parts: partsOf({ ...said, interrupts }),
    finishReason,
    status: ending,
    interrupts,
    taint: null,
    route: null,
    usage,
    calls: usage,
    error,
  }
}

/** Who owns a conversation. */
const conversations = new Map<string, string>()

async function runOf(conversationId: string) {
  const rows = await database.db.select().from(runRows).where(eq(runRows.conversationId, conversationId)).orderBy(runRows.position)
  return rows.at(-1)!
}

async function ask(script: Script): Promise<string> {
  const [userId, conversationId, runId, question, answer] = [newId(), newId(), newId(), newId(), newId()]
  conversations.set(conversationId, userId)
  await database.db.execute(
    sql`insert into users (id, email, name, password_hash, role, plan) values (${userId}, ${userId}, 'Ada', 'x', 'user', 'enterprise')`,
  )
  await database.db.execute(sql`insert into conversations (id, user_id) values (${conversationId}, ${userId})`)
  for (const [id, role, status] of [
    [question, 'user', 'complete'],
    [answer, 'assistant', 'streaming'],
  ] as const) {
    await database.db.execute(sql`
      insert into messages (id, conversation_id, run_id, role, content, status) values (${id}, ${conversationId}, ${runId}, ${role}, '', ${status})`)
  }
  scripts.set(conversationId, { script, attempts: [...script.first] })
  await database.db.execute(sql`
    insert into runs (id, user_id, conversation_id, message_id, assistant_message_id) values (${runId}, ${userId}, ${conversationId}, ${question}, ${answer})`)
  signals.publish(runQueued, runId)
  return conversationId
}

const shown = ({ guard: _, usage, ...answer }: Answer, withUsage = true) => ({ ...answer, ...(withUsage && { usage }) })

/** What each ending of an attempt makes of its message. */
const endings = { complete: 'complete', failed: 'failed', refused: 'failed', stopped: 'stopped', waiting: 'waiting' } as const
const codes = { failed: 'upstream_failed', refused: 'budget_exhausted' } as const

/** Follows the newest run of a conversation to its end, and compares the three. */
async function expectOneAnswer(conversationId: string, ending: Exclude<Ending, 'breaks'>): Promise<void> {
  const { id, resumes } = await runOf(conversationId)
  const { events } = await runs.follow({ userId: conversations.get(conversationId)! } as never, id, 0, AbortSignal.timeout(60_000))
  const live: RunEvent[] = []
  for await (const batch of events) for (const { json } of batch) live.push(JSON.parse(json) as RunEvent)
  expect(live.map(({ type }) => type).filter((type) => type === 'RUN_STARTED')).toHaveLength(1)
  expect(live.at(-1)!.type).toMatch(/^RUN_(FINISHED|ERROR)$/)
  const run = await runOf(conversationId)
  const [row] = await database.db.select().from(messages).where(eq(messages.id, run.assistantMessageId))
  const followed = live.reduce(foldRunEvent, emptyAnswer)
  const { id: _id, conversationId: _c, runId: _r, parentId: _p, role: _role, createdAt: _at, feedback: _f, ...message } = toMessage(row!)
  const stored: Answer = { ...message, parts: partsOfRow(row!), guard: null }
  expect(followed).toMatchObject({ status: endings[ending], error: ending in codes ? { code: codes[ending as keyof typeof codes] } : null })
  // A run that goes on tells what it cost itself; the message what all of them did.
  expect(shown(followed, resumes === null)).toEqual(shown(stored, resumes === null))
  const again = await kind().retell(run)
  expect(shown(again.reduce(foldRunEvent, emptyAnswer))).toEqual(shown(stored))
}

const endingOf = (attempts: Attempt[]) => attempts.at(-1)!.ending as Exclude<Ending, 'breaks'>

const piece: fc.Arbitrary<Piece> = fc.oneof(
  fc.record({ text: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }) }),
  fc.record({
    tool: fc.constantFrom('clock', 'calculator'),
    result: fc.string({ maxLength: 8 }),
    status: fc.constantFrom('done' as const, 'failed' as const, 'denied' as const),
  }),
  fc.record({ source: fc.constantFrom('a', 'b', 'c') }),
)
const attemptThat = (ending: fc.Arbitrary<Ending>) => fc.record({ pieces: fc.array(piece, { maxLength: 6 }), ending })
const broken = fc.array(attemptThat(fc.constant('breaks')), { maxLength: 2 })
const attempts = (...endings: Ending[]) => fc.tuple(broken, attemptThat(fc.constantFrom(...endings))).map(([before, last]) => [...before, last])
const aScript: fc.Arbitrary<Script> = fc.record({
  memories: fc.nat(2),
  first: attempts('complete', 'failed', 'refused', 'stopped', 'waiting', 'waiting'),
  next: attempts('complete', 'failed', 'refused', 'stopped'),
})

test('what a follower folds, what is stored, and what is told again later are one answer, whatever happens to the run', async () => {
  const resume = createResume({
    db: database.db,
    signals,
    agent: { readArgs: (_caller, _tool, args) => ({ args }), remember: async () => undefined },
    audit: async () => undefined,
    tell,
  })
  await fc.assert(
    fc.asyncProperty(aScript, async (script) => {
      const ending = endingOf(script.first)
      const conversationId = await ask(script)
      await expectOneAnswer(conversationId, ending)
      if (ending !== 'waiting') return
      const waiting = await runOf(conversationId)
      expect(waiting.status).toBe('interrupted')
      scripts.get(conversationId)!.attempts = [...script.next]
      const [row] = await database.db.select().from(messages).where(eq(messages.id, waiting.assistantMessageId))
      const entries = row!.interrupts.map(({ id: interruptId }) => ({ interruptId, status: 'cancelled' as const }))
      await resume({ userId: waiting.userId } as never, waiting.id, entries)
      await expectOneAnswer(conversationId, endingOf(script.next))
    }),
    { numRuns: 60 },
  )
})
