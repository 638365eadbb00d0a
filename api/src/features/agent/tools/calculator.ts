import { z } from 'zod'
import { defineTool, everyPlan, everyRole } from '#features/agent/tool.ts'
import { openOffload } from '#ports/offload/index.ts'

const expressionCharactersMax = 500

/** The library of mathematics holds 120 MB, and an expression can take long: a thread of its own, which goes again. */
const arithmetic = openOffload<string, string>(new URL('arithmetic-worker.ts', import.meta.url), {
  failure: 'This takes too long to compute. Use a shorter expression.',
  deadlineMs: 10_000,
  // Each takes a millisecond, but the first of all waits for the library.
  waitingMax: 1000,
})

export const calculator = defineTool({
  name: 'calculator',
  title: 'Calculator',
  description:
    'Computes an arithmetic expression exactly, e.g. "(1234.5 * 12) / 7", "sqrt(2)", "15% * 80", "3 km to miles". Use it for every calculation.',
  args: z.strictObject({ expression: z.string().min(1).max(expressionCharactersMax) }),
  risk: 'read',
  roles: everyRole,
  plans: everyPlan,
  timeoutSeconds: 15,
  outputCharactersMax: 1000,
  untrusted: false,
  leaves: 'nothing',
  execute: async ({ expression }, { signal }) => ({ content: `${expression} = ${await arithmetic.run(expression, signal)}` }),
})
