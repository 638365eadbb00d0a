import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Voice } from '@jarvis/contracts/voice.ts'
import { queryOptions } from '@tanstack/react-query'
import { call } from '#lib/call.ts'
import { problemOf, unreachable } from '#lib/problem.ts'
import { accessToken } from '#lib/session.ts'

export const voiceQuery = queryOptions({
  queryKey: ['voice'],
  queryFn: ({ signal }) => call(endpoints.voice, {}, signal),
  staleTime: 5 * 60_000,
  retry: false,
})

/** Who does it: a provider by its host, the browser by itself or by its maker, or nobody. */
export type Doer = { kind: 'provider'; host: string } | { kind: 'browser' } | null

type Recogniser = new () => SpeechRecognition
/** The parts of the Web Speech API that are used here; the types of the platform have none of it. */
export interface SpeechRecognition extends EventTarget {
  lang: string
  continuous: boolean
  interimResults: boolean
  start(): void
  stop(): void
  abort(): void
}
export const recogniser = (): Recogniser | undefined => {
  const has = globalThis as { SpeechRecognition?: Recogniser; webkitSpeechRecognition?: Recogniser }
  return has.SpeechRecognition ?? has.webkitSpeechRecognition
}

export function hearer(voice: Voice | undefined): Doer {
  if (voice?.hears && typeof MediaRecorder !== 'undefined') return { kind: 'provider', host: voice.hears.host }
  return voice?.browser && recogniser() ? { kind: 'browser' } : null
}

export function speakerOf(voice: Voice | undefined): Doer {
  if (voice?.speaks) return { kind: 'provider', host: voice.speaks.host }
  return voice?.browser && 'speechSynthesis' in globalThis ? { kind: 'browser' } : null
}

/** A request whose body or answer is sound: the token goes in a header, as with every other. */
export async function sound(url: string, type: string, body: BodyInit, signal: AbortSignal): Promise<Response> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${await accessToken()}`, 'content-type': type },
    body,
    signal,
  }).catch((cause: unknown) => {
    throw signal.aborted ? cause : unreachable(cause)
  })
  if (!response.ok) throw await problemOf(response)
  return response
}
