import type { Part } from '@jarvis/contracts/parts.ts'
import type { GuardVerdict } from '#features/guard/index.ts'

export type GuardedParts = Pick<GuardVerdict, 'action' | 'score' | 'because'> & { parts: Part[] }

const severity = { allow: 0, flag: 1, block: 2 } as const

/** Reads each text of a question by itself, so that a long harmless one cannot thin out what another says. The worst verdict holds for all. */
export async function guardParts(guard: (text: string) => GuardVerdict | Promise<GuardVerdict>, parts: readonly Part[]): Promise<GuardedParts> {
  const guarded: GuardedParts = { action: 'allow', score: 0, parts: [] }
  for (const part of parts) {
    if (part.type !== 'text') {
      guarded.parts.push(part)
      continue
    }
    const { action, score, text, because } = await guard(part.text)
    if (severity[action] > severity[guarded.action]) {
      guarded.action = action
      if (because) guarded.because = because
    }
    guarded.score = Math.max(guarded.score, score)
    guarded.parts.push({ ...part, text })
  }
  return guarded
}
