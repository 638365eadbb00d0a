import { type Opened, signInWaits } from '#features/accounts/index.ts'
import { addressKey } from '#lib/address-key.ts'
import { AppError } from '#lib/app-error.ts'
import type { RecordAudit } from '#lib/audit-event.ts'
import type { Origin } from '#lib/caller.ts'
import { sha256 } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database } from '#ports/database/index.ts'
import type { LdapProvider } from '#ports/identity/identity-file.ts'
import type { Directory, IssuedIdentity } from '#ports/identity/index.ts'
import type { Limits } from '#ports/limits/index.ts'

export type ByDirectoryDeps = Pick<Database, 'db'> & {
  audit: RecordAudit
  limits: Pick<Limits, 'attempt' | 'succeeded'>
  directories: ReadonlyMap<string, { provider: LdapProvider; directory: Directory }>
  signIn(provider: LdapProvider, issued: IssuedIdentity, origin: Origin): Promise<Opened>
}

/** People who sign in with the name and password of a directory, typed here. Neither is kept. */
export function createByDirectory({ db, audit, limits, directories, signIn }: ByDirectoryDeps) {
  return {
    /** @throws not_found, invalid_credentials, rate_limited, unavailable, forbidden, conflict, unauthenticated */
    async signInByDirectory(id: string, { name, password }: { name: string; password: string }, origin: Origin): Promise<Opened> {
      const found = directories.get(id)
      if (!found) throw new AppError('not_found', 'There is no such provider.')
      // As for a password of ours: it is the directory’s that would be guessed here.
      const tries = `login:${sha256(`${id} ${name.trim().toLowerCase()} ${addressKey(origin.address)}`)}`
      const { allowed, retryAfterSeconds } = await limits.attempt(tries, signInWaits)
      if (!allowed) throw refusal('rate_limited.sign_in', {}, { retryAfterSeconds })
      const { address, requestId } = origin
      try {
        const issued = await found.directory.signIn(name, password)
        if (!issued) throw refusal('invalid_credentials.directory')
        await limits.succeeded(tries)
        return await signIn(found.provider, issued, origin)
      } catch (error) {
        if (!(error instanceof AppError)) throw error
        const why = typeof error.params?.sentence === 'string' ? error.params.sentence : error.code
        await audit(db, { action: 'login.failed', actorId: null, details: { provider: id, why }, address, requestId })
        throw error
      }
    },
  }
}
