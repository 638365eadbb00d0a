import { createAccounts } from '#features/accounts/index.ts'
import { createAudit } from '#features/audit/index.ts'
import { openDatabase } from '#ports/database/index.ts'
import { createInProcessLimits } from '#ports/limits/in-process.ts'
import { openSignals } from '#ports/signals/postgres.ts'
import type { Config } from './config.ts'

/** The features that the operator's commands need, on the same database as the server. */
export async function openOperator(config: Config) {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await openDatabase({ dataDir: config.dataDir, ...(config.databaseUrl && { url: config.databaseUrl }) }))
  const signals = stack.use(await openSignals(database.connection))
  const limits = stack.use(createInProcessLimits())
  const audit = createAudit(database)
  const { jwtSecret, accessTokenSeconds, registrationOpen } = config
  const accounts = await createAccounts({ db: database.db, signals, limits, audit: audit.record, jwtSecret, accessTokenSeconds, registrationOpen })
  const resources = stack.move()
  return { accounts, audit, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
