import { setTimeout as wait } from 'node:timers/promises'
import { and, eq, isNull } from 'drizzle-orm'
import { createAccounts, signOnRules } from '#features/accounts/index.ts'
import { createAudit } from '#features/audit/index.ts'
import { createSubscriptions, createVerification } from '#features/billing/index.ts'
import { createOutbox } from '#features/mail/index.ts'
import { createBoughtSeats } from '#features/organisations/index.ts'
import { writeTombstone } from '#features/upkeep/index.ts'
import { createLog } from '#lib/log.ts'
import { openDatabase } from '#ports/database/index.ts'
import { erasures } from '#ports/database/tables.ts'
import { createInProcessLimits } from '#ports/limits/in-process.ts'
import { openSignals } from '#ports/signals/postgres.ts'
import type { Config } from './config.ts'
import { identityTable } from './identity-table.ts'
import { openMail, openPayments } from './open-ports.ts'

/** A server that runs has begun by then. */
const erasureMsMax = 8000
const pollMs = 250

/** The features that the operator's commands need, on the same database as the server. */
export async function openOperator(config: Config) {
  await using stack = new AsyncDisposableStack()
  const database = stack.use(await openDatabase({ dataDir: config.dataDir, ...(config.databaseUrl && { url: config.databaseUrl }) }))
  const signals = stack.use(await openSignals(database.connection))
  const limits = stack.use(createInProcessLimits())
  const audit = createAudit(database)
  const log = createLog(config.logLevel)
  const { jwtSecret, accessTokenSeconds, registration, registerByLetter, publicUrl, secretsKey } = config
  // Letters that these commands write are sent by a server that runs, within its next minute, or when it starts.
  const mail = stack.use(await openMail(config, log))
  const outbox = createOutbox({ db: database.db, jobs: { add: async () => {}, work: () => {} }, mail, log })
  const accounts = await createAccounts({
    db: database.db,
    signals,
    limits,
    audit: audit.record,
    jwtSecret,
    accessTokenSeconds,
    registration,
    registerByLetter,
    outbox,
    publicUrl,
    secretsKey,
    signOn: signOnRules(identityTable(config)),
  })
  const subscriptions = createSubscriptions({
    db: database.db,
    payments: await openPayments(config),
    terms: config.payments,
    publicUrl: config.publicUrl,
    setPlan: (userId, plan) => accounts.setPlan(userId, plan, 'stripe'),
    setSeats: createBoughtSeats({ db: database.db, audit: audit.record, accounts }),
    audit: audit.record,
    log,
  })
  // The tools bring libraries that would hold up every other command.
  const openMcpApprovals = async () => {
    const { createMcpApprovals } = await import('#features/agent/tools/index.ts')
    return createMcpApprovals({ db: database.db, signals, audit: audit.record })
  }
  /** The same way as a person's own wish. A server that runs takes it from here; returns whether it was done while this waited. */
  async function erase(email: string): Promise<boolean> {
    const userId = await accounts.idOf(email)
    await accounts.close(userId, { source: 'operator' }, (tx) => writeTombstone(tx, userId, 'now'))
    for (let waitedMs = 0; waitedMs < erasureMsMax; waitedMs += pollMs) {
      const [left] = await database.db
        .select({ userId: erasures.userId })
        .from(erasures)
        .where(and(eq(erasures.userId, userId), isNull(erasures.finishedAt)))
      if (!left) return true
      await wait(pollMs)
    }
    return false
  }
  const resources = stack.move()
  return {
    accounts,
    audit,
    erase,
    subscriptions,
    openMcpApprovals,
    ...createVerification(database),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}
