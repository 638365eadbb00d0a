import { and, eq } from 'drizzle-orm'
import type { Payer } from '#lib/money.ts'
import type { Database } from '#ports/database/index.ts'
import { members } from '#ports/database/tables.ts'

/** Who pays for somebody at this moment: the organisation in which they have a seat, else they themself. A payer that is none of a person stays. */
export function createPayers({ db }: Pick<Database, 'db'>) {
  return async function payerNow(payer: Payer): Promise<Payer> {
    if (payer.kind !== 'person') return payer
    const [member] = await db
      .select({ id: members.id, organisationId: members.organisationId })
      .from(members)
      .where(and(eq(members.userId, payer.id), eq(members.seat, 'held')))
    if (!member) return payer
    const { keyId } = payer
    const scopes = [...(keyId ? [keyId] : []), member.id, member.organisationId]
    return { kind: 'organisation', id: member.organisationId, scopes, ...(keyId && { keyId }) }
  }
}
