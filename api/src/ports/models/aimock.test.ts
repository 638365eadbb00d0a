import { LLMock } from '@copilotkit/aimock'
import { expect, onTestFinished, test } from 'vitest'
import { createChatModel } from './chat-models.ts'
import type { Provider } from './index.ts'

const tools = [{ name: 'weather', description: 'Weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } }]

test.each([
  ['openai', (url: string) => `${url}/v1`, 'gpt-5-mini'],
  ['azure', (url: string) => url, 'a-deployment'],
  ['anthropic', (url: string) => url, 'claude-sonnet-4-5'],
  ['google', (url: string) => url, 'gemini-2.5-pro'],
] as const)("the %s adapter understands somebody else's server: text, thought, tool calls and errors", async (kind, at, model) => {
  const mock = new LLMock({ port: 0, chunkSize: 6 })
  mock.addFixture({
    match: { userMessage: 'weather', hasToolResult: false },
    response: { toolCalls: [{ name: 'weather', arguments: JSON.stringify({ city: 'Oslo' }) }] },
  })
  mock.addFixture({ match: { userMessage: 'weather', hasToolResult: true }, response: { content: 'It snows in Oslo.' } })
  mock.addFixture({ match: { userMessage: 'think' }, response: { content: 'Forty-two.', reasoning: 'Let me think.' } })
  mock.addFixture({ match: { userMessage: 'fail' }, response: { error: { message: 'overloaded', type: 'server_error' }, status: 503 } })
  await mock.start()
  onTestFinished(() => mock.stop())

  const provider: Provider = { id: 'mock', kind, baseUrl: at(mock.url), apiKey: 'sk-any' }
  const chat = createChatModel(provider, { id: model, provider: 'mock', model, dialect: {} })
  const heard: string[] = []
  const sink = { text: (delta: string) => void heard.push(delta), reasoning: () => {}, toolCallStart: () => {}, toolCallArgs: () => {} }
  const question = { role: 'user', text: 'How is the weather?' } as const

  const asked = await chat.complete({ messages: [question], tools, sink })
  expect(asked).toMatchObject({ text: '', calls: [{ name: 'weather', args: { city: 'Oslo' } }], finishReason: 'tool_calls' })
  const result = { role: 'tool', callId: asked.calls[0]!.id, text: 'Snow in Oslo' } as const
  const answered = await chat.complete({ messages: [question, { role: 'assistant', ...asked }, result], tools, sink })
  expect(answered).toMatchObject({ text: 'It snows in Oslo.', calls: [], finishReason: 'stop' })
  expect(heard.length).toBeGreaterThan(1)
  expect(heard.join('')).toBe('It snows in Oslo.')
  const thought = await chat.complete({ messages: [{ role: 'user', text: 'think' }], tools: [] })
  // It gives no thought in Azure's shape.
  expect(thought).toMatchObject({ text: 'Forty-two.', ...(kind !== 'azure' && { reasoning: 'Let me think.' }) })
  await expect(chat.complete({ messages: [{ role: 'user', text: 'fail' }], tools: [] })).rejects.toMatchObject({ code: 'upstream_failed' })
})
