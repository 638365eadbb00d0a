/** A conversation as any of the exports has it. `leaf`: the message whose branch was shown. Times are milliseconds since the epoch. */
export type Found = {
  id: string
  title: string
  createdAt: number | null
  updatedAt: number | null
  archived: boolean
  pinned: boolean
  folder: string | null
  leaf: string | null
  messages: FoundMessage[]
}
export type FoundMessage = {
  id: string
  parent: string | null
  role: 'user' | 'assistant'
  text: string
  model: string | null
  createdAt: number | null
  sources: { title: string; url: string }[]
}

/** Why something of an export is not taken. */
export type Skipped =
  | 'pictures'
  | 'files'
  | 'tool_calls'
  | 'reasoning'
  | 'hidden_messages'
  | 'empty_messages'
  | 'long_messages'
  | 'conversations'
  | 'memories'
  | 'prompts'
export type Skip = (what: Skipped, count?: number) => void

export type Json = Record<string, unknown>
export const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)
export const textIn = (value: unknown): string => (typeof value === 'string' ? value : '')
export const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])
export const idIn = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** Seconds, milliseconds or a date as text. */
export function timeIn(value: unknown): number | null {
  const ms = typeof value === 'number' ? value * (value < 1e11 ? 1000 : 1) : typeof value === 'string' ? Date.parse(value) : Number.NaN
  return ms > 0 && ms < 8.64e15 ? Math.round(ms) : null
}
