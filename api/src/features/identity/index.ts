import type { Identity } from '@jarvis/contracts/sign-on-endpoints.ts'
import { and, asc, eq, ne } from 'drizzle-orm'
import type { Opened, UserChange } from '#features/accounts/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Caller, Origin } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import { refusal } from '#lib/refusal.ts'
import { sealBox } from '#lib/sealed-box.ts'
import type { Limits } from '#ports/limits/index.ts'
import { type Database, isUniqueViolation, type Transaction } from '#ports/database/index.ts'
import { identities, signOnSessions, users } from '#ports/database/tables.ts'
import type { IdentityProvider, IdentityTable, LdapProvider, OidcProvider, SamlProvider } from '#ports/identity/identity-file.ts'
import type { Directory, IssuedIdentity, Issuer } from '#ports/identity/index.ts'
import { createApplyGrants } from './apply-grants.ts'
import { createByDirectory } from './by-directory.ts'
import { createArrivals, findIdentity, type IdentityRow, type OutsidePeople } from './arrivals.ts'
import { type Attempt, createAttempts } from './attempts.ts'
import { grantsOf } from './grants.ts'
import { createLogouts } from './logouts.ts'
import { nextPage } from './next-page.ts'

export { createApplyGrants } from './apply-grants.ts'
export { grantsOf } from './grants.ts'

export type IdentityDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  people: OutsidePeople
  /** @throws conflict for the last administrator */
  changeUser(userId: string, change: UserChange, source: string): Promise<unknown>
  table: IdentityTable
  openIssuer(provider: OidcProvider | SamlProvider): Promise<Issuer & { metadata?(): string }>
  openDirectory(provider: LdapProvider): Promise<Directory>
  limits: Pick<Limits, 'attempt' | 'succeeded'>
  /** Addresses that REGISTRATION lets in, where it names some. */
  domains: string[] | undefined
  /** Whether the person could come in with a password after all. */
  mayUsePassword(user: typeof users.$inferSelect): boolean
  /** Asks what a person began on a page to stop. */
  stopRuns(userId: string): Promise<unknown>
  secretsKey(): Buffer
  publicUrl: string
  log: Log
}

/** Where somebody goes on who came back from an issuer, and why not as they meant to. */
export type Return = { next: string; opened: Opened | null; failure: AppError | null; provider: string; isSignIn: boolean }
export type SignOn = Awaited<ReturnType<typeof createIdentity>>

/** Single sign-on: people leave for an issuer, come back as who it names, and are signed in as with a password. */
export async function createIdentity(deps: IdentityDeps) {
  const { db, audit, people, table, publicUrl, secretsKey, log } = deps
  const names = new Map(table.providers.map(({ id, name }) => [id, name]))
  const providers = new Map<string, { provider: OidcProvider | SamlProvider; issuer: Awaited<ReturnType<typeof deps.openIssuer>> }>()
  const directories = new Map<string, { provider: LdapProvider; directory: Directory }>()
  for (const provider of table.providers)
    if (provider.kind === 'ldap') directories.set(provider.id, { provider, directory: await deps.openDirectory(provider) })
    else providers.set(provider.id, { provider, issuer: await deps.openIssuer(provider) })
  const byDirectory = createByDirectory({ db, audit, limits: deps.limits, directories, signIn })
  const attempts = createAttempts({ db, publicUrl })
  const arrivals = createArrivals(deps)
  const applyGrants = createApplyGrants(deps)
  const logouts = createLogouts({ db, audit, people, stopRuns: deps.stopRuns, secretsKey, publicUrl, issuerOf: (id) => providers.get(id)?.issuer })

  /** @throws not_found */
  function of(id: string) {
    const found = providers.get(id)
    if (!found) throw new AppError('not_found', 'There is no such provider.')
    return found
  }

  async function leave(
    id: string,
    wish: Omit<Parameters<typeof attempts.begin>[0], 'provider' | 'next'> & { next: string | undefined },
  ): Promise<string> {
    const { issuer } = of(id)
    const next = nextPage(wish.next, publicUrl)
    return (await issuer.begin(await attempts.begin({ ...wish, next, provider: id }))).href
  }

  /** Of two who bring one new identity at once, one writes it, and the other finds it. */
  async function transact<Made>(act: (tx: Transaction) => Promise<Made>): Promise<Made> {
    return await db.transaction(act).catch((error: unknown) => (isUniqueViolation(error) ? db.transaction(act) : Promise.reject(error as Error)))
  }

  /** Role and plan follow the groups at each sign-in. What the issuer says nothing of stays. */
  async function followGroups(provider: IdentityProvider, { groups }: IssuedIdentity, identity: IdentityRow): Promise<void> {
    if (groups === null) return
    const [user] = await db.select().from(users).where(eq(users.id, identity.userId))
    if (!user) return
    const granted = await applyGrants(user, {
      before: identity,
      wanted: grantsOf(provider, groups),
      others: await arrivals.othersOf(db, identity),
      provider: provider.id,
      source: `single sign-on: ${provider.id}`,
    })
    await db.update(identities).set(granted).where(eq(identities.id, identity.id))
  }

  async function signIn(provider: IdentityProvider, issued: IssuedIdentity, origin: Origin): Promise<Opened> {
    const { user, identity, ended } = await transact((tx) => arrivals.arrive(tx, provider, issued, origin))
    people.announceEnded(ended)
    await followGroups(provider, issued, identity)
    const opened = await db.transaction(async (tx) => {
      await people.active(tx, user.id)
      const opened = await people.open(tx, user.id, provider.id, origin)
      const sealedIdToken = sealBox(secretsKey(), opened.sessionId, issued.idToken)
      await tx.insert(signOnSessions).values({ sessionId: opened.sessionId, identityId: identity.id, sid: issued.sid, sealedIdToken })
      return opened
    })
    people.announce(user.id)
    return opened
  }

  /** @throws conflict, forbidden, unauthenticated */
  async function ofSignedIn(provider: IdentityProvider, issued: IssuedIdentity, attempt: Attempt, origin: Origin): Promise<void> {
    const sessionId = attempt.sessionId ?? ''
    const userId = await transact(async (tx) => {
      const user = await people.ofSession(tx, sessionId)
      if (attempt.purpose === 'link') await arrivals.connect(tx, provider, issued, user, origin)
      else {
        if ((await findIdentity(tx, issued))?.userId !== user.id) throw refusal('forbidden.sign_on_other', { provider: provider.name })
        await people.authenticated(tx, { userId: user.id, sessionId })
        const { address, requestId } = origin
        await audit(tx, { action: 'reauthenticated', actorId: user.id, target: sessionId, details: { provider: provider.id }, address, requestId })
      }
      return user.id
    })
    people.announce(userId)
  }

  async function isOnlyWay(tx: Pick<Transaction, 'select'>, identity: IdentityRow): Promise<boolean> {
    const [user] = await tx.select().from(users).where(eq(users.id, identity.userId))
    const others = await tx
      .select({ provider: identities.provider })
      .from(identities)
      .where(and(eq(identities.userId, identity.userId), ne(identities.id, identity.id)))
    return !deps.mayUsePassword(user!) && !others.some(({ provider }) => names.has(provider))
  }

  return {
    ...logouts,
    ...byDirectory,

    /** What an identity provider of SAML is set up with. @throws not_found */
    metadata(id: string): string {
      const { issuer } = of(id)
      if (!issuer.metadata) throw new AppError('not_found', 'There is no such provider.')
      return issuer.metadata()
    },

    /** @throws not_found, unauthenticated */
    async lay(id: string, { state, answer }: { state: string; answer: string }): Promise<void> {
      of(id)
      await attempts.lay(id, state, answer)
    },

    /** Where the browser goes to sign in. @throws not_found, unavailable */
    begin: (id: string, browser: string, next: string | undefined): Promise<string> =>
      leave(id, { browser, next, purpose: 'sign_in', sessionId: null }),

    /** The same for somebody who is signed in: to connect an account there, or to show that it is they. @throws not_found, unavailable, reauthentication_required */
    async beginFor(caller: Caller, id: string, purpose: 'link' | 'show', browser: string, next: string | undefined): Promise<string> {
      if (purpose === 'link') await people.requireRecent(caller)
      return await leave(id, { browser, next, purpose, sessionId: caller.sessionId })
    },

    /** Takes the address that the browser came back to. What fails is said on the page that they go on with. @throws not_found */
    async finish(id: string, path: string, given: { state: string; browser: string }, origin: Origin): Promise<Return> {
      const { provider, issuer } = of(id)
      const back = { provider: id, isSignIn: true, next: '/', opened: null, failure: null }
      let attempt: Attempt | undefined
      try {
        attempt = await attempts.take(id, given.state, given.browser)
        const { next, purpose, terms } = attempt
        const issued = await issuer.finish(new URL(path, publicUrl), terms, attempt.answer)
        if (purpose === 'sign_in') return { ...back, next, opened: await signIn(provider, issued, origin) }
        await ofSignedIn(provider, issued, attempt, origin)
        return { ...back, next, isSignIn: false }
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        log.info({ err: error, provider: id }, 'a single sign-on failed')
        const { address, requestId } = origin
        const why = typeof error.params?.sentence === 'string' ? error.params.sentence : error.code
        await audit(db, { action: 'login.failed', actorId: null, details: { provider: id, why }, address, requestId })
        return { ...back, next: attempt?.next ?? '/', isSignIn: attempt?.purpose !== 'link' && attempt?.purpose !== 'show', failure: error }
      }
    },

    async list({ userId }: Pick<Caller, 'userId'>): Promise<Identity[]> {
      const rows = await db.select().from(identities).where(eq(identities.userId, userId)).orderBy(asc(identities.id))
      return rows.map(({ id, provider, email, createdAt, lastUsedAt }) => ({
        id,
        provider,
        name: names.get(provider) ?? provider,
        email,
        createdAt: createdAt.toISOString(),
        lastUsedAt: lastUsedAt.toISOString(),
      }))
    },

    /** The sessions that came by it end, but for the caller's. @throws not_found, conflict for the only way in, reauthentication_required */
    async unlink(caller: Caller, id: string, { address, requestId }: Origin): Promise<void> {
      await people.requireRecent(caller)
      const ended = await db.transaction(async (tx) => {
        // One after the other: the last two must not both go.
        await people.active(tx, caller.userId)
        const [identity] = await tx
          .select()
          .from(identities)
          .where(and(eq(identities.id, id), eq(identities.userId, caller.userId)))
        if (!identity) throw new AppError('not_found', 'There is no such identity.')
        if (await isOnlyWay(tx, identity)) throw refusal('conflict.only_way_in')
        const opened = await tx.select({ id: signOnSessions.sessionId }).from(signOnSessions).where(eq(signOnSessions.identityId, id))
        const ended = await people.end(
          tx,
          opened.map((session) => session.id).filter((sessionId) => sessionId !== caller.sessionId),
        )
        await tx.delete(identities).where(eq(identities.id, id))
        await audit(tx, {
          action: 'identity.unlinked',
          actorId: caller.userId,
          target: id,
          details: { provider: identity.provider },
          address,
          requestId,
        })
        return ended
      })
      people.announceEnded(ended)
    },
  }
}
