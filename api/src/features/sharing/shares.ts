import type { SharedKind } from '@jarvis/contracts/sharing.ts'
import { and, eq, type SQL } from 'drizzle-orm'
import { groupShares } from '#ports/database/tables.ts'

/** With whom one thing is shared. */
export const sharesOf = (kind: SharedKind, id: string): SQL => and(eq(groupShares.kind, kind), eq(groupShares.thingId, id))!

/** All that somebody shares in an organisation. */
export const sharesFrom = (organisationId: string, ownerId: string): SQL =>
  and(eq(groupShares.organisationId, organisationId), eq(groupShares.ownerId, ownerId))!
