import { LLMock } from '@copilotkit/aimock'
import { HumanMessage } from '@langchain/core/messages'
import { createAgent, tool } from 'langchain'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { createChatModel } from './chat-model.ts'

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

  const model = createChatModel({ baseUrl: `${mock.url}/v1`, apiKey: 'sk-any', model: 'gpt-5-mini' })
  const heard: string[] = []
  const sink = { text: (delta: string) => void heard.push(delta), toolCallStart: () => {}, toolCallArgs: () => {} }
  const weather = tool(async ({ city }) => `Snow in ${city}`, {
    name: 'weather',
    description: 'Weather',
    schema: z.strictObject({ city: z.string() }),
  })
  const agent = createAgent({ model, tools: [weather] })
  const { messages } = await agent.invoke({ messages: [new HumanMessage('How is the weather?')] }, { configurable: { sink } })

  expect(messages.map(({ type, text }) => [type, text])).toEqual([
    ['human', 'How is the weather?'],
    ['ai', ''],
    ['tool', 'Snow in Oslo'],
    ['ai', 'It snows in Oslo.'],
  ])
  expect(heard.length).toBeGreaterThan(1)
  expect(heard.join('')).toBe('It snows in Oslo.')
  await expect(model.invoke([new HumanMessage('fail')])).rejects.toMatchObject({ code: 'upstream_failed' })
})
