import { createHmac, randomBytes } from 'node:crypto'

const codes = 10
const characters = 10
/** Crockford's: nothing in it is read as another of it. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

/** Ten of 50 random bits each, as `k3m9x-7tq2p`. */
export const newRecoveryCodes = (): string[] =>
  Array.from({ length: codes }, () => {
    const code = Array.from(randomBytes(characters), (byte) => alphabet[byte & 31]).join('')
    return `${code.slice(0, 5)}-${code.slice(5)}`
  })

/** As it is kept. With 50 bits of their own, codes need a key and no slow hash: that would be ten of them a try. */
export function hashRecoveryCode(key: Buffer, userId: string, code: string): string {
  const plain = code
    .toLowerCase()
    .replaceAll('o', '0')
    .replaceAll(/[il]/g, '1')
    .replaceAll(/[^0-9a-z]/g, '')
  return createHmac('sha256', key).update(`${userId}:${plain}`).digest('hex')
}
