import { z } from 'zod'
import { answerJsonLines } from '#lib/json-lines.ts'
import { createGuard } from './guard.ts'

const Line = z.object({ id: z.union([z.string(), z.number()]), text: z.string(), channel: z.enum(['user', 'tool_output']) })

/** `jarvis score guard`: JSON lines `{id, text, channel}` in, `{id, score, action}` out, in order. Returns whether every line was sound. */
export function scoreGuardLines(
  lines: AsyncIterable<string>,
  write: (line: string) => unknown,
  complain?: (message: string) => unknown,
): Promise<boolean> {
  const guard = createGuard()
  return answerJsonLines(
    Line,
    lines,
    ({ id, text, channel }) => {
      const { score, action } = guard.inspect(text, channel)
      return { id, score, action }
    },
    write,
    complain,
  )
}
