import { expect, onTestFinished, test } from 'vitest'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createChatModel } from './chat-models.ts'
import type { ModelMessage, ProviderKind } from './index.ts'

const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`
const delta = (value: object, finish_reason: string | null = null) => event({ choices: [{ index: 0, delta: value, finish_reason }] })

/** What each provider attaches, and where it must stand in the next request, word for word, with the arguments that a person changed. */
const protocols: [ProviderKind, string, string, (body: Record<string, unknown>) => unknown, unknown][] = [
  [
    'openai',
    'deepseek-chat',
    delta({ reasoning_content: 'Six ' }) +
      delta({ reasoning_content: 'by nine.' }) +
      delta({
        tool_calls: [
          { index: 0, id: 'a', function: { name: 'look', arguments: '{"a":1}' }, extra_content: { google: { thought_signature: 'SIG' } } },
        ],
      }) +
      delta({}, 'tool_calls') +
      'data: [DONE]\n\n',
    ({ messages }) => (messages as unknown[])[1],
    {
      role: 'assistant',
      content: null,
      reasoning_content: 'Six by nine.',
      tool_calls: [
        { id: 'a', type: 'function', function: { name: 'look', arguments: '{"a":7}' }, extra_content: { google: { thought_signature: 'SIG' } } },
      ],
    },
  ],
  [
    'openai',
    'mistral-small',
    delta({
      tool_calls: [
        { index: 0, id: 'call_of_theirs', function: { name: 'look', arguments: '{"a":1}' }, extra_content: { google: { thought_signature: 'SIG' } } },
      ],
    }) +
      delta({}, 'tool_calls') +
      'data: [DONE]\n\n',
    ({ messages }) => (messages as unknown[])[1],
    {
      role: 'assistant',
      content: null,
      tool_calls: [
        {
          id: expect.stringMatching(/^[A-Za-z0-9]{9}$/),
          type: 'function',
          function: { name: 'look', arguments: '{"a":7}' },
          extra_content: { google: { thought_signature: 'SIG' } },
        },
      ],
    },
  ],
  [
    'openai',
    'a-router/model',
    delta({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'E1' }] }) +
      delta({ reasoning_details: [{ type: 'reasoning.encrypted', data: 'E2' }], content: 'I look.' }) +
      delta({ tool_calls: [{ index: 0, id: 'a', function: { name: 'look', arguments: '{"a":1}' } }] }, 'tool_calls') +
      'data: [DONE]\n\n',
    ({ messages }) => (messages as unknown[])[1],
    {
      role: 'assistant',
      content: 'I look.',
      reasoning_details: [
        { type: 'reasoning.encrypted', data: 'E1' },
        { type: 'reasoning.encrypted', data: 'E2' },
      ],
      tool_calls: [{ id: 'a', type: 'function', function: { name: 'look', arguments: '{"a":7}' } }],
    },
  ],
  [
    'anthropic',
    'claude-sonnet-4-5',
    [
      { type: 'message_start', message: { usage: { input_tokens: 1, output_tokens: 1 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'thinking_delta', thinking: 'Six by nine.' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'signature_delta', signature: 'SIG' } },
      { type: 'content_block_start', index: 1, content_block: { type: 'redacted_thinking', data: 'R' } },
      { type: 'content_block_start', index: 2, content_block: { type: 'tool_use', id: 'a', name: 'look', input: {} } },
      { type: 'content_block_delta', index: 2, delta: { type: 'input_json_delta', partial_json: '{"a":1}' } },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: { output_tokens: 5 } },
      { type: 'message_stop' },
    ]
      .map(event)
      .join(''),
    ({ messages }) => (messages as { content: unknown }[])[1]!.content,
    [
      { type: 'thinking', thinking: 'Six by nine.', signature: 'SIG' },
      { type: 'redacted_thinking', data: 'R' },
      { type: 'tool_use', id: 'a', name: 'look', input: { a: 7 } },
    ],
  ],
  [
    'google',
    'gemini-3-pro',
    event({
      candidates: [
        {
          content: {
            parts: [
              { text: 'Six by nine.', thought: true },
              { text: 'I look.', thoughtSignature: 'T' },
            ],
          },
        },
      ],
    }) +
      event({
        candidates: [
          { content: { parts: [{ functionCall: { id: 'a', name: 'look', args: { a: 1 } }, thoughtSignature: 'SIG' }] }, finishReason: 'STOP' },
        ],
      }),
    ({ contents }) => (contents as { parts: unknown }[])[1]!.parts,
    [
      { text: 'Six by nine.', thought: true },
      { text: 'I look.', thoughtSignature: 'T' },
      { functionCall: { id: 'a', name: 'look', args: { a: 7 } }, thoughtSignature: 'SIG' },
    ],
  ],
]

test.each(protocols)(
  '%s: what came with an answer of %s goes back to it, through a step that was stored, and to nobody else',
  async (kind, name, answer, pick, expected) => {
    const bodies: Record<string, unknown>[] = []
    const server = createServer((request, response) => {
      let text = ''
      request.on('data', (chunk: Buffer) => (text += chunk.toString()))
      request.on('end', () => {
        bodies.push(JSON.parse(text) as Record<string, unknown>)
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(answer)
      })
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const open = (model: string) => createChatModel({ id: 'one', kind, baseUrl, apiKey: 'k' }, { id: model, provider: 'one', model, dialect: {} })

    const question: ModelMessage = { role: 'user', text: 'Look.' }
    const { text, calls, attached } = await open(name).complete({ messages: [question], tools: [] })
    // A step is stored as JSON, and another process reads it; a person has changed the arguments meanwhile.
    const step = JSON.parse(JSON.stringify({ text, calls, attached })) as { text: string; calls: typeof calls; attached: typeof attached }
    const changed = step.calls.map((call) => ({ ...call, args: { a: 7 } }))
    const messages: ModelMessage[] = [
      question,
      { role: 'assistant', ...step, calls: changed },
      { role: 'tool', callId: calls[0]!.id, text: 'Nothing.' },
    ]
    await open(name).complete({ messages, tools: [] })
    expect(pick(bodies[1]!)).toEqual(expected)
    await open('another').complete({ messages, tools: [] })
    expect(JSON.stringify(bodies[2])).not.toMatch(/SIG|Six by nine|"R"|E1|"T"/)
    expect(JSON.stringify(bodies[2])).toContain('look')
  },
)
