import { generateKeyPairSync } from 'node:crypto'
import { importJWK, SignJWT } from 'jose'

/** By what a push service knows who sends: both halves of a key of P-256, base64url; the public one as 65 bytes, the private one as 32. */
export type PushKey = { publicKey: string; privateKey: string }

export function newPushKey(): PushKey {
  const { x, y, d } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const half = (text: string | undefined) => Buffer.from(text!, 'base64url')
  return { publicKey: Buffer.concat([Buffer.of(4), half(x), half(y)]).toString('base64url'), privateKey: d! }
}

/** A day at most, as the RFC has it; less, for clocks differ. */
const lifetimeSeconds = 12 * 3600

/**
 * RFC 8292: the `authorization` of a request to this endpoint. `contact` is an https or a mailto address of who runs this; `now` in seconds.
 */
export async function identify(endpoint: string, { publicKey, privateKey }: PushKey, contact: string, now = Math.floor(Date.now() / 1000)) {
  const point = Buffer.from(publicKey, 'base64url')
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'))
  const key = await importJWK({ kty: 'EC', crv: 'P-256', x: x!, y: y!, d: privateKey }, 'ES256')
  const token = new SignJWT({ aud: new URL(endpoint).origin, exp: now + lifetimeSeconds, sub: contact })
  return `vapid t=${await token.setProtectedHeader({ typ: 'JWT', alg: 'ES256' }).sign(key)}, k=${publicKey}`
}
