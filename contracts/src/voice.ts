import { z } from 'zod'
import { text } from './text.ts'

const who = ['person'] as const

/** Who hears and who speaks for this person, and whether the browser's own may where nobody does. `host` is where it goes. */
export const Voice = z
  .object({
    hears: z.object({ host: z.string() }).nullable(),
    speaks: z.object({ host: z.string(), voices: z.array(z.string()) }).nullable(),
    browser: z.boolean(),
  })
  .meta({ id: 'Voice' })
export type Voice = z.infer<typeof Voice>

/** The longest recording of the page, in seconds; more than a message needs, and within a request's bound. */
export const recordingSecondsMax = 120
/** The most that is said in one request. */
export const spokenCharactersMax = 4096

export const SayBody = z.strictObject({
  text: text(spokenCharactersMax),
  /** One of those that are offered; absent, the first. */
  voice: text(200).optional(),
  speed: z.number().min(0.5).max(2).optional(),
})
export type SayBody = z.infer<typeof SayBody>

/** Where the page sends a recording, and a text to be said; `TranscriptionQuery` and `SayBody` are what goes along. */
export const transcriptionsUrl = '/api/v1/voice/transcriptions'
export const speechUrl = '/api/v1/voice/speech'

export const TranscriptionQuery = z.strictObject({
  language: z
    .string()
    .regex(/^[a-z]{2,3}$/)
    .optional(),
})

export const voiceEndpoints = {
  voice: { method: 'GET', url: '/api/v1/voice', config: { who }, schema: { tags: ['voice'], response: { 200: Voice } } },
} as const
