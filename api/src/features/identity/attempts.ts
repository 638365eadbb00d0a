import { and, eq, gt, isNull, sql } from 'drizzle-orm'
import { newSecret, sha256 } from '#lib/ids.ts'
import { refusal } from '#lib/refusal.ts'
import type { Database } from '#ports/database/index.ts'
import { signOnAttempts, type SignOnPurpose } from '#ports/database/tables.ts'
import type { SignOnTerms } from '#ports/identity/index.ts'

const lifetimeSeconds = 600

export type Attempt = { terms: SignOnTerms; next: string; purpose: SignOnPurpose; sessionId: string | null; answer: string | null }
type Wish = { provider: string; browser: string; next: string; purpose: SignOnPurpose; sessionId: string | null }

/** People who have left for an issuer: each comes back once, in the browser that they left in, within ten minutes. */
export function createAttempts({ db, publicUrl }: Pick<Database, 'db'> & { publicUrl: string }) {
  const termsOf = (provider: string, purpose: SignOnPurpose, secrets: Pick<SignOnTerms, 'state' | 'nonce' | 'verifier'>): SignOnTerms => ({
    ...secrets,
    redirectUri: `${publicUrl}/api/v1/auth/oidc/${provider}/callback`,
    anew: purpose === 'show',
  })

  return {
    async begin({ browser, provider, next, purpose, sessionId }: Wish): Promise<SignOnTerms> {
      const secrets = { state: newSecret(), nonce: newSecret(), verifier: newSecret() }
      const { state, nonce, verifier } = secrets
      const expiresAt = sql`now() + make_interval(secs => ${lifetimeSeconds})`
      const row = { stateHash: sha256(state), browserHash: sha256(browser), provider, nonce, verifier, next, purpose, sessionId, expiresAt }
      await db.insert(signOnAttempts).values(row)
      return termsOf(provider, purpose, secrets)
    },

    /** An issuer has its answer posted by another site, where the browser shows no cookie: it is laid by for who comes with it. The first counts. @throws unauthenticated */
    async lay(provider: string, state: string, answer: string): Promise<void> {
      const laid = await db
        .update(signOnAttempts)
        .set({ answer })
        .where(
          and(
            eq(signOnAttempts.stateHash, sha256(state)),
            eq(signOnAttempts.provider, provider),
            isNull(signOnAttempts.answer),
            gt(signOnAttempts.expiresAt, sql`now()`),
          ),
        )
        .returning({ provider: signOnAttempts.provider })
      if (laid.length === 0) throw refusal('unauthenticated.sign_on_over')
    },

    /** Of two who come back at once, one has it. @throws unauthenticated */
    async take(provider: string, state: string, browser: string): Promise<Attempt> {
      const [row] = await db
        .delete(signOnAttempts)
        .where(
          and(
            eq(signOnAttempts.stateHash, sha256(state)),
            eq(signOnAttempts.browserHash, sha256(browser)),
            eq(signOnAttempts.provider, provider),
            gt(signOnAttempts.expiresAt, sql`now()`),
          ),
        )
        .returning()
      if (!row) throw refusal('unauthenticated.sign_on_over')
      const { nonce, verifier, next, purpose, sessionId, answer } = row
      return { terms: termsOf(provider, purpose, { state, nonce, verifier }), next, purpose, sessionId, answer }
    },
  }
}
