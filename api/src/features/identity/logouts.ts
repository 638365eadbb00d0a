import { and, eq } from 'drizzle-orm'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Origin } from '#lib/caller.ts'
import { sha256 } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import { openBox } from '#lib/sealed-box.ts'
import type { Database } from '#ports/database/index.ts'
import { identities, logoutTokens, signOnSessions } from '#ports/database/tables.ts'
import type { Issuer } from '#ports/identity/index.ts'
import type { OutsidePeople } from './arrivals.ts'

export type LogoutsDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  people: OutsidePeople
  stopRuns(userId: string): Promise<unknown>
  secretsKey(): Buffer
  publicUrl: string
  issuerOf(provider: string): Issuer | undefined
}

/** Ends sessions that an issuer vouched for: as it says, or there too when the person signs out here. */
export function createLogouts({ db, audit, people, stopRuns, secretsKey, publicUrl, issuerOf }: LogoutsDeps) {
  return {
    /** An issuer says that somebody signed out there. Sockets, streams and the rest end by the signal, in every process. @throws not_found, unavailable, invalid_request */
    async endByIssuer(provider: string, logoutToken: string, { address, requestId }: Origin): Promise<void> {
      const issuer = issuerOf(provider)
      if (!issuer) throw new AppError('not_found', 'There is no such provider.')
      const logout = await issuer.readLogout(logoutToken)
      const { ended, gone } = await db.transaction(async (tx) => {
        const tokenHash = sha256(`${logout.issuer} ${logout.id}`)
        const [isNew] = await tx.insert(logoutTokens).values({ tokenHash, expiresAt: logout.expiresAt }).onConflictDoNothing().returning()
        if (!isNew) throw refusal('invalid_request.logout_token')
        const found = await tx
          .select({ sessionId: signOnSessions.sessionId, userId: identities.userId, identityId: identities.id })
          .from(signOnSessions)
          .innerJoin(identities, eq(identities.id, signOnSessions.identityId))
          .where(
            and(
              eq(identities.issuer, logout.issuer),
              logout.sid === null ? undefined : eq(signOnSessions.sid, logout.sid),
              logout.subject === null ? undefined : eq(identities.subject, logout.subject),
            ),
          )
        const ended = await people.end(
          tx,
          found.map(({ sessionId }) => sessionId),
        )
        for (const { sessionId, userId } of found)
          if (ended.includes(sessionId))
            await audit(tx, { action: 'session.ended_by_issuer', actorId: userId, target: sessionId, details: { provider }, address, requestId })
        const concerned = [...new Set(found.filter(({ sessionId }) => ended.includes(sessionId)).map(({ userId }) => userId))]
        const gone: string[] = []
        for (const userId of concerned) if (!(await people.hasSession(tx, userId))) gone.push(userId)
        return { ended, gone }
      })
      people.announceEnded(ended)
      // Nobody is there any more to see or to stop it.
      for (const userId of gone) await stopRuns(userId)
    },

    /** Signs out here. Returns where the browser signs out at the issuer too; null where nobody vouched for the session. */
    async signOut(refreshToken: string, { address, requestId }: Origin): Promise<string | null> {
      const ended = await db.transaction(async (tx) => {
        const session = await people.endByToken(tx, refreshToken)
        if (!session) return null
        await audit(tx, { action: 'logout', actorId: session.userId, target: session.sessionId, address, requestId })
        const [by] = await tx
          .select({ sealed: signOnSessions.sealedIdToken, provider: identities.provider })
          .from(signOnSessions)
          .innerJoin(identities, eq(identities.id, signOnSessions.identityId))
          .where(eq(signOnSessions.sessionId, session.sessionId))
        return { ...session, by }
      })
      if (!ended) return null
      people.announceEnded([ended.sessionId])
      const idToken = ended.by && openBox(secretsKey(), ended.sessionId, ended.by.sealed)
      const issuer = ended.by && issuerOf(ended.by.provider)
      return idToken && issuer ? await issuer.endSession(idToken, `${publicUrl}/sign-in`) : null
    },
  }
}
