import { costMicroUsd, outputTokensFor, type Payer, type Price, type Tokens } from '#lib/money.ts'
import type { ChargeKind } from '#ports/database/tables.ts'
import type { createReservations, Reservation, Room } from './reserve.ts'
import type { Booking, Charge } from './settle.ts'

export type SpendingDeps = {
  reserve: ReturnType<typeof createReservations>['reserve']
  release(reservationId: string): Promise<void>
  /** Prices and output limits of the models by id; `tokensMax` is what an answer may have at most. */
  modelOf(id: string): Price & { outputTokensMax: number }
}

/** A call of a model that is paid for in advance. */
export type PaidCall = {
  /** What the provider must be told, so that the call cannot cost more than what is set aside. */
  outputTokensMax: number
  /** Once, with what was used; null when the call failed and used nothing. */
  end(used: Tokens | null): void
}
export type Spending = ReturnType<typeof createSpending>

/** An answer cut shorter than this helps nobody: the call is refused instead. */
const outputTokensMin = 256
const triesMax = 4

/**
 * What the calls of one run spend. Each is paid for in advance, for the most that it can cost; where that does not fit, its answer is
 * cut short before it is refused. What was used is kept in `due` until a statement that stores something settles it.
 */
export function createSpending({ reserve, release, modelOf }: SpendingDeps, payer: Payer) {
  let due: Booking[] = []
  /** Set aside for a call that failed and used nothing: the next try takes it over. */
  let idle: (Reservation & { model: string; inputTokens: number; outputTokensMax: number }) | null = null

  async function setAside(model: string, inputTokens: number) {
    if (idle?.model === model && idle.inputTokens === inputTokens) return idle
    if (idle) await release(idle.reservationId)
    idle = null
    const price = modelOf(model)
    let outputTokensMax = price.outputTokensMax
    for (let tries = 1; ; tries++) {
      const claim = charge('answer', model, { inputTokens, outputTokens: outputTokensMax }, price)
      const answer = await reserve({ ...payer, ...claim })
      if ('reservationId' in answer) return { ...answer, model, inputTokens, outputTokensMax }
      const shorter = Math.min(outputTokensMax - 1, outputRoom(answer.room, inputTokens, price))
      if (tries === triesMax || shorter < Math.min(outputTokensMin, price.outputTokensMax)) throw answer.refusal
      outputTokensMax = shorter
    }
  }

  return {
    /** @throws budget_exhausted, ceiling_reached: both say when they reset */
    async prepay(model: string, inputTokensMax: number): Promise<PaidCall> {
      const { reservationId, cycleStartsAt, outputTokensMax, inputTokens } = await setAside(model, inputTokensMax)
      idle = null
      return {
        outputTokensMax,
        end(used) {
          if (used) due.push({ ...charge('answer', model, used, modelOf(model)), reservationId, cycleStartsAt })
          else idle = { reservationId, cycleStartsAt, model, inputTokens, outputTokensMax }
        },
      }
    },

    /** What is used and not yet settled; `settled` must be called once it is. */
    due: (): readonly Booking[] => due,
    settled(bookings: readonly Booking[]): void {
      due = due.filter((booking) => !bookings.includes(booking))
    },
  }
}

export function charge(kind: ChargeKind, model: string, tokens: Tokens, price: Price): Charge {
  const { inputTokens, outputTokens } = tokens
  return { kind, model, inputTokens, outputTokens, costMicroUsd: costMicroUsd(tokens, price) }
}

function outputRoom({ tokensLeft, microUsdLeft }: Room, inputTokens: number, price: Price): number {
  const affordable = microUsdLeft === null ? Infinity : outputTokensFor(microUsdLeft, inputTokens, price)
  return Math.min(tokensLeft - inputTokens, affordable)
}
