import type { z } from 'zod'
import { linesOfFaults } from './plain-issues.ts'

/** Answers each JSON line in order. A line that does not have the shape is reported by its number and skipped. Returns whether every line was sound. */
export async function answerJsonLines<Line>(
  shape: z.ZodType<Line>,
  lines: AsyncIterable<string>,
  answer: (line: Line) => unknown,
  write: (line: string) => unknown,
  complain: (message: string) => unknown = (message) => process.stderr.write(`${message}\n`),
): Promise<boolean> {
  let number = 0
  let isSound = true
  for await (const line of lines) {
    number++
    if (line.trim() === '') continue
    const parsed = parseLine(shape, line)
    if (parsed.success) write(JSON.stringify(answer(parsed.data)))
    else {
      isSound = false
      complain(`line ${number}: ${linesOfFaults(parsed.error).join('; ')}`)
    }
  }
  return isSound
}

function parseLine<Line>(shape: z.ZodType<Line>, line: string) {
  try {
    return shape.safeParse(JSON.parse(line))
  } catch {
    return { success: false as const, error: { issues: [{ path: [], message: 'not JSON' }] } }
  }
}
