import type { Bill } from '#lib/money.ts'
import type { AudioModel, Speech, SpeechWish, Transcript, TranscriptionWish } from '#ports/models/index.ts'
import { audioTokensPerSecond } from '#ports/models/provider-audio.ts'
import { createPaidOnce, type PaidOnceDeps } from './paid-once.ts'

export type PaidAudioDeps = PaidOnceDeps<AudioModel>
/** `inputTokens` is what was booked. */
type Heard = Transcript & { seconds: number; inputTokens: number }
export type PaidAudio = ReturnType<typeof createPaidAudio>

/** The most that so many bytes can last: telephony in a WAV, and elsewhere the poorest sound that still is speech. */
const bytesPerSecondMin = { wav: 4000, other: 750 }
/** What a recording lasts where nobody counted: MP3 at 64 kbit/s, or as long as its words take to say, whichever is more. */
const bytesPerSecondUsual = 8000
const charactersPerSecond = 15

/** Calls of models that hear and speak, each made once, and paid for in advance for the most that it can cost. */
export function createPaidAudio(deps: PaidAudioDeps) {
  const { log } = deps
  const paid = createPaidOnce('audio', deps)

  return {
    /** @throws budget_exhausted, ceiling_reached, ProviderError */
    async transcribe(bill: Bill, model: string, wish: TranscriptionWish, signal: AbortSignal): Promise<Heard> {
      const { bytes } = wish.file
      const isWav = Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'RIFF'
      const secondsMax = Math.ceil(bytes.length / (isWav ? bytesPerSecondMin.wav : bytesPerSecondMin.other))
      const usual = Math.min(secondsMax, bytes.length / bytesPerSecondUsual)
      const secondsOf = ({ text, seconds }: Transcript) => {
        // A count of more than the file can hold is none.
        const isEstimate = seconds === null || seconds > secondsMax + 60
        return { isEstimate, seconds: isEstimate ? Math.min(secondsMax, Math.max(usual, text.length / charactersPerSecond)) : seconds }
      }
      const { result, inputTokens } = await paid(
        { bill, model, unitsMax: secondsMax * audioTokensPerSecond, unitsIfLost: usual * audioTokensPerSecond, signal },
        (audio) => audio.transcribe(wish, signal),
        (transcript) => {
          const { seconds, isEstimate } = secondsOf(transcript)
          if (isEstimate && transcript.seconds !== null)
            log.warn({ model, seconds: transcript.seconds, secondsMax }, 'the provider’s count cannot be true: the call stands as an estimate')
          return { units: seconds * audioTokensPerSecond, isEstimate }
        },
      )
      return { ...result, seconds: secondsOf(result).seconds, inputTokens }
    },

    /** Paid for as soon as the provider has begun: it has what there is to say. @throws budget_exhausted, ceiling_reached, ProviderError */
    async speak(bill: Bill, model: string, wish: SpeechWish, signal: AbortSignal): Promise<Speech> {
      const units = Array.from(wish.text).length
      const { result } = await paid(
        { bill, model, unitsMax: units, unitsIfLost: units, signal },
        (audio) => audio.speak(wish, signal),
        () => ({ units, isEstimate: false }),
      )
      return result
    },
  }
}
