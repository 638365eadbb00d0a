import { expect, test } from 'vitest'
import { createRouter, practiceTable } from '#features/router/index.ts'
import { createAudio } from './audio.ts'

test('where no provider hears or speaks, the refusal says what an administrator can do', async () => {
  const never = () => expect.fail('no provider is asked')
  const { transcribe, speak } = createAudio({
    audio: { transcribe: never, speak: never },
    billing: { chargeOf: never },
    completions: { guard: never },
    router: createRouter(practiceTable, { practice: true }),
  })
  const caller = { userId: 'ada', plan: 'free', payer: { kind: 'person', id: 'ada' }, apiKey: null } as never
  const file = { name: 'a.wav', mediaType: 'audio/wav', bytes: new Uint8Array(9) }
  const { signal } = new AbortController()
  const expected = { code: 'not_found', errors: [{ path: 'model' }], message: expect.stringContaining('MODELS_FILE') }
  await expect(transcribe(caller, { model: 'auto', file, format: 'json', stream: false }, signal)).rejects.toMatchObject(expected)
  await expect(speak(caller, { model: 'tts-1', input: 'Hi', voice: 'alloy' }, signal)).rejects.toMatchObject(expected)
})
