import { z } from 'zod'
import { answerJsonLines } from '#lib/json-lines.ts'
import { premiumNeed } from './need.ts'

const Line = z.object({ id: z.union([z.string(), z.number()]), prompt: z.string() })

/** `jarvis score router`: JSON lines `{id, prompt}` in, `{id, score}` out, in order: the need for the premium model. */
export function scoreRouterLines(
  lines: AsyncIterable<string>,
  write: (line: string) => unknown,
  complain?: (message: string) => unknown,
): Promise<boolean> {
  return answerJsonLines(Line, lines, ({ id, prompt }) => ({ id, score: premiumNeed(prompt) }), write, complain)
}
