import type { GuardSettings as Shown, GuardSettingsBody, TriedGuard } from '@jarvis/contracts/guard.ts'
import type { Choice, Choices } from '#features/choices/index.ts'
import type { By } from '#lib/caller.ts'
import type { Log } from '#lib/log.ts'
import { createHeld } from '#ports/signals/held.ts'
import type { Signals } from '#ports/signals/index.ts'
import { explain } from './explain.ts'
import type { GuardChannel } from './guard.ts'
import { builtInStrictness, type Strictness } from './score.ts'

export type GuardSettingsDeps = { choices: Pick<Choices, 'get' | 'set'>; signals: Signals; log: Pick<Log, 'error'> }
export type GuardSettings = Awaited<ReturnType<typeof createGuardSettings>>

const strictnessOf = ({ messages, blockScore, cleanScore }: Choice<'guard'>): Strictness => ({
  messages,
  blockScore: blockScore ?? builtInStrictness.blockScore,
  cleanScore: cleanScore ?? builtInStrictness.cleanScore,
})

const shown = ({ messages, blockScore, cleanScore }: Choice<'guard'>): Shown => ({
  messages,
  blockScore: { chosen: blockScore, builtIn: builtInStrictness.blockScore },
  cleanScore: { chosen: cleanScore, builtIn: builtInStrictness.cleanScore },
})

/** How strict administrators want the guard: in every process soon after it was changed, for it is asked with each text. */
export async function createGuardSettings({ choices, signals, log }: GuardSettingsDeps) {
  const held = await createHeld({
    signals,
    topic: 'guard.changed',
    read: () => choices.get('guard'),
    onFailure(error, now) {
      log.error({ err: error }, 'how strict the guard is cannot be read; it stays as it was')
      return now
    },
  })
  const strictness = () => strictnessOf(held.now())

  return {
    strictness,
    explain: (text: string, channel: GuardChannel): TriedGuard => explain(text, channel, strictness()),

    shown: async (): Promise<Shown> => shown(await choices.get('guard')),

    async update(by: By, change: GuardSettingsBody): Promise<Shown> {
      const chosen = await choices.set(by, 'guard', change)
      await held.changed()
      return shown(chosen)
    },

    [Symbol.dispose]: () => held[Symbol.dispose](),
  }
}
