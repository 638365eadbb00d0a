import type { Database } from '#ports/database/index.ts'
import { isActive } from '#ports/database/people.ts'
import { type JobOwner, OwnerGone, type PresentOwner } from './index.ts'

/** What a job holds of its owner. An earlier version kept the person in the payload alone. */
export type Owned = { payload: unknown; userId?: string | null }

export const ownedBy = (owner: JobOwner, payload: unknown): Owned => ({ payload, userId: owner === 'installation' ? null : owner.userId })

export function ownerOf(database: Pick<Database, 'db'>, { payload, userId }: Owned): PresentOwner {
  const id = userId === undefined ? ((payload as { userId?: string } | null)?.userId ?? null) : userId
  return {
    userId: id,
    async requireThere() {
      if (id !== null && !(await isActive(database, id))) throw new OwnerGone('The person whom this job is for is gone, or may not be here.')
    },
  }
}
