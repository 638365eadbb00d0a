import type { User } from '@jarvis/contracts/accounts.ts'
import { eq } from 'drizzle-orm'
import { mustAccept } from '#features/notices/index.ts'
import type { Database } from '#ports/database/index.ts'
import { users } from '#ports/database/tables.ts'
import { mustEnrol } from './factor-rules.ts'

/** Of the row of `users` of a query: what a person has to do before anything else. */
export const due = { mustEnrol, mustAccept }
export type Due = (userId: string) => Promise<Pick<User, 'factorRequired' | 'termsRequired'>>

/** The same of a person, as their page is told. */
export const createDue =
  ({ db }: Pick<Database, 'db'>): Due =>
  async (userId) => {
    const [found] = await db.select({ factorRequired: mustEnrol, termsRequired: mustAccept }).from(users).where(eq(users.id, userId))
    return found ?? { factorRequired: false, termsRequired: false }
  }

/** The same, as the door needs it: `termsUrl` is where the terms are accepted that wait for the person. */
export const doorOf = (found: { mustEnrol: boolean; mustAccept: boolean }, publicUrl: string) => ({
  mustEnrol: found.mustEnrol,
  ...(found.mustAccept && { termsUrl: `${publicUrl}/terms` }),
})
