import { z } from 'zod'
import { answerJsonLines } from '#lib/json-lines.ts'
import type { Router } from '#features/router/index.ts'
import { ask } from './eval.ts'

const Line = z.object({ id: z.union([z.string(), z.number()]), prompt: z.string() })

/** `jarvis score router`: JSON lines `{id, prompt}` in, `{id, score}` out, in order: the need for the premium model, as the router goes by it. */
export function scoreRouterLines(
  router: Pick<Router, 'choose'>,
  lines: AsyncIterable<string>,
  write: (line: string) => unknown,
  complain?: (message: string) => unknown,
): Promise<boolean> {
  return answerJsonLines(Line, lines, ({ id, prompt }) => ({ id, score: ask(router, 'pro', prompt).reading.need }), write, complain)
}
