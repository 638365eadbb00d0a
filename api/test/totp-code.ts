import { Secret, TOTP } from 'otpauth'

/** What an authenticator app shows, now or some half minutes from now. */
export const codeOf = (secret: string, steps = 0): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 })
