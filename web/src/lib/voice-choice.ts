import { createStore } from '#lib/store.ts'
import type { Doer } from './voice.ts'

/** What this browser keeps: with which voice and how fast it is read, and which ways the person has agreed to. */
export type VoiceChoice = { voice: string | null; speed: number; told: string[] }
const storageName = 'jarvis.voice'
const usual: VoiceChoice = { voice: null, speed: 1, told: [] }

function stored(): VoiceChoice {
  try {
    const { voice, speed, told } = JSON.parse(localStorage.getItem(storageName) ?? '{}') as Partial<VoiceChoice>
    return {
      voice: typeof voice === 'string' ? voice : null,
      speed: typeof speed === 'number' && speed >= 0.5 && speed <= 2 ? speed : 1,
      told: Array.isArray(told) ? told : [],
    }
  } catch {
    return usual
  }
}

export const voiceChoice = createStore<VoiceChoice>(stored())

export function chooseVoice(change: Partial<VoiceChoice>): void {
  voiceChoice.set((choice) => ({ ...choice, ...change }))
  try {
    localStorage.setItem(storageName, JSON.stringify(voiceChoice.get()))
  } catch {
    // It holds until the page is left.
  }
}

/** One consent for each way and each receiver. */
export const wayOf = (act: 'hear' | 'speak', doer: NonNullable<Doer>) => `${act} ${doer.kind === 'provider' ? doer.host : 'browser'}`
