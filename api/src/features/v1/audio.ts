import { z } from 'zod'
import type { Billing } from '#features/billing/index.ts'
import type { Completions, PaidAudio } from '#features/completions/index.ts'
import { blocked } from '#features/guard/index.ts'
import type { AudioEntry, Router } from '#features/router/index.ts'
import { AppError } from '#lib/app-error.ts'
import type { Access } from '#lib/principal.ts'
import type { Speech, TranscriptionWish } from '#ports/models/index.ts'
import { modelNotFound, requireNamed, unsupported } from './unsupported.ts'

export const SpeechBody = z.object({
  model: z.string().min(1).max(200),
  input: z.string().min(1).max(4096),
  voice: z.union([z.string().min(1).max(200), z.object({ id: z.string().min(1).max(200) })]),
  response_format: z.enum(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm']).nullish(),
  speed: z.number().min(0.25).max(4).nullish(),
  instructions: z.string().max(4096).nullish(),
  stream_format: z.enum(['audio', 'sse']).nullish(),
})
type SpeechBody = z.infer<typeof SpeechBody>

/** A transcription that was asked for, once its form is read. */
export type TranscriptionAsked = TranscriptionWish & { model: string; stream: boolean }
/** `json` is null where the answer is text alone. */
export type Transcription = { text: string; json: Record<string, unknown> | null; usage: object }

export type AudioDeps = {
  audio: PaidAudio
  billing: Pick<Billing, 'chargeOf'>
  completions: Pick<Completions, 'guard'>
  router: Pick<Router, 'audioOf'>
}

/** What a provider hears and says for a program: nothing of it is kept but the charge. */
export function createAudio({ audio, billing, completions, router }: AudioDeps) {
  /** @throws model not found, model_not_allowed */
  function modelFor(caller: Access, kind: AudioEntry['kind'], model: string): string {
    const offered = router.audioOf(caller.plan, kind)
    if (offered.length === 0) {
      const message = `No provider here ${kind === 'speech' ? 'speaks' : 'transcribes'}. An administrator can name a model for it: "audio" in MODELS_FILE.`
      throw new AppError('not_found', message, { errors: [{ path: 'model', message: 'is not a known model' }] })
    }
    const id = model === 'auto' ? offered[0]!.id : model
    if (!offered.some((entry) => entry.id === id)) throw modelNotFound(model)
    requireNamed(caller, id)
    return id
  }

  /** @throws blocked_by_guard */
  async function guarded(text: string): Promise<string> {
    const verdict = await completions.guard(text)
    if (verdict.action === 'block') throw blocked(verdict)
    return verdict.text
  }

  const billOf = ({ payer, userId }: Access) => ({ payer, actorId: userId })

  return {
    async transcribe(caller: Access, { model, stream: _, ...asked }: TranscriptionAsked, signal: AbortSignal): Promise<Transcription> {
      const id = modelFor(caller, 'transcription', model)
      const wish = asked.prompt === undefined ? asked : { ...asked, prompt: await guarded(asked.prompt) }
      const { text, whole, seconds, inputTokens } = await audio.transcribe(billOf(caller), id, wish, signal)
      const { costMicroUsd } = billing.chargeOf({ model: id, inputTokens, outputTokens: 0 })
      const usage = whole?.usage ?? { type: 'duration', seconds: Math.ceil(seconds) }
      return {
        text,
        usage,
        json: whole && wish.format !== 'text' ? { ...whole, usage, receipt: { costMicroUsd, cached: false, reason: 'You chose this model' } } : null,
      }
    },

    async speak(caller: Access, body: SpeechBody, signal: AbortSignal): Promise<Speech> {
      if (body.stream_format === 'sse') throw unsupported('stream_format', 'Speech comes as sound: leave stream_format out.')
      const id = modelFor(caller, 'speech', body.model)
      const wish = {
        text: await guarded(body.input),
        voice: typeof body.voice === 'string' ? body.voice : body.voice.id,
        format: body.response_format ?? undefined,
        speed: body.speed ?? undefined,
        instructions: body.instructions ?? undefined,
      }
      return await audio.speak(billOf(caller), id, wish, signal)
    },
  }
}
