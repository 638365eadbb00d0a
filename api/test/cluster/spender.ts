import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { createBilling } from '#features/billing/index.ts'
import { AppError } from '#lib/app-error.ts'
import { createLog } from '#lib/log.ts'
import { billOf } from '#lib/money.ts'
import { openDatabase } from '#ports/database/index.ts'

/** A process that spends as it is told: `calls` at once, each kept in the table `truth` by the statement that settles it, or left as it is. */
export type Order = { userId: string; calls: number; settles: boolean; /** Of an organisation that pays, its own last. */ scopes?: string[] }
export type Report = { ready: true } | { done: number; refused: number }

const [url = ''] = process.argv.slice(2)
const database = await openDatabase({ url, dataDir: '' })
const price = { inputMicroUsdPerMillion: 1_000_000, outputMicroUsdPerMillion: 3_000_000, outputTokensMax: 200 }
const billing = createBilling({ db: database.db, modelOf: () => price, log: createLog('silent') })
const report = (message: Report) => process.send!(message)

async function call({ userId, scopes, settles }: Order): Promise<void> {
  const bill = {
    ...billOf({ userId, runId: randomUUID(), attempt: 1 }),
    ...(scopes && { payer: { kind: 'organisation' as const, id: scopes.at(-1)!, scopes } }),
  }
  const spending = billing.openSpending(bill)
  const paid = await spending.prepay('model', 100)
  if (!settles) return
  paid.settle({ inputTokens: Math.ceil(Math.random() * 100), outputTokens: Math.ceil(Math.random() * 200), isEstimate: false })
  const { inputTokens, outputTokens, costMicroUsd } = spending.due()[0]!.charge!
  await database.db.execute(sql`
    with first as (insert into truth (tokens, cost) values (${inputTokens + outputTokens}, ${costMicroUsd}) returning tokens),
    ${billing.settlement(bill, spending.due())}`)
}

async function obey(order: Order): Promise<void> {
  const results = await Promise.allSettled(Array.from({ length: order.calls }, () => call(order)))
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  const unforeseen = failures.find((error) => !(error instanceof AppError))
  if (unforeseen) throw unforeseen
  report({ done: order.calls - failures.length, refused: failures.length })
}

process.on('message', (order: Order) => void obey(order))
report({ ready: true })
