import { createServer } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { tokenText } from '../question.ts'

// A provider of three protocols that answers every question with the same long answer, some events a packet.

const tokens = 2000
const eventsAtOnce = 8
const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`
const openAi = (delta: object, finish: string | null) =>
  event({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1, model: 'bench', choices: [{ index: 0, delta, finish_reason: finish }] })
const gemini = (text: string, more: object = {}, candidate: object = {}) =>
  event({ candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0, ...candidate }], modelVersion: 'bench', ...more })
const anthropic = (value: { type: string; [field: string]: unknown }) => `event: ${value.type}\n${event(value)}`
const repeat = (text: string) => Array.from({ length: tokens }, () => text)

const answers: [RegExp, string[]][] = [
  [
    /chat\/completions/,
    [
      ...repeat(openAi({ content: tokenText }, null)),
      openAi({}, 'stop') +
        event({ choices: [], usage: { prompt_tokens: 100, completion_tokens: tokens, total_tokens: 100 + tokens } }) +
        'data: [DONE]\n\n',
    ],
  ],
  [
    /messages/,
    [
      anthropic({ type: 'message_start', message: { id: 'm', model: 'bench', usage: { input_tokens: 100, output_tokens: 1 } } }) +
        anthropic({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
      ...repeat(anthropic({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: tokenText } })),
      anthropic({ type: 'content_block_stop', index: 0 }) +
        anthropic({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: tokens } }) +
        anthropic({ type: 'message_stop' }),
    ],
  ],
  [
    /streamGenerateContent/,
    [
      ...repeat(gemini(tokenText)),
      gemini('', { usageMetadata: { promptTokenCount: 100, candidatesTokenCount: tokens, totalTokenCount: 100 + tokens } }, { finishReason: 'STOP' }),
    ],
  ],
]

const server = createServer((request, response) => {
  request.resume()
  const events = answers.find(([path]) => path.test(request.url!))![1]
  const send = async () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (let from = 0; from < events.length; from += eventsAtOnce) {
      response.write(events.slice(from, from + eventsAtOnce).join(''))
      await turn()
    }
    response.end()
  }
  request.on('end', () => void send())
})
server.listen(0, '127.0.0.1', () => process.send!({ url: `http://127.0.0.1:${(server.address() as { port: number }).port}` }))
process.on('disconnect', () => process.exit(0))
