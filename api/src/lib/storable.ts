import { storable } from '@jarvis/contracts/text.ts'

/** PostgreSQL holds neither NUL nor half a surrogate pair, and a model or a page may send either: the one is dropped, the other becomes U+FFFD. */
export const storableText = (text: string): string => text.toWellFormed().replaceAll('\u0000', '')

/** Where a value from outside has text that PostgreSQL cannot hold, and what is wrong with it; null where all is well. */
export function unstorableIn(value: unknown, path: readonly string[] = []): { path: string; message: string } | null {
  if (typeof value === 'string') {
    const broken = storable.find(([isSo]) => !isSo(value))
    return broken ? { path: path.join('.'), message: broken[1] } : null
  }
  if (typeof value !== 'object' || value === null) return null
  for (const [name, inner] of Object.entries(value)) {
    const fault = unstorableIn(name, path) ?? unstorableIn(inner, [...path, name])
    if (fault) return fault
  }
  return null
}

/** JSON whose strings, at any depth, PostgreSQL can hold. */
export const storableJson = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === 'string' ? storableText(item) : item))
