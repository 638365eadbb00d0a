/** PostgreSQL holds neither NUL nor half a surrogate pair, and a model or a page may send either: the one is dropped, the other becomes U+FFFD. */
export const storableText = (text: string): string => text.toWellFormed().replaceAll('\u0000', '')

/** JSON whose strings, at any depth, PostgreSQL can hold. */
export const storableJson = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === 'string' ? storableText(item) : item))
