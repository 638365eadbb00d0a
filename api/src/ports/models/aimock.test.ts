import { LLMock } from '@copilotkit/aimock'
import { expect, onTestFinished, test } from 'vitest'
import { createOpenAiModel } from './openai.ts'

test("the chat model understands somebody else's OpenAI server: text, tool calls and errors", async () => {
  const mock = new LLMock({ port: 0, chunkSize: 6 })
  mock.addFixture({
    match: { userMessage: 'weather', hasToolResult: false },
    response: { toolCalls: [{ name: 'weather', arguments: JSON.stringify({ city: 'Oslo' }) }] },
  })
  mock.addFixture({ match: { userMessage: 'weather', hasToolResult: true }, response: { content: 'It snows in Oslo.' } })
  mock.addFixture({ match: { userMessage: 'fail' }, response: { error: { message: 'overloaded', type: 'server_error' }, status: 503 } })
  await mock.start()
  onTestFinished(() => mock.stop())

  const model = createOpenAiModel({ baseUrl: `${mock.url}/v1`, apiKey: 'sk-any', model: 'gpt-5-mini' })
  const heard: string[] = []
  const sink = { text: (delta: string) => void heard.push(delta), toolCallStart: () => {}, toolCallArgs: () => {} }
  const tools = [{ name: 'weather', description: 'Weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } }]
  const question = { role: 'user', text: 'How is the weather?' } as const

  const asked = await model.complete({ messages: [question], tools, sink })
  expect(asked).toMatchObject({ text: '', calls: [{ name: 'weather', args: { city: 'Oslo' } }] })
  const result = { role: 'tool', callId: asked.calls[0]!.id, text: 'Snow in Oslo' } as const
  const answered = await model.complete({ messages: [question, { role: 'assistant', ...asked }, result], tools, sink })
  expect(answered).toMatchObject({ text: 'It snows in Oslo.', calls: [] })
  expect(heard.length).toBeGreaterThan(1)
  expect(heard.join('')).toBe('It snows in Oslo.')
  await expect(model.complete({ messages: [{ role: 'user', text: 'fail' }], tools: [] })).rejects.toMatchObject({ code: 'upstream_failed' })
})
