import type { Draft } from './answer-draft.ts'
import type { Dialect, ModelRequest } from './index.ts'

/** Reads one answer. What it reads is the provider's word: every field may be missing or of another type. */
export type Decoder = {
  /** Takes an event of the stream, or a whole answer. */
  add(value: Record<string, unknown>): void
  /** All of the stream has come: what can only be put together now is. */
  end?(): void
}

/** One protocol: how a request is written and an answer is read. */
export type Codec = {
  url: string
  headers: Record<string, string>
  encode(request: ModelRequest, dialect: Dialect): string
  decoder(draft: Draft, request: ModelRequest): Decoder
}

export const string = (value: unknown): string => (typeof value === 'string' ? value : '')
export const object = (value: unknown): Record<string, unknown> | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
export const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
/** A count of tokens; undefined for what is none. */
export const tokens = (value: unknown) => (Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined)
