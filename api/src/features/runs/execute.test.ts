import type { RunEvent } from '@jarvis/contracts/run.ts'
import { expect, test, vi } from 'vitest'
import { AppError } from '#lib/app-error.ts'
import { createLog } from '#lib/log.ts'
import { stoppedByPerson } from '#lib/stopped-by-person.ts'
import { createInProcessRunLog } from '#ports/run-log/in-process.ts'
import { noTracing } from '#ports/tracing/index.ts'
import { execute } from './execute.ts'
import type { Held, Leases } from './leases.ts'
import { LeaseLost, type RunKind, type RunRow } from './run.ts'

const started: RunEvent = { type: 'RUN_STARTED', threadId: 'c', runId: 'r' }
const failed: RunEvent = { type: 'RUN_ERROR', code: 'internal', message: 'no' }

/** One attempt at a run whose work throws `thrown` after its first event. */
async function attempt(thrown: unknown, row: Partial<RunRow> = {}, stop?: unknown) {
  const run = { id: 'r', attempt: 1, assistantMessageId: 'a', losses: 0, hangs: 0, breaks: 0, createdAt: new Date(), ...row } as RunRow
  const held: Held = { run, controller: new AbortController(), validUntil: Infinity }
  const runLog = createInProcessRunLog()
  const abandon = vi.fn<Leases['abandon']>()
  const work = vi.fn<() => void>()
  const kind: Partial<RunKind> = {
    async *execute() {
      work()
      yield started
      if (stop !== undefined) held.controller.abort(stop)
      throw thrown
    },
    fail: vi.fn<RunKind['fail']>(async () => [failed]),
  }
  const leases = { assure: async () => undefined, end: () => undefined, flush: async () => undefined, abandon } as unknown as Leases
  const came = await execute({ runLog, tracing: noTracing, log: createLog('silent'), leases, kindOf: () => kind as RunKind }, held)
  const why = abandon.mock.calls[0]?.[1]
  return { came, why, worked: work.mock.calls.length > 0, reason: vi.mocked(kind.fail!).mock.calls[0]?.[1] }
}

const outage = Object.assign(new Error('Connection terminated unexpectedly'), { code: '57P01' })

test('outages, a lost lease and a hand-over are not counted against a run, however often they come', async () => {
  for (const row of [{}, { losses: 9, hangs: 1, breaks: 3, attempt: 40 }]) {
    expect(await attempt(outage, row)).toMatchObject({ came: 'given back', why: { pauseMs: expect.any(Number) as number } })
    expect((await attempt(outage, row)).why).not.toHaveProperty('breaks')
    expect(await attempt(new AppError('unavailable', 'away'), row)).toMatchObject({ came: 'given back' })
    expect(await attempt(new LeaseLost(), row)).toMatchObject({ came: 'given back', why: {} })
    expect(await attempt(new Error('aborted'), row, new LeaseLost())).toMatchObject({ came: 'given back', why: {} })
  }
})

test('a run that meets nothing but outages ends when nobody waits for it any more', async () => {
  const createdAt = new Date(Date.now() - 3_600_000)
  expect(await attempt(outage, { createdAt })).toMatchObject({ came: 'ended', reason: outage })
})

test('a reason that nobody foresaw is counted, and the fourth ends the run', async () => {
  const bug = new TypeError('x is not a function')
  for (const breaks of [0, 1, 2]) expect(await attempt(bug, { breaks })).toMatchObject({ came: 'given back', why: { breaks: 1 } })
  expect(await attempt(bug, { breaks: 3 })).toMatchObject({ came: 'ended', reason: bug })
})

test('a run that hung its process twice, or lost it ten times, is given up without being tried again', async () => {
  expect(await attempt(outage, { hangs: 1, losses: 9 })).toMatchObject({ worked: true })
  for (const row of [{ hangs: 2 }, { losses: 10 }, { breaks: 4 }]) {
    const given = await attempt(outage, row)
    expect(given).toMatchObject({ came: 'ended', worked: false, reason: { code: 'internal' } })
  }
})

test('a refusal and a stop end the run at once', async () => {
  const refusal = new AppError('budget_exhausted', 'used up')
  expect(await attempt(refusal)).toMatchObject({ came: 'ended', reason: refusal })
  expect(await attempt(new Error('aborted'), {}, stoppedByPerson)).toMatchObject({ came: 'ended', reason: stoppedByPerson })
})
