import type { TotpSecret } from '@jarvis/contracts/factors.ts'
import { Secret, TOTP } from 'otpauth'
import { renderSVG } from 'uqr'

const periodSeconds = 30
const secretBytes = 20
/** The clock of a phone may be half a minute off, and people type slowly. */
const stepsAround = 1

/** As base32, which is how apps take it. */
export const newTotpSecret = (): string => new Secret({ size: secretBytes }).base32

/** Apps ignore other values in silence. */
const totpOf = (secret: string, label: string) =>
  new TOTP({ issuer: 'Jarvis', label, algorithm: 'SHA1', digits: 6, period: periodSeconds, secret: Secret.fromBase32(secret) })

export function showTotp(secret: string, email: string): TotpSecret {
  const uri = totpOf(secret, email).toString()
  return { secret, uri, qrSvg: renderSVG(uri, { ecc: 'M', pixelSize: 4 }) }
}

export const isTotpCode = (code: string): boolean => /^\d{6}$/.test(code)

/** The half minute since 1970 that a code is of; null where it is none of now. */
export function totpStep(secret: string, code: string, nowMs: number): number | null {
  if (!isTotpCode(code)) return null
  // 0 is a success.
  const delta = totpOf(secret, '').validate({ token: code, timestamp: nowMs, window: stepsAround })
  return delta === null ? null : Math.floor(nowMs / 1000 / periodSeconds) + delta
}
