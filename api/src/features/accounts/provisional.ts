import { createHmac } from 'node:crypto'
import { and, desc, eq, type SQL, sql } from 'drizzle-orm'
import { sha256 } from '#lib/ids.ts'
import type { Database } from '#ports/database/index.ts'
import { noAddress, users } from '#ports/database/tables.ts'
import type { Limits } from '#ports/limits/index.ts'
import type { Asker } from './hash-line.ts'
import type { Passwords } from './passwords.ts'
import type { UserRow } from './user-changes.ts'

/** Who has not opened the letter by then is erased. */
export const provisionalDays = 7
/** Letters about a registration, to one address. */
const claimLetters = { requestsMax: 5, windowSeconds: 3600 }

export const placeholderOf = (userId: string) => noAddress + userId
export const isPlaceholder = (address: string) => address.startsWith(noAddress)

/** The address that somebody gave, for them and administrators to read. It says nothing of whose it is. */
export const addressOf = ({ email, claimedEmail }: Pick<UserRow, 'email' | 'claimedEmail'>): string => claimedEmail ?? email
/** The same in a query. */
export const shownAddress: SQL<string> = sql`coalesce(${users.claimedEmail}, ${users.email})`

export const provisionalUntil = ({ claimedEmail, createdAt }: Pick<UserRow, 'claimedEmail' | 'createdAt'>): Date | null =>
  claimedEmail === null ? null : new Date(createdAt.getTime() + provisionalDays * 86_400_000)

/** `isOffered`: letters are sent, so that there are such accounts. */
export type ProvisionalDeps = Pick<Database, 'db'> & { limits: Limits; passwords: Passwords; jwtSecret: string; isOffered: boolean }
type SigningIn = { email: string; password: string; owner: UserRow | undefined; asker: Asker }

/**
 * Accounts of those who gave an address that no letter has shown to be theirs yet. The address may be somebody else's, who has an account or
 * not: an account like this is made in the same way for both, and nothing that is looked for by an address leads to it.
 */
export function createProvisional({ db, limits, passwords, jwtSecret, isOffered }: ProvisionalDeps) {
  const saltOf = (email: string): Buffer => createHmac('sha256', jwtSecret).update(`provisional ${email}`).digest().subarray(0, 16)

  /** Who claims this address with this password; the newest of several. */
  async function find(email: string, passwordHash: string): Promise<UserRow | undefined> {
    const [user] = await db
      .select()
      .from(users)
      .where(and(eq(users.claimedEmail, email), eq(users.passwordHash, passwordHash)))
      .orderBy(desc(users.id))
      .limit(1)
    return user?.disabledAt ? undefined : user
  }

  return {
    /** One for all who claim an address: a sign-in hashes what was typed once, however many they are. */
    saltOf,

    /** Whom an address and a password let in: the account of the address before those that claim it. The same work for every outcome but theirs. */
    async whoSigned({ email, password, owner, asker }: SigningIn): Promise<{ user: UserRow; isOwner: boolean } | null> {
      const { matches, claimHash } = await passwords.tried(password, owner?.passwordHash, asker, isOffered ? saltOf(email) : undefined)
      if (matches && owner && !owner.disabledAt) return { user: owner, isOwner: true }
      const claimant = claimHash === null ? undefined : await find(email, claimHash)
      if (claimant) return { user: claimant, isOwner: false }
      passwords.wrong(asker)
      return null
    },

    /** Whether one more letter may go to this address. Nobody is told. */
    async mayWrite(email: string): Promise<boolean> {
      const [admission] = await limits.admit([{ key: `claim:${sha256(email)}`, ...claimLetters }])
      return admission!.admitted
    },
  }
}

/** Those whose time is over. Who pays stays, and an administrator, who was made one by somebody who knew whom they meant. */
export async function overdueProvisional({ db }: Pick<Database, 'db'>, max: number): Promise<string[]> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select u.id from ${users} u where u.claimed_email is not null and u.role <> 'admin' and u.created_at < now() - make_interval(days => ${provisionalDays})
      and not exists (select from subscriptions s where s.user_id = u.id and s.status not in ('none', 'canceled'))
      and not exists (select from erasures e where e.user_id = u.id)
    order by u.id limit ${max}`)
  return rows.map(({ id }) => id)
}
