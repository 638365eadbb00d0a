import { expect, test } from 'vitest'
import { anthropicCodec } from './anthropic.ts'
import { dialectOf } from './dialects.ts'
import { geminiCodec } from './gemini.ts'
import type { ModelRequest, Provider, ProviderKind, Wishes } from './index.ts'
import { openAiCodec, openAiPlace } from './openai-chat.ts'

const city = { type: 'json_schema', name: 'city', schema: { type: 'object' }, strict: true } as const
const wishes: Wishes = { temperature: 0.5, topP: 0.9, stop: ['END'], seed: 7, toolChoice: { name: 'look' }, parallelCalls: false, format: city }

function sent(kind: ProviderKind, model: string, request: Partial<ModelRequest> = {}): Record<string, unknown> {
  const provider: Provider = { id: 'p', kind, baseUrl: 'http://localhost', apiKey: 'k' }
  const codec =
    kind === 'anthropic'
      ? anthropicCodec(provider, model, '')
      : kind === 'google'
        ? geminiCodec(provider, model, '')
        : openAiCodec(openAiPlace(provider), model, '')
  const look = { name: 'look', description: '', parameters: {} }
  const whole = { messages: [{ role: 'user' as const, text: 'Where?' }], tools: [look], wishes, outputTokensMax: 8192, ...request }
  return JSON.parse(codec.encode(whole, dialectOf(provider, model))) as Record<string, unknown>
}

test('what is wished of an answer is said in the words of each protocol', () => {
  expect(sent('openai', 'gpt-4o')).toMatchObject({
    temperature: 0.5,
    top_p: 0.9,
    stop: ['END'],
    seed: 7,
    tool_choice: { type: 'function', function: { name: 'look' } },
    parallel_tool_calls: false,
    response_format: { type: 'json_schema', json_schema: { name: 'city', schema: { type: 'object' }, strict: true } },
  })
  expect(sent('anthropic', 'claude-sonnet-4')).toMatchObject({
    temperature: 0.5,
    stop_sequences: ['END'],
    tool_choice: { type: 'tool', name: 'look', disable_parallel_tool_use: true },
    output_config: { format: { type: 'json_schema', schema: { type: 'object' } } },
  })
  expect(sent('google', 'gemini-2.5-flash')).toMatchObject({
    toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['look'] } },
    generationConfig: {
      temperature: 0.5,
      topP: 0.9,
      stopSequences: ['END'],
      seed: 7,
      responseMimeType: 'application/json',
      responseJsonSchema: { type: 'object' },
    },
  })
})

test('what a model does not take is not said to it', () => {
  expect(sent('openai', 'gpt-5')).not.toHaveProperty('temperature')
  expect(sent('openai', 'gpt-4o', { tools: [] })).not.toHaveProperty('tool_choice')
  const thinking = sent('anthropic', 'claude-sonnet-4', { effort: 'medium' })
  expect(thinking).toMatchObject({ thinking: { type: 'enabled' }, tool_choice: { type: 'auto' } })
  expect(thinking).not.toHaveProperty('temperature')
  expect(() => sent('anthropic', 'claude-sonnet-4', { wishes: { format: { type: 'json_object' } } })).toThrow(/by a schema only/)
})

test('without a wish nothing is said', () => {
  const plain = sent('openai', 'gpt-4o', { wishes: undefined })
  expect(Object.keys(plain).toSorted()).toEqual(['max_tokens', 'messages', 'model', 'stream', 'stream_options', 'tools'])
  expect(sent('anthropic', 'claude-sonnet-4', { wishes: undefined })).not.toHaveProperty('output_config')
})
