import type { NewPasskey, PasskeyAnswer, PasskeyCreation, PasskeyRequest } from '@jarvis/contracts/passkeys.ts'
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** What a forger changes of what a device would answer. */
export type Forgery = {
  origin?: string
  rpId?: string
  challenge?: string
  type?: string
  /** That a person was there, and that it was checked who. */
  flags?: number
  counter?: number
  userHandle?: string
  crossOrigin?: boolean
  /** After all is signed. */
  spoil?: (answer: PasskeyAnswer) => PasskeyAnswer
}

const present = 0x01
const verified = 0x04
const withCredential = 0x40
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest()
const base64 = (data: Buffer | string) => Buffer.from(data).toString('base64url')

/** CBOR, as much of it as a device writes. */
function cbor(value: number | string | Buffer | Map<number | string, unknown>): Buffer {
  const head = (major: number, n: number) =>
    n < 24 ? Buffer.of((major << 5) | n) : n < 256 ? Buffer.of((major << 5) | 24, n) : Buffer.of((major << 5) | 25, n >> 8, n & 255)
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  const pairs = [...value].flatMap(([key, item]) => [cbor(key), cbor(item as Buffer)])
  return Buffer.concat([head(5, value.size), ...pairs])
}

/** A device with one passkey, in plain code, so that each part of what it says can be forged. */
export function createAuthenticator({ counts = true, verifies = true }: { counts?: boolean; verifies?: boolean } = {}) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const { x, y } = publicKey.export({ format: 'jwk' })
  const coordinate = (value: string | undefined) => Buffer.from(value!, 'base64url')
  const cose = new Map<number, unknown>([[1, 2], [3, -7], [-1, 1], [-2, coordinate(x)], [-3, coordinate(y)]]) // prettier-ignore
  const id = randomBytes(16)
  let userHandle = ''
  let counter = 0
  const usual = present | (verifies ? verified : 0)

  const clientData = (type: string, challenge: string, origin: string, crossOrigin = false) =>
    Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin }))
  function authData(rpId: string, flags: number, count: number, credential = Buffer.alloc(0)): Buffer {
    const counted = Buffer.alloc(4)
    counted.writeUInt32BE(count)
    return Buffer.concat([sha256(rpId), Buffer.of(flags), counted, credential])
  }

  return {
    id: base64(id),
    create(options: PasskeyCreation, origin: string, forged: Forgery = {}, name?: string): NewPasskey {
      userHandle = options.user.id
      const data = clientData(forged.type ?? 'webauthn.create', forged.challenge ?? options.challenge, forged.origin ?? origin, forged.crossOrigin)
      const credential = Buffer.concat([Buffer.alloc(16), Buffer.of(0, id.length), id, cbor(cose)])
      const own = authData(forged.rpId ?? options.rp.id, (forged.flags ?? usual) | withCredential, forged.counter ?? counter, credential)
      const attestation = new Map<string, unknown>([['fmt', 'none'], ['attStmt', new Map()], ['authData', own]]) // prettier-ignore
      const response = { clientDataJSON: base64(data), attestationObject: base64(cbor(attestation)), transports: ['internal', 'a-new-one'] }
      return { id: base64(id), rawId: base64(id), type: 'public-key', clientExtensionResults: {}, response, ...(name !== undefined && { name }) }
    },
    get(options: PasskeyRequest, origin: string, forged: Forgery = {}): PasskeyAnswer {
      if (counts) counter += 1
      const data = clientData(forged.type ?? 'webauthn.get', forged.challenge ?? options.challenge, forged.origin ?? origin, forged.crossOrigin)
      const own = authData(forged.rpId ?? options.rpId, forged.flags ?? usual, forged.counter ?? counter)
      const signature = sign('sha256', Buffer.concat([own, sha256(data)]), privateKey)
      const response = {
        clientDataJSON: base64(data),
        authenticatorData: base64(own),
        signature: base64(signature),
        userHandle: forged.userHandle ?? userHandle,
      }
      const answer: PasskeyAnswer = { id: base64(id), rawId: base64(id), type: 'public-key', clientExtensionResults: {}, response }
      return forged.spoil ? forged.spoil(answer) : answer
    },
  }
}
