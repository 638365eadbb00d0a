import { z } from 'zod'
import { createGuard } from './guard.ts'

const Line = z.object({ id: z.union([z.string(), z.number()]), text: z.string(), channel: z.enum(['user', 'tool_output']) })

/**
 * `jarvis score guard`: JSON lines `{id, text, channel}` in, `{id, score, action}` out, in order. A line that is not one is
 * reported and skipped. Returns whether every line was sound.
 */
export async function scoreGuardLines(
  lines: AsyncIterable<string>,
  write: (line: string) => unknown,
  complain: (message: string) => unknown = (message) => process.stderr.write(`${message}\n`),
): Promise<boolean> {
  const guard = createGuard()
  let number = 0
  let isSound = true
  for await (const line of lines) {
    number++
    if (line.trim() === '') continue
    const parsed = parseLine(line)
    if (parsed.success) {
      const { score, action } = guard.inspect(parsed.data.text, parsed.data.channel)
      write(JSON.stringify({ id: parsed.data.id, score, action }))
    } else {
      isSound = false
      complain(`line ${number}: ${parsed.error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': ')).join('; ')}`)
    }
  }
  return isSound
}

function parseLine(line: string) {
  try {
    return Line.safeParse(JSON.parse(line))
  } catch {
    return { success: false as const, error: { issues: [{ path: [], message: 'not JSON' }] } }
  }
}
