import { speechUrl, spokenCharactersMax } from '@jarvis/contracts/voice.ts'
import { messageOf } from '#lib/problem.ts'
import { createStore } from '#lib/store.ts'
import { toast } from '#ui/toast.tsx'
import { language } from '#words/language.ts'
import { voiceChoice } from '#lib/voice-choice.ts'
import { piecesOf, spokenText } from './spoken-text.ts'
import { type Doer, sound } from '#lib/voice.ts'

/** What is being read, by its message; one at a time. */
export const reading = createStore<{ id: string; state: 'loading' | 'speaking' } | null>(null)
let stop = new AbortController()

/** The first piece is short, so that it begins soon. */
const firstCharacters = 300
/** A browser's voice loses what is long. */
const browserCharacters = 200

export function stopReading(): void {
  stop.abort()
  reading.set(null)
}

/** Reads a text aloud until its end, or until it is stopped. What fails is said. */
export async function readAloud(id: string, markdown: string, doer: NonNullable<Doer>): Promise<void> {
  stopReading()
  stop = new AbortController()
  const { signal } = stop
  const text = spokenText(markdown)
  if (text === '') return
  reading.set({ id, state: 'loading' })
  try {
    await (doer.kind === 'provider' ? byProvider(id, text, signal) : byBrowser(id, text, signal))
  } catch (error) {
    if (!signal.aborted) toast(messageOf(error))
  }
  if (!signal.aborted) reading.set(null)
}

async function byProvider(id: string, text: string, signal: AbortSignal): Promise<void> {
  const [first = '', ...rest] = piecesOf(text, firstCharacters)
  const pieces = [first, ...piecesOf(rest.join('\n'), spokenCharactersMax)]
  const { voice, speed } = voiceChoice.get()
  const load = async (piece: string) => {
    const body = JSON.stringify({ text: piece, speed, ...(voice !== null && { voice }) })
    return await (await sound(speechUrl, 'application/json', body, signal)).blob()
  }
  let next: Promise<Blob> | undefined = load(pieces[0]!)
  for (const at of pieces.keys()) {
    const blob: Blob = await next!
    const following = pieces[at + 1]
    // While this one is heard; what fails is told when its turn comes.
    next = following === undefined ? undefined : load(following)
    next?.catch(() => undefined)
    reading.set({ id, state: 'speaking' })
    await play(blob, signal)
  }
}

async function play(blob: Blob, signal: AbortSignal): Promise<void> {
  const url = URL.createObjectURL(blob)
  const audio = new Audio(url)
  try {
    await new Promise<void>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      audio.addEventListener('ended', () => resolve(), { once: true })
      audio.addEventListener('error', () => reject(audio.error ? new Error(audio.error.message) : new Error('no sound')), { once: true })
      audio.play().catch(reject)
    })
  } finally {
    audio.pause()
    audio.removeAttribute('src')
    URL.revokeObjectURL(url)
  }
}

async function byBrowser(id: string, text: string, signal: AbortSignal): Promise<void> {
  signal.addEventListener('abort', () => speechSynthesis.cancel(), { once: true })
  for (const piece of piecesOf(text, browserCharacters)) {
    if (signal.aborted) return
    const utterance = new SpeechSynthesisUtterance(piece)
    utterance.lang = language()
    utterance.rate = voiceChoice.get().speed
    await new Promise<void>((resolve) => {
      utterance.addEventListener('end', () => resolve(), { once: true })
      utterance.addEventListener('error', () => resolve(), { once: true })
      reading.set({ id, state: 'speaking' })
      speechSynthesis.speak(utterance)
    })
  }
}
