import { and, eq, ne } from 'drizzle-orm'
import type { createOutsidePeople, UserRow } from '#features/accounts/index.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Origin } from '#lib/caller.ts'
import { newId } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import type { Transaction } from '#ports/database/index.ts'
import { identities } from '#ports/database/tables.ts'
import type { IdentityProvider } from '#ports/identity/identity-file.ts'
import type { IssuedIdentity } from '#ports/identity/index.ts'
import { type Grants, grantsOf } from './grants.ts'

export type IdentityRow = typeof identities.$inferSelect
export type OutsidePeople = ReturnType<typeof createOutsidePeople>
export type Arrived = { user: UserRow; identity: IdentityRow; ended: string[] }
export type ArrivalsDeps = { audit: RecordAudit; people: OutsidePeople; domains: string[] | undefined }

export const findIdentity = async (
  tx: Transaction,
  { issuer, subject }: Pick<IssuedIdentity, 'issuer' | 'subject'>,
): Promise<IdentityRow | undefined> =>
  (
    await tx
      .select()
      .from(identities)
      .where(and(eq(identities.issuer, issuer), eq(identities.subject, subject)))
  )[0]

/** Whose account somebody comes to whom an issuer names. */
export function createArrivals({ audit, people, domains: domainsOfAll }: ArrivalsDeps) {
  function requireDomain(provider: IdentityProvider, { email, emailVerified }: IssuedIdentity): void {
    const domains = provider.domains ?? domainsOfAll
    if (domains === undefined) return
    const domain = email?.slice(email.lastIndexOf('@') + 1) ?? ''
    if (!emailVerified || !domains.includes(domain))
      throw refusal('forbidden.sign_on_domain', { provider: provider.name, domains: domains.join(', ') })
  }

  /** They are known: their address here follows the one there, as long as it was the same. */
  async function again(tx: Transaction, provider: IdentityProvider, issued: IssuedIdentity, known: IdentityRow, origin: Origin): Promise<Arrived> {
    const user = await people.active(tx, known.userId)
    const { email } = issued
    const note = (action: string) => audit(tx, { action, actorId: user.id, target: known.id, details: { provider: provider.id }, ...at(origin) })
    if (email !== null && issued.emailVerified) {
      const isTheirs = email === user.email || user.email === known.email
      const taken = email !== user.email && (await people.byEmail(tx, email)) !== undefined
      if (isTheirs && taken) await note('identity.email_taken')
      else if (isTheirs && (email !== user.email || user.verifiedEmail !== email)) {
        await people.setEmail(tx, user.id, email)
        await note(email === user.email ? 'email.verified' : 'email.changed')
      }
    }
    const [identity] = await tx
      .update(identities)
      .set({ provider: provider.id, email: email ?? known.email, lastUsedAt: new Date() })
      .where(eq(identities.id, known.id))
      .returning()
    return { user, identity: identity!, ended: [] }
  }

  async function add(tx: Transaction, provider: IdentityProvider, issued: IssuedIdentity, userId: string, granted?: Grants): Promise<IdentityRow> {
    const { issuer, subject, email } = issued
    const own = { grantedRole: granted?.role ?? null, grantedPlan: granted?.plan ?? null }
    const [row] = await tx
      .insert(identities)
      .values({ id: newId(), userId, provider: provider.id, issuer, subject, email, ...own })
      .returning()
    return row!
  }

  /** Nobody here has this identity: the account with its verified address becomes its, or a new one. */
  async function first(tx: Transaction, provider: IdentityProvider, issued: IssuedIdentity, origin: Origin): Promise<Arrived> {
    const { email, emailVerified, issuer } = issued
    const params = { provider: provider.name }
    if (email === null) throw refusal('forbidden.sign_on_email', params)
    const there = await people.byEmail(tx, email)
    if (!there) {
      if (!provider.newPeople) throw refusal('forbidden.sign_on_people', params)
      const grants = grantsOf(provider, issued.groups ?? [])
      const name = issued.name ?? email.slice(0, email.indexOf('@')).slice(0, 100)
      const user = await people.make(tx, { email, isVerified: emailVerified, name, role: grants.role ?? 'user', plan: grants.plan ?? 'free' })
      const identity = await add(tx, provider, issued, user.id, grants)
      await audit(tx, {
        action: 'user.registered',
        actorId: user.id,
        details: { role: user.role, plan: user.plan, provider: provider.id },
        ...at(origin),
      })
      return { user, identity, ended: [] }
    }
    if (!emailVerified) throw refusal('conflict.sign_on_email', params)
    const user = people.requireActive(there)
    // Another first sign-in of theirs, at the same time, was before this one.
    const since = await findIdentity(tx, issued)
    if (since) return await again(tx, provider, issued, since, origin)
    // The issuer has given somebody's address to somebody else.
    const others = await tx
      .select({ id: identities.id })
      .from(identities)
      .where(and(eq(identities.userId, user.id), eq(identities.issuer, issuer)))
    if (others.length > 0) throw refusal('conflict.sign_on_email_moved', params)
    const identity = await link(tx, provider, issued, user, origin)
    const isShown = user.verifiedEmail === email
    // An administrator was made one by somebody who knew whom they meant.
    const ended = isShown || user.role === 'admin' ? [] : await people.takeFromMaker(tx, user)
    if (!isShown) await people.setEmail(tx, user.id, email)
    return { user, identity, ended }
  }

  async function link(tx: Transaction, provider: IdentityProvider, issued: IssuedIdentity, user: UserRow, origin: Origin): Promise<IdentityRow> {
    const identity = await add(tx, provider, issued, user.id)
    await audit(tx, { action: 'identity.linked', actorId: user.id, target: identity.id, details: { provider: provider.id }, ...at(origin) })
    return identity
  }

  return {
    /** @throws forbidden, conflict, unauthenticated */
    async arrive(tx: Transaction, provider: IdentityProvider, issued: IssuedIdentity, origin: Origin): Promise<Arrived> {
      requireDomain(provider, issued)
      const known = await findIdentity(tx, issued)
      return known ? await again(tx, provider, issued, known, origin) : await first(tx, provider, issued, origin)
    },

    /** By somebody who is signed in. @throws conflict where it is somebody else's */
    async connect(tx: Transaction, provider: IdentityProvider, issued: IssuedIdentity, user: UserRow, origin: Origin): Promise<void> {
      const known = await findIdentity(tx, issued)
      if (known?.userId === user.id) return
      if (known) throw refusal('conflict.sign_on_elsewhere', { provider: provider.name })
      await link(tx, provider, issued, user, origin)
      const { email, emailVerified } = issued
      const isClaimed = user.claimedEmail === email && email !== null && !(await people.byEmail(tx, email))
      if (emailVerified && email !== null && (email === user.email || isClaimed)) await people.setEmail(tx, user.id, email)
    },

    /** What the person's other identities give. */
    othersOf: (tx: Pick<Transaction, 'select'>, { id, userId }: IdentityRow) =>
      tx
        .select({ role: identities.grantedRole, plan: identities.grantedPlan })
        .from(identities)
        .where(and(eq(identities.userId, userId), ne(identities.id, id))),
  }
}

const at = ({ address, requestId }: Origin) => ({ address, requestId })
