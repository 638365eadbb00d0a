import { recordingSecondsMax, transcriptionsUrl } from '@jarvis/contracts/voice.ts'
import { messageOf } from '#lib/problem.ts'
import { language } from '#words/language.ts'
import { say } from '#words/say.ts'
import { type Doer, recogniser, sound } from '#lib/voice.ts'

export type Listening = {
  /** How loud it is now, from 0 to 1. */
  level: () => number
  /** Ends the recording, and resolves with what was heard. */
  finish: () => Promise<string>
  /** Lets go of the microphone and of what was said. */
  cancel: () => void
}
type Watcher = { onHeard: (text: string) => void; onEnd: () => void }

/** Why nothing can be heard, in the language of the page. */
export class Unheard extends Error {}
export const wordsOf = (error: unknown): string => (error instanceof Unheard ? error.message : messageOf(error))

/** Opus or AAC at this rate is clear speech, and two minutes of it are half of what a request may have. */
const bitsPerSecond = 32_000
const types = ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus', 'audio/mp4']

/** Listens until it is told to stop, or for as long as a recording may be. @throws Unheard, ProblemError */
export async function listen(doer: NonNullable<Doer>, watcher: Watcher): Promise<Listening> {
  return doer.kind === 'provider' ? await record(watcher) : recognise(watcher)
}

async function record({ onEnd }: Watcher): Promise<Listening> {
  const devices = navigator.mediaDevices as MediaDevices | undefined
  if (!devices) throw new Unheard(say('This page has no microphone: it has to be reached over HTTPS.'))
  const stream = await devices
    .getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } })
    .catch((error: unknown) => {
      throw refusedBy(error)
    })
  const context = new AudioContext()
  const meter = context.createAnalyser()
  meter.fftSize = 512
  context.createMediaStreamSource(stream).connect(meter)
  const samples = new Uint8Array(meter.fftSize)
  const mimeType = types.find((type) => MediaRecorder.isTypeSupported(type))
  const recorder = new MediaRecorder(stream, { audioBitsPerSecond: bitsPerSecond, ...(mimeType && { mimeType }) })
  const pieces: Blob[] = []
  recorder.addEventListener('dataavailable', ({ data }) => pieces.push(data))
  const stopped = new Promise<void>((resolve) => recorder.addEventListener('stop', () => resolve(), { once: true }))
  const gone = new AbortController()
  const letGo = () => {
    clearTimeout(longest)
    for (const track of stream.getTracks()) track.stop()
    void context.close().catch(() => undefined)
  }
  const longest = setTimeout(onEnd, recordingSecondsMax * 1000)
  // It may be pulled out, or taken away by the browser.
  stream.getAudioTracks()[0]?.addEventListener('ended', onEnd, { once: true })
  recorder.start(1000)
  let isOver = false
  return {
    level() {
      meter.getByteTimeDomainData(samples)
      const power = samples.reduce((sum, sample) => sum + ((sample - 128) / 128) ** 2, 0) / samples.length
      return Math.min(1, Math.sqrt(power) * 4)
    },
    async finish() {
      isOver = true
      if (recorder.state !== 'inactive') recorder.stop()
      await stopped
      letGo()
      const type = recorder.mimeType || 'audio/webm'
      const answer = await sound(transcriptionsUrl, type, new Blob(pieces, { type }), gone.signal)
      return ((await answer.json()) as { text: string }).text
    },
    cancel() {
      gone.abort()
      if (!isOver && recorder.state !== 'inactive') recorder.stop()
      letGo()
    },
  }
}

type Heard = Event & { results: ArrayLike<ArrayLike<{ transcript: string }>> }

function recognise({ onHeard, onEnd }: Watcher): Listening {
  const recognition = new (recogniser()!)()
  recognition.lang = language()
  recognition.continuous = true
  recognition.interimResults = true
  let text = ''
  let failure: Error | null = null
  const over = new Promise<void>((resolve) => recognition.addEventListener('end', () => resolve(), { once: true }))
  recognition.addEventListener('result', (event) => {
    text = Array.from((event as Heard).results, (result) => result[0]!.transcript).join('')
    onHeard(text)
  })
  recognition.addEventListener('error', (event) => {
    const { error } = event as Event & { error?: string }
    if (error === 'aborted' || error === 'no-speech') return
    failure = refusedBy({ name: error === 'not-allowed' ? 'NotAllowedError' : error === 'audio-capture' ? 'NotFoundError' : 'other' })
  })
  recognition.addEventListener('end', onEnd, { once: true })
  const longest = setTimeout(onEnd, recordingSecondsMax * 1000)
  recognition.start()
  return {
    // The browser has the microphone, and says nothing of it.
    level: () => 0.3,
    async finish() {
      clearTimeout(longest)
      recognition.stop()
      await over
      if (failure) throw failure
      return text
    },
    cancel() {
      clearTimeout(longest)
      recognition.abort()
    },
  }
}

/** In words that say what can be done. */
function refusedBy(error: unknown): Error {
  const { name } = error as { name?: string }
  if (name === 'NotAllowedError')
    return new Unheard(say('The browser does not let this page use the microphone. Allow it in the browser’s settings for this page.'))
  if (name === 'NotFoundError' || name === 'OverconstrainedError') return new Unheard(say('No microphone was found.'))
  return new Unheard(say('The microphone could not be used. Another program may have it.'))
}
