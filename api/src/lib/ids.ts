import { createHash, randomBytes } from 'node:crypto'
import { v7 } from 'uuid'

/** UUIDv7 (RFC 9562): sorts by time of creation. */
export const newId = (): string => v7()

/** No id of a later moment sorts before it, none of an earlier one after it. */
export const firstIdOf = (ms: number): string => v7({ msecs: ms, seq: 0, random: new Uint8Array(16) })

/** 256 random bits, URL-safe. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

export const sha256 = (value: string): string => createHash('sha256').update(value).digest('base64url')
