const charactersMax = 1000
const memoriesMax = 20_000

/** `trusted` is false where the file says that it was not. */
export type FileMemory = { text: string; trusted: boolean; createdAt?: string; source?: string; subject?: string; happened?: string }

/** The memories of a file: of an export of Jarvis, a list in JSON, or lines of text. Null for what is none of them. */
export function memoriesIn(file: string): FileMemory[] | null {
  const found = read(file)
  if (!Array.isArray(found)) return null
  const seen = new Set<string>()
  return found
    .flatMap((item) => memoryOf(item) ?? [])
    .filter(({ text }) => !seen.has(text) && seen.add(text))
    .slice(0, memoriesMax)
}

function read(file: string): unknown {
  if (!/^\s*[[{]/u.test(file)) return file.includes('\u0000') ? null : file.split('\n').map((line) => line.replace(/^[\s*•–-]+/u, ''))
  try {
    const value: unknown = JSON.parse(file)
    return Array.isArray(value) ? value : ((value as { memories?: unknown }).memories ?? null)
  } catch {
    return null
  }
}

function memoryOf(item: unknown): FileMemory | null {
  if (typeof item === 'string') return memoryOf({ text: item })
  if (typeof item !== 'object' || item === null) return null
  const { text, memory, content, createdAt, source, subject, happened, trusted } = item as Record<string, unknown>
  const said = [text, memory, content].find((one) => typeof one === 'string')
  const trimmed = typeof said === 'string' ? said.trim().slice(0, charactersMax).trim() : ''
  if (trimmed === '' || !isStorable(trimmed)) return null
  const short = (value: unknown, max: number) =>
    typeof value === 'string' && value !== '' && value.length <= max && isStorable(value) ? value : undefined
  const at = typeof createdAt === 'string' ? new Date(createdAt) : null
  const more = { source: short(source, charactersMax), subject: short(subject, 60), happened: short(happened, 40) }
  return {
    text: trimmed,
    trusted: trusted !== false,
    ...(at && !Number.isNaN(at.getTime()) && { createdAt: at.toISOString() }),
    ...Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined)),
  }
}

const isStorable = (text: string) => text.isWellFormed() && !text.includes('\u0000')
