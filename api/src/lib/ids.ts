import { createHash, randomBytes } from 'node:crypto'
import { v7 } from 'uuid'

/** UUIDv7 (RFC 9562): sorts by time of creation. */
export const newId = (): string => v7()

/** 256 random bits, URL-safe. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

export const sha256 = (value: string): string => createHash('sha256').update(value).digest('base64url')
