import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { Client } from 'pg'
import { createBilling } from '../api/src/features/billing/index.ts'
import { createLog } from '../api/src/lib/log.ts'
import { billOf } from '../api/src/lib/money.ts'
import { openDatabase } from '../api/src/ports/database/index.ts'
import { median, percentile, printTable, ratio, rounded } from './figures.ts'

const rounds = 300

/** What it costs a run that its tokens are reserved first and settled after, on the bundled PostgreSQL. */
export async function benchBilling(): Promise<void> {
  await using stack = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'jarvis-bench-'))
  stack.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }))
  await chmod(dataDir, 0o755)
  // Before there is a connection.
  const statements = countStatements()
  const database = stack.use(await openDatabase({ dataDir }))
  const { db, pool } = database
  const price = { inputMicroUsdPerMillion: 150_000, outputMicroUsdPerMillion: 600_000, outputTokensMax: 4096 }
  const billing = createBilling({ db, modelOf: () => price, log: createLog('silent') })
  const userId = randomUUID()
  await pool.query(`insert into users (id, email, name, password_hash, role, plan) values ($1, 'bench', 'Bench', 'none', 'user', 'enterprise')`, [
    userId,
  ])

  const works = {
    'a transaction of one update': () => db.transaction((tx) => tx.execute(`update users set name = 'Bench' where email = 'bench'`)),
    'reserve and settle': () => reserveAndSettle(),
    'the same under a ceiling of the installation': () => reserveAndSettle(),
  }

  async function reserveAndSettle(): Promise<void> {
    const bill = billOf({ runId: randomUUID(), userId, messageId: randomUUID(), conversationId: randomUUID(), attempt: 1 })
    const spending = billing.openSpending(bill)
    const call = await spending.prepay('bench', 800)
    call.settle({ inputTokens: 100, outputTokens: 50, isEstimate: false })
    await db.execute(sql`with first as (select 1), ${billing.settlement(bill, spending.due())}`)
  }
  const figures = Object.entries(works).map(([name, work]) => ({ name, work, ms: [] as number[], processorMs: [] as number[], statements: 0 }))
  for (let round = -30; round < rounds; round++) {
    for (const figure of figures) {
      if (figure.name.includes('ceiling')) await billing.setInstallationCeiling(1e12)
      const [startedAt, processor, before] = [performance.now(), process.cpuUsage(), statements()]
      await figure.work()
      const { user, system } = process.cpuUsage(processor)
      figure.statements = statements() - before
      if (figure.name.includes('ceiling')) await billing.setInstallationCeiling(null)
      if (round < 0) continue
      figure.ms.push(performance.now() - startedAt)
      figure.processorMs.push((user + system) / 1000)
    }
  }
  const [floor] = figures
  printTable(
    `Billing of one run on the bundled PostgreSQL, medians of ${rounds} interleaved rounds`,
    figures.map(({ name, ms, processorMs, statements }) => ({
      work: name,
      statements,
      'ms p50': rounded(median(ms)),
      '× one update': ratio(median(ms), median(floor!.ms)),
      'ms p99': rounded(percentile(ms, 0.99)),
      'processor ms': rounded(median(processorMs)),
    })),
  )
}

/** Counts what is sent over every connection, begin and commit included. */
function countStatements(): () => number {
  let count = 0
  const query = Client.prototype.query as (...args: unknown[]) => unknown
  Client.prototype.query = function (this: Client, ...args: unknown[]) {
    count++
    return query.apply(this, args)
  } as typeof Client.prototype.query
  return () => count
}
