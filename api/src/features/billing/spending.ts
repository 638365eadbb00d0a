import { type Bill, dearest, estimateTokens, outputTokensFor, type Price, type Tokens, tokensOfBound } from '#lib/money.ts'
import { costMicroUsd, limitRefusals, tokens } from '#lib/meters.ts'
import type { ChargeKind } from '#ports/database/tables.ts'
import { charge } from './charge.ts'
import type { createReservations, Room } from './reserve.ts'
import type { Booking } from './settle.ts'

export type SpendingDeps = {
  reserve: ReturnType<typeof createReservations>['reserve']
  settle(bookings: readonly Booking[], bill: Bill): Promise<void>
  /** Says that somebody still waits for the call. */
  renew(reservationId: string): Promise<void>
  /** Prices and output limits of the models by id; `outputTokensMax` is what an answer may have at most. */
  modelOf(id: string): Price & { outputTokensMax: number }
  log: { error(details: object, text: string): void }
}

/** What a call used: the provider's figures, or an estimate. */
export type Used = Tokens & { isEstimate: boolean }

/** A call of a model that is paid for in advance. Unless it is settled it is given back when it is disposed of; there is no third end. */
export type PaidCall = Disposable & {
  /** What the provider must be told, so that the call cannot cost more than what is set aside. */
  outputTokensMax: number
  /** What it used by estimate: the prompt, and as much of the answer as came. */
  estimate(streamed: string): Used
  settle(used: Used): void
}
export type Spending = ReturnType<typeof createSpending>
type Held = { reservationId: string; model: string; inputTokensMax: number; wanted: number; outputTokensMax: number }

/** An answer cut shorter than this helps nobody: the call is refused instead. */
const outputTokensMin = 256
const triesMax = 4
/** Well within the time after which nobody is thought to wait any more. */
const renewMs = 30_000

/**
 * What the calls of one piece of work spend. Each is paid for in advance, for the most that it can cost; where that does not fit, its answer
 * is cut short before it is refused. How they ended is kept in `due` until a statement that stores something settles it; what is still due
 * when the spending is disposed of is settled then.
 */
export function createSpending({ reserve, settle, renew, modelOf, log }: SpendingDeps, bill: Bill, kind: ChargeKind = 'answer') {
  let due: Booking[] = []
  /** Set aside for a call that used nothing: the next try takes it over. */
  let idle: Held | null = null

  function giveBackIdle(): void {
    if (idle) due.push({ reservationId: idle.reservationId, charge: null })
    idle = null
  }

  async function settleDue(): Promise<void> {
    giveBackIdle()
    const bookings = due
    if (bookings.length === 0) return
    await settle(bookings, bill)
    settled(bookings)
  }

  const settled = (bookings: readonly Booking[]) => void (due = due.filter((booking) => !bookings.includes(booking)))

  async function setAside(model: string, inputTokensMax: number, wanted: number): Promise<Held> {
    if (idle?.model === model && idle.inputTokensMax === inputTokensMax && idle.wanted === wanted) return idle
    if (idle) await settleDue()
    const price = modelOf(model)
    const longest = Math.min(wanted, price.outputTokensMax)
    let outputTokensMax = longest
    for (let tries = 1; ; tries++) {
      const most = charge(kind, model, { inputTokens: inputTokensMax, outputTokens: outputTokensMax }, dearest(price))
      const answer = await reserve({ bill, most })
      if ('reservationId' in answer) return { reservationId: answer.reservationId, model, inputTokensMax, wanted, outputTokensMax }
      const shorter = Math.min(outputTokensMax - 1, outputRoom(answer.room, inputTokensMax, dearest(price)))
      if (tries === triesMax || shorter < Math.min(outputTokensMin, longest)) {
        limitRefusals.inc({ limit: answer.refusal.code })
        throw answer.refusal
      }
      outputTokensMax = shorter
    }
  }

  /** A call that belongs to no run has nothing else that says it is at work. */
  const keepAlive = (reservationId: string) =>
    setInterval(() => {
      renew(reservationId).catch((error: unknown) => log.error({ err: error }, 'what is set aside could not be renewed'))
    }, renewMs).unref()

  return {
    /** @throws budget_exhausted, ceiling_reached: both say when they reset; unauthenticated */
    async prepay(model: string, inputTokensMax: number, outputTokensWanted = Infinity): Promise<PaidCall> {
      const held = await setAside(model, inputTokensMax, outputTokensWanted)
      idle = null
      const { reservationId, outputTokensMax } = held
      let isEnded = false
      const beat = bill.runId === undefined ? keepAlive(reservationId) : undefined
      return {
        outputTokensMax,
        estimate: (streamed) => ({
          inputTokens: tokensOfBound(inputTokensMax),
          outputTokens: Math.min(estimateTokens(streamed), outputTokensMax),
          isEstimate: true,
        }),
        settle({ isEstimate, ...used }) {
          if (isEnded) return
          isEnded = true
          clearInterval(beat)
          const spent = charge(kind, model, used, modelOf(model))
          due.push({ reservationId, charge: { ...spent, ...(isEstimate && { isEstimate }) } })
          tokens.inc({ model, direction: 'input' }, spent.inputTokens)
          tokens.inc({ model, direction: 'output' }, spent.outputTokens)
          costMicroUsd.inc({ model }, spent.costMicroUsd)
        },
        [Symbol.dispose]() {
          if (isEnded) return
          isEnded = true
          clearInterval(beat)
          giveBackIdle()
          idle = held
        },
      }
    },

    /** What is not settled yet, what nothing was used of included; `settled` must be called once it is. */
    due(): readonly Booking[] {
      giveBackIdle()
      return due
    },
    settled,

    /** A database that is away must not hide how the work ended: a sweep settles what is left. */
    async [Symbol.asyncDispose](): Promise<void> {
      await settleDue().catch((error: unknown) => log.error({ err: error }, 'what was paid for could not be settled yet'))
    },
  }
}

function outputRoom({ tokensLeft, microUsdLeft }: Room, inputTokens: number, price: Price): number {
  const affordable = microUsdLeft === null ? Infinity : outputTokensFor(microUsdLeft, inputTokens, price)
  return Math.min(tokensLeft - inputTokens, affordable)
}
