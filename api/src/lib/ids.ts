import { createHash, randomBytes } from 'node:crypto'
import { v7, validate } from 'uuid'

/** UUIDv7 (RFC 9562): sorts by time of creation. */
export const newId = (): string => v7()

/** No id of a later moment sorts before it, none of an earlier one after it. */
export const firstIdOf = (ms: number): string => v7({ msecs: ms, seq: 0, random: new Uint8Array(16) })

/** 256 random bits, URL-safe. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

export const sha256 = (value: string): string => createHash('sha256').update(value).digest('base64url')

export const isId = (value: string): boolean => validate(value)

/** The same for the same parts, and nobody's else: UUIDv8 (RFC 9562) of their hash. */
export function idFrom(...parts: string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(parts)).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x80
  hash[8] = (hash[8]! & 0x3f) | 0x80
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}
