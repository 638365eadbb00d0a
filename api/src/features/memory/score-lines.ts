import { z } from 'zod'
import { datesIn } from './recall/dates.ts'
import { createRecallIndex } from './recall/recall-index.ts'
import type { Meanings } from './recall/spelling.ts'

const Id = z.union([z.string(), z.number()])
const Line = z.union([
  z.object({ turn: z.object({ id: Id, session: Id.default(''), speaker: z.string().default(''), date: z.string().nullish(), text: z.string() }) }),
  z.object({ question: z.object({ id: Id, text: z.string(), date: z.string().nullish() }) }),
])
const turnsMax = 50

/**
 * `jarvis score memory`: one conversation as JSON lines, `{turn}` and `{question}` in any order; for each question `{id, turns}`, best first, from
 * all turns. A line that is neither is reported and skipped. Returns whether every line was sound.
 */
export async function scoreMemoryLines(
  lines: AsyncIterable<string>,
  meanings: Meanings,
  write: (line: string) => unknown,
  complain: (message: string) => unknown = (message) => process.stderr.write(`${message}\n`),
): Promise<boolean> {
  const index = createRecallIndex(meanings)
  const ids = new Map<string, string | number>()
  const questions: { id: string | number; text: string; date?: string | null | undefined }[] = []
  let now: Date | null = null
  let number = 0
  let isSound = true
  for await (const line of lines) {
    number++
    if (line.trim() === '') continue
    const parsed = Line.safeParse(parseJson(line))
    if (!parsed.success) {
      isSound = false
      complain(`line ${number}: neither a turn nor a question`)
    } else if ('question' in parsed.data) questions.push(parsed.data.question)
    else {
      const { id, session, speaker, date: written, text } = parsed.data.turn
      const date = readDate(written)
      if (date && (!now || date > now)) now = date
      ids.set(String(id), id)
      index.add({ id: String(id), session: String(session), speaker, date, text })
    }
  }
  for (const { id, text, date } of questions) {
    const found = index.search(text, { limit: turnsMax, now: readDate(date) ?? now })
    write(JSON.stringify({ id, turns: found.map((hit) => ids.get(hit.id)) }))
  }
  return isSound
}

/** ISO, or as people write it: "1:56 pm on 8 May, 2023". */
function readDate(written: string | null | undefined): Date | null {
  if (!written) return null
  const iso = Date.parse(written)
  if (Number.isFinite(iso)) return new Date(iso)
  const [days] = datesIn(written, null)
  return days ? new Date(days.from) : null
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
