import type { Database } from '#ports/database/index.ts'
import { currentRequestId } from '#lib/request-context.ts'
import { isActive } from '#ports/database/people.ts'
import { type JobOwner, OwnerGone, type PresentOwner } from './index.ts'

/** What a job holds of its owner, and of the request that left it. An earlier version kept the person in the payload alone. */
export type Owned = { payload: unknown; userId?: string | null; requestId?: string }

export function ownedBy(owner: JobOwner, payload: unknown): Owned {
  const requestId = currentRequestId()
  return { payload, userId: owner === 'installation' ? null : owner.userId, ...(requestId !== undefined && { requestId }) }
}

export function ownerOf(database: Pick<Database, 'db'>, { payload, userId }: Owned): PresentOwner {
  const id = userId === undefined ? ((payload as { userId?: string } | null)?.userId ?? null) : userId
  return {
    userId: id,
    async requireThere() {
      if (id !== null && !(await isActive(database, id))) throw new OwnerGone('The person whom this job is for is gone, or may not be here.')
    },
  }
}
