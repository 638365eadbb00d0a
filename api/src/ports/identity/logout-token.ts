import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { z } from 'zod'
import { refusal } from '#lib/refusal.ts'
import type { IssuedLogout } from './index.ts'
import { isAway, unavailable } from './issuer-refusals.ts'

const event = 'http://schemas.openid.net/event/backchannel-logout'
const ageSecondsMax = 300

/** OpenID Connect Back-Channel Logout 1.0, §2.4. A nonce is of an id_token, which must not end a session. */
const LogoutToken = z
  .object({
    jti: z.string().min(1).max(500),
    sub: z.string().min(1).max(500).optional(),
    sid: z.string().min(1).max(500).optional(),
    exp: z.number(),
    events: z.record(z.string(), z.unknown()).refine((events) => event in events),
    nonce: z.undefined().optional(),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined)

type Terms = { keys: JWTVerifyGetKey; issuer: string; clientId: string; signatures: string[]; name: string }

/** @throws unavailable, invalid_request */
export async function verifyLogout(token: string, { keys, issuer, clientId, signatures, name }: Terms): Promise<IssuedLogout> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: clientId,
      algorithms: signatures,
      clockTolerance: 30,
      maxTokenAge: ageSecondsMax,
      requiredClaims: ['exp', 'iat', 'jti'],
    })
    const { jti, sub, sid, exp } = LogoutToken.parse(payload)
    return { id: jti, issuer, subject: sub ?? null, sid: sid ?? null, expiresAt: new Date(exp * 1000) }
  } catch (error) {
    if (error instanceof errors.JWKSTimeout || isAway(error)) throw unavailable(name, error)
    throw refusal('invalid_request.logout_token', {}, { cause: error })
  }
}
