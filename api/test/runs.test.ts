import { emptyAnswer, foldRunEvent } from '@jarvis/contracts/run.ts'
import { expect, test } from 'vitest'
import { startScriptedModel } from '../../simulators/openai/scripted.ts'
import { startTestApp } from './test-app.ts'

test('a message that waits in line is stopped at once, while everything before it is still at work', async () => {
  await using stack = new AsyncDisposableStack()
  const model = await startScriptedModel([{ stall: 'mid-stream', afterText: 'Once upon' }])
  stack.defer(() => model.close())
  const settings = { OPENAI_API_KEY: 'sk-test-secret', OPENAI_BASE_URL: model.url, RUNS_AT_ONCE: '1' }
  const app = stack.use(await startTestApp(settings))
  const person = await app.signUp()
  const ask = async () => {
    const conversation = await person.newConversation()
    const { body } = await person.post(`/api/v1/conversations/${conversation}/messages`, { messageId: crypto.randomUUID(), content: 'Tell me' })
    return { conversation, runId: body.runId as string }
  }
  const first = await ask()
  await expect.poll(() => model.openStreams()).toBe(1)
  const second = await ask()
  expect((await person.get(`/api/v1/runs/${second.runId}`)).body).toMatchObject({ status: 'queued', queuePosition: 1 })
  const following = person.events(second.runId)
  expect((await person.post(`/api/v1/runs/${second.runId}/cancel`)).body).toMatchObject({ status: 'cancelled', queuePosition: null })

  const events = (await following).map(({ event }) => event)
  expect(events.map(({ type }) => type)).toEqual(['RUN_STARTED', 'CUSTOM', 'RUN_FINISHED'])
  const stored = (await person.get(`/api/v1/conversations/${second.conversation}/messages`)).body.items[1]
  expect(stored).toMatchObject({ status: 'stopped', content: '' })
  expect(events.reduce(foldRunEvent, emptyAnswer)).toMatchObject({ status: stored.status, usage: stored.usage })
  expect((await person.get(`/api/v1/runs/${first.runId}`)).body).toMatchObject({ status: 'running' })
  await person.post(`/api/v1/runs/${first.runId}/cancel`)
  expect((await person.events(first.runId)).at(-1)!.event).toMatchObject({ type: 'RUN_FINISHED', outcome: { type: 'cancelled' } })
})
