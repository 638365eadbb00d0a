import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createSessions } from '#features/accounts/sessions.ts'
import { createAudit } from '#features/audit/index.ts'
import { AppError } from '#lib/app-error.ts'
import { newId, sha256 } from '#lib/ids.ts'
import { type Database, openDatabase } from '#ports/database/index.ts'
import { users } from '#ports/database/tables.ts'
import { copyDatabase } from './test-app.ts'

type Sessions = ReturnType<typeof createSessions>
/** A token as the model knows it. `used` is how long ago: within the ten seconds, or before. */
type Token = { secret: string; used: 'no' | 'now' | 'before'; expired: boolean }
type Family = { sessionId: string; alive: boolean; tokens: Token[] }
type Model = { families: Family[] }
type Real = { processes: Sessions[]; database: Database; userId: string }

const origin = { address: '127.0.0.1', userAgent: 'test', requestId: 'r' }
const stack = new AsyncDisposableStack()
let databases: Database[]
beforeAll(async () => {
  const url = await copyDatabase(stack)
  databases = [stack.use(await openDatabase({ url, dataDir: '' })), stack.use(await openDatabase({ url, dataDir: '' }))]
})
afterAll(() => stack.disposeAsync())

async function startReal(): Promise<Real> {
  const signals = { publish: () => undefined, subscribe: () => () => undefined } as unknown as Parameters<typeof createSessions>[0]['signals']
  const processes = databases.map(({ db }) =>
    createSessions({ db, signals, audit: createAudit({ db }).record, jwtSecret: 'the same in every process' }),
  )
  const userId = newId()
  await databases[0]!.db.insert(users).values({ id: userId, email: `${userId}@example.org`, name: 'Ada', passwordHash: 'x', role: 'user' })
  return { processes, database: databases[0]!, userId }
}

/** What has to come of showing a token, and what that does to its family. */
function show(family: Family, at: number): 'same or new successor' | 'refused' {
  const token = family.tokens[at]!
  const successor = family.tokens[at + 1]
  if (!family.alive) return 'refused'
  if (token.used === 'no') {
    if (token.expired) return 'refused'
    token.used = 'now'
    family.tokens.push({ secret: '', used: 'no', expired: false })
    return 'same or new successor'
  }
  if (token.used === 'now' && successor?.used === 'no') return 'same or new successor'
  family.alive = false
  return 'refused'
}

const pick = (model: Model, family: number, token: number) => {
  const chosen = model.families[family % model.families.length]!
  return { family: chosen, at: token % chosen.tokens.length }
}

const outcomeOf = (rotation: Promise<{ refreshToken: string }>) =>
  rotation.then(
    ({ refreshToken }) => refreshToken,
    (error: unknown) => {
      if (error instanceof AppError && error.code === 'unauthenticated') return null
      throw error
    },
  )

/** Whatever happened: the sessions that live are those of the model. */
async function expectSignedIn({ families }: Model, { processes, userId }: Real): Promise<void> {
  const listed = await processes[1]!.list({ userId, sessionId: '', role: 'user', plan: 'free' })
  expect(new Set(listed.map(({ id }) => id))).toEqual(new Set(families.filter(({ alive }) => alive).map(({ sessionId }) => sessionId)))
}

type Command = fc.AsyncCommand<Model, Real>
const command = (name: string, needsFamily: boolean, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: ({ families }) => !needsFamily || families.length > 0,
  toString: () => name,
  async run(model, real) {
    await run(model, real)
    await expectSignedIn(model, real)
  },
})

const signIn = () =>
  command('sign in', false, async (model, { processes, database, userId }) => {
    const { sessionId, refreshToken } = await database.db.transaction((tx) => processes[0]!.open(tx, userId, origin))
    model.families.push({ sessionId, alive: true, tokens: [{ secret: refreshToken, used: 'no', expired: false }] })
  })

/** Shows a token, the newest or an older one, to one process or to both at once. An answer that is lost is a token that is shown again. */
const refresh = (family: number, token: number, where: readonly number[]) =>
  command(`refresh ${family}.${token} at ${where.join(' and ')}`, true, async (model, { processes }) => {
    const { family: chosen, at } = pick(model, family, token)
    const { secret } = chosen.tokens[at]!
    const outcomes = await Promise.all(where.map((process) => outcomeOf(processes[process]!.rotate(secret, origin))))
    const expected = show(chosen, at)
    if (expected === 'refused') return expect(outcomes).toEqual(where.map(() => null))
    const successor = chosen.tokens[at + 1]!
    if (successor.secret === '') successor.secret = outcomes[0] ?? 'refused'
    expect(outcomes).toEqual(where.map(() => successor.secret))
  })

const timePasses = () =>
  command('eleven seconds pass', true, async (model, { database }) => {
    const used = model.families.flatMap(({ tokens }) => tokens.filter((token) => token.used !== 'no'))
    for (const token of used) token.used = 'before'
    await database.pool.query(`update refresh_tokens set used_at = used_at - interval '11 seconds' where token_hash = any($1)`, [
      used.map(({ secret }) => sha256(secret)),
    ])
  })

const expire = (family: number) =>
  command(`the newest token of ${family} expires`, true, async (model, { database }) => {
    const newest = pick(model, family, 0).family.tokens.at(-1)!
    newest.expired = true
    await database.pool.query(`update refresh_tokens set expires_at = now() - interval '1 second' where token_hash = $1`, [sha256(newest.secret)])
  })

const signOut = (family: number, token: number) =>
  command(`sign out by ${family}.${token}`, true, async (model, { processes, database }) => {
    const { family: chosen, at } = pick(model, family, token)
    await database.db.transaction((tx) => processes[1]!.endByToken(tx, chosen.tokens[at]!.secret))
    chosen.alive = false
  })

const revoke = (family: number) =>
  command(`revoke ${family}`, true, async (model, { processes, database, userId }) => {
    const { family: chosen } = pick(model, family, 0)
    const ended = database.db.transaction((tx) => processes[0]!.end(tx, { userId, sessionId: '', role: 'user', plan: 'free' }, chosen.sessionId))
    if (chosen.alive) expect(await ended).toEqual([chosen.sessionId])
    else await expect(ended).rejects.toMatchObject({ code: 'not_found' })
    chosen.alive = false
  })

const any = fc.nat({ max: 5 })
const where = fc.constantFrom([0], [1], [0, 1], [1, 1])
const commands = fc.commands(
  [
    fc.constant(null).map(signIn),
    fc.tuple(any, any, where).map(([family, token, where]) => refresh(family, token, where)),
    fc.tuple(any, any, where).map(([family, token, where]) => refresh(family, token, where)),
    fc.constant(null).map(timePasses),
    any.map(expire),
    fc.tuple(any, any).map(([family, token]) => signOut(family, token)),
    any.map(revoke),
  ],
  { maxCommands: 30 },
)

test('whatever is shown, lost, shown again, let expire, signed out or revoked, on one process or two: signed in is who the model says', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (commands) => {
      const real = await startReal()
      await fc.asyncModelRun(() => ({ model: { families: [] }, real }), commands)
    }),
    { numRuns: 40 },
  )
})
