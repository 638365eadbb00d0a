import type { Billing } from '#features/billing/index.ts'
import type { Bill } from '#lib/money.ts'
import { refusal } from '#lib/refusal.ts'
import type { AudioModel, Speech, SpeechWish, Transcript, TranscriptionWish } from '#ports/models/index.ts'
import { wasLost } from '#ports/models/provider-error.ts'
import { audioTokensPerSecond } from '#ports/models/provider-audio.ts'
import { createCallRecords, type KeepFailure } from './call-records.ts'
import { createCircuits } from './circuit.ts'

export type PaidAudioDeps = {
  openSpending: Billing['openSpending']
  /** By id. */
  models: Pick<ReadonlyMap<string, AudioModel>, 'get'>
  keepFailure?: KeepFailure | undefined
  log: { info(details: object, text: string): void; warn(details: object, text: string): void }
}
/** `inputTokens` is what was booked. */
type Heard = Transcript & { seconds: number; inputTokens: number }
export type PaidAudio = ReturnType<typeof createPaidAudio>

/** The most that so many bytes can last: telephony in a WAV, and elsewhere the poorest sound that still is speech. */
const bytesPerSecondMin = { wav: 4000, other: 750 }
/** What a recording lasts where nobody counted: MP3 at 64 kbit/s, or as long as its words take to say, whichever is more. */
const bytesPerSecondUsual = 8000
const charactersPerSecond = 15

/** Calls of models that hear and speak, each made once, and paid for in advance for the most that it can cost. */
export function createPaidAudio({ openSpending, models, keepFailure, log }: PaidAudioDeps) {
  const circuits = createCircuits()
  const records = createCallRecords(log, keepFailure)

  /** `used` says what a call took, in units of its price; one whose end is not known took as much as `unitsIfLost`. */
  async function paid<Result>(
    { bill, model, unitsMax, unitsIfLost, signal }: { bill: Bill; model: string; unitsMax: number; unitsIfLost: number; signal: AbortSignal },
    call: (audio: AudioModel) => Promise<Result>,
    used: (result: Result) => { units: number; isEstimate: boolean },
  ): Promise<{ result: Result; inputTokens: number }> {
    const audio = models.get(model)
    if (!audio) throw refusal('upstream_failed.no_model')
    const at = { provider: audio.provider, model, attempt: 1 }
    await using spending = openSpending(bill, 'audio')
    const settled = (units: number, isEstimate: boolean) => ({ inputTokens: Math.max(1, Math.ceil(units)), outputTokens: 0, isEstimate })
    try {
      const done = await circuits.of(at).pass(async () => {
        using held = await spending.prepay(model, unitsMax)
        // Stopped meanwhile: nothing was sent.
        signal.throwIfAborted()
        try {
          const result = await call(audio)
          const { units, isEstimate } = used(result)
          const taken = settled(units, isEstimate)
          held.settle(taken)
          return { result, inputTokens: taken.inputTokens }
        } catch (error) {
          if (wasLost(error, signal)) held.settle(settled(unitsIfLost, true))
          throw error
        }
      })
      records.succeeded(at)
      return done
    } catch (error) {
      await records.failed(at, error, { bill, signal })
      throw error
    }
  }

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
