import { createCipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'

/** Where a browser is reached, and what only it can read is encrypted with: base64url, as its `PushSubscription` has them. */
export type Receiver = { endpoint: string; p256dh: string; auth: string }

const curve = 'prime256v1'
const saltBytes = 16
const recordBytes = 4096
const tagBytes = 16
/** All messages are as long as each other: who passes them on learns nothing from their length. */
const paddedBytes = 2048

type Chosen = { privateKey?: Buffer; salt?: Buffer; bytes?: number }

/**
 * RFC 8291: one record of `aes128gcm`, for the one who holds the private half of `p256dh`. `chosen` is for the vectors of the RFC.
 * @throws RangeError for a text over 2047 bytes, Error for a key that is no point of the curve
 */
export function encryptFor({ p256dh, auth }: Pick<Receiver, 'p256dh' | 'auth'>, text: string, chosen: Chosen = {}): Buffer<ArrayBuffer> {
  const { salt = randomBytes(saltBytes), bytes = paddedBytes } = chosen
  const message = Buffer.from(text)
  if (message.length >= bytes) throw new RangeError(`A push message has at most ${bytes - 1} bytes, not ${message.length}`)
  const receiver = Buffer.from(p256dh, 'base64url')
  const own = createECDH(curve)
  if (chosen.privateKey) own.setPrivateKey(chosen.privateKey)
  else own.generateKeys()
  const { key, nonce } = keysOf(own.computeSecret(receiver), { auth: Buffer.from(auth, 'base64url'), receiver, sender: own.getPublicKey(), salt })

  const cipher = createCipheriv('aes-128-gcm', key, nonce, { authTagLength: tagBytes })
  // The 2 ends the text, and what pads it follows.
  const padded = Buffer.concat([message, Buffer.of(2), Buffer.alloc(bytes - message.length - 1)])
  const head = Buffer.alloc(saltBytes + 5)
  head.set(salt)
  head.writeUInt32BE(recordBytes, saltBytes)
  head.writeUInt8(own.getPublicKey().length, saltBytes + 4)
  return Buffer.concat([head, own.getPublicKey(), cipher.update(padded), cipher.final(), cipher.getAuthTag()])
}

type Parties = { auth: Buffer; receiver: Buffer; sender: Buffer; salt: Buffer }

/** RFC 8291 §3.4, the same for both sides. */
function keysOf(shared: Buffer, { auth, receiver, sender, salt }: Parties): { key: Buffer; nonce: Buffer } {
  const secret = hkdfSync('sha256', shared, auth, Buffer.concat([Buffer.from('WebPush: info\0'), receiver, sender]), 32)
  const derived = (info: string, bytes: number) => Buffer.from(hkdfSync('sha256', new Uint8Array(secret), salt, Buffer.from(`${info}\0`), bytes))
  return { key: derived('Content-Encoding: aes128gcm', 16), nonce: derived('Content-Encoding: nonce', 12) }
}

/** Whether a message can be encrypted for them at all. */
export function isReceiver({ p256dh, auth }: Pick<Receiver, 'p256dh' | 'auth'>): boolean {
  if (Buffer.from(auth, 'base64url').length !== 16 || Buffer.from(p256dh, 'base64url').length !== 65) return false
  try {
    encryptFor({ p256dh, auth }, '')
    return true
  } catch {
    return false
  }
}
