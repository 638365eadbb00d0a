import type { SayBody, Voice as Offered } from '@jarvis/contracts/voice.ts'
import type { Router } from '#features/router/index.ts'
import type { V1 } from '#features/v1/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { Access } from '#lib/principal.ts'
import type { AudioModel, Speech } from '#ports/models/index.ts'

export type VoiceDeps = {
  /** `provider`: the browser's own, which its maker may hear, is not offered. */
  mode: 'on' | 'provider' | 'off'
  audio: V1['audio']
  router: Pick<Router, 'audioOf'>
  models: Pick<ReadonlyMap<string, AudioModel>, 'get'>
}
export type Voice = ReturnType<typeof createVoice>
export type Recording = { bytes: Uint8Array<ArrayBuffer>; mediaType: string; language?: string | undefined }

/** Providers go by the ending. */
const endings: Record<string, string> = { 'audio/webm': 'webm', 'audio/ogg': 'ogg', 'audio/mp4': 'mp4', 'audio/mpeg': 'mp3', 'audio/wav': 'wav' }
export const recordingTypes = Object.keys(endings)

/** What people say to the page, and what it says to them: what a program gets at `/v1/audio`, by the first model that their plan may use. */
export function createVoice({ mode, audio, router, models }: VoiceDeps) {
  const first = (caller: Access, kind: 'transcription' | 'speech') => (mode === 'off' ? undefined : router.audioOf(caller.plan, kind)[0])
  const hostOf = (id: string) => models.get(id)?.host ?? ''
  function requireOn(): void {
    if (mode === 'off') throw new AppError('not_found', 'Voice is switched off here.')
  }

  return {
    offered(caller: Access): Offered {
      const [hears, speaks] = [first(caller, 'transcription'), first(caller, 'speech')]
      return {
        hears: hears ? { host: hostOf(hears.id) } : null,
        speaks: speaks?.kind === 'speech' ? { host: hostOf(speaks.id), voices: speaks.voices } : null,
        browser: mode === 'on',
      }
    },

    /** @throws not_found, invalid_request for what is no recording, budget_exhausted, ceiling_reached, ProviderError */
    async transcribe(caller: Access, { bytes, mediaType, language }: Recording, signal: AbortSignal): Promise<{ text: string }> {
      requireOn()
      if (bytes.length === 0) throw new AppError('invalid_request', 'The recording is empty.')
      const file = { name: `recording.${endings[mediaType]}`, mediaType, bytes }
      const { text } = await audio.transcribe(caller, { model: 'auto', format: 'json', stream: false, file, language }, signal)
      return { text: text.trim() }
    },

    /** @throws not_found, blocked_by_guard, budget_exhausted, ceiling_reached, ProviderError */
    async speak(caller: Access, { text, voice, speed }: SayBody, signal: AbortSignal): Promise<Speech> {
      requireOn()
      const entry = first(caller, 'speech')
      const voices = entry?.kind === 'speech' ? entry.voices : []
      const chosen = voice !== undefined && voices.includes(voice) ? voice : (voices[0] ?? 'alloy')
      return await audio.speak(caller, { model: 'auto', input: text, voice: chosen, response_format: 'mp3', speed }, signal)
    },
  }
}
