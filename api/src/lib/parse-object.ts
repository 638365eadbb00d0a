import { parseJson } from './parse-json.ts'

/** A JSON object, or null for any other text. */
export function parseObject(text: string): Record<string, unknown> | null {
  try {
    const value = parseJson(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
