import { createGuard, type GuardChannel } from '#features/guard/guard.ts'
import { flagScore } from '#features/guard/score.ts'

/** What the public evaluator of guards loads with `--module`. */
const guard = createGuard()

export function score(text: string, { channel }: { channel: GuardChannel }): { score: number; flagged: boolean } {
  const verdict = guard.inspect(text, channel)
  return { score: verdict.score, flagged: verdict.score >= flagScore }
}

export function sanitize(text: string, { channel }: { channel: GuardChannel }): { text: string } {
  return { text: guard.inspect(text, channel).text }
}
