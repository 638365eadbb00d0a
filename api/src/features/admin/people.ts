import type { Session } from '@jarvis/contracts/accounts.ts'
import type { AdminUser } from '@jarvis/contracts/admin.ts'
import type { AddedUser, AddUserBody } from '@jarvis/contracts/people-endpoints.ts'
import type { z } from 'zod'
import type { Accounts } from '#features/accounts/index.ts'
import type { By, Origin } from '#lib/caller.ts'

export type PeopleDeps = {
  accounts: Pick<Accounts, 'addUser' | 'endPassword' | 'endSessionsOf' | 'requireRecent' | 'sessions'>
  /** @throws not_found */
  get(userId: string): Promise<AdminUser>
  /** Returns whether nothing is left to do. @throws conflict for the last administrator */
  erase(userId: string, by: { actorId: string; origin: Origin }): Promise<boolean>
}
const changedBy = ({ caller, origin: { address, requestId } }: By) => ({ actorId: caller.userId, origin: { address, requestId } })

/** What administrators do about people as a whole: add, sign out, erase. */
export function createPeople({ accounts, get, erase }: PeopleDeps) {
  return {
    /** @throws email_taken, conflict, invalid_request */
    async addUser(by: By, { delivery, ...body }: z.infer<typeof AddUserBody>): Promise<AddedUser> {
      const id = await accounts.addUser(body, changedBy(by))
      const link = body.password === undefined ? await accounts.endPassword(id, { delivery }, changedBy(by)) : null
      return { ...(await get(id)), link }
    },

    /** @throws not_found, reauthentication_required, conflict */
    async eraseUser({ caller, origin }: By, userId: string): Promise<boolean> {
      await accounts.requireRecent(caller)
      return await erase(userId, { actorId: caller.userId, origin })
    },

    /** @throws not_found */
    async sessionsOf({ caller }: By, userId: string): Promise<Session[]> {
      const { id } = await get(userId)
      return await accounts.sessions({ ...caller, userId: id })
    },

    /** @throws not_found */
    async endSessionsOf(by: By, userId: string): Promise<void> {
      await accounts.endSessionsOf((await get(userId)).id, changedBy(by))
    },
  }
}
