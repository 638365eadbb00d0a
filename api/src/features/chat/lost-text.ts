import type { RunEvent } from '@jarvis/contracts/run.ts'
import type { RunStep } from '#lib/run-step.ts'

/**
 * How many characters of an answer, arguments of tools included, earlier attempts had streamed past the last step that they finished: what is
 * known of the call that was lost with them.
 */
export function lostCharacters(told: readonly RunEvent[], steps: readonly RunStep[]): number {
  const rewound = told.findLastIndex((event) => event.type === 'CUSTOM' && event.name === 'rewind')
  let streamed = 0
  for (const event of told.slice(rewound + 1))
    if (event.type === 'TEXT_MESSAGE_CONTENT' || event.type === 'TOOL_CALL_ARGS') streamed += event.delta.length
  let kept = 0
  for (const step of steps)
    if (step.kind === 'model')
      kept += step.text.length + step.calls.reduce((sum, { args, malformed }) => sum + (malformed ?? JSON.stringify(args)).length, 0)
  return Math.max(0, streamed - kept)
}
