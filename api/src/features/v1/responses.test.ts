import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import OpenAI from 'openai'
import { zodTextFormat } from 'openai/helpers/zod'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import type { SseEvent } from '#http/sse.ts'
import type { Whole } from './chat-answer.ts'
import type { Question } from './chat-request.ts'
import { createResponse } from './responses-answer.ts'
import { questionOfResponses, ResponsesBody } from './responses-request.ts'

// OpenAI's own client reads what is written here.

async function responding(answer: (question: Question) => Partial<Whole>) {
  const questions: Question[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const body = ResponsesBody.parse(JSON.parse(Buffer.concat(pieces).toString())) as ResponsesBody
      const question = questionOfResponses(body)
      questions.push(question)
      const whole: Whole = { text: '', reasoning: '', calls: [], finishReason: 'stop', used, receipt, ...answer(question) }
      const writer = createResponse({ id: 'resp_1', created: 1, model: body.model }, body)
      if (!body.stream) return response.setHeader('content-type', 'application/json').end(JSON.stringify(writer.whole(whole)))
      response.setHeader('content-type', 'text/event-stream')
      const send = (events: SseEvent[]) => {
        for (const { name, data } of events) response.write(`event: ${name}\ndata: ${data}\n\n`)
      }
      send(writer.begin())
      for (const delta of whole.text.match(/.{1,4}/gs) ?? []) send(writer.add({ type: 'text', delta }))
      for (const { id, name, args } of whole.calls) {
        send(writer.add({ type: 'call', id, name }))
        for (const delta of JSON.stringify(args).match(/.{1,5}/gs) ?? []) send(writer.add({ type: 'args', id, delta }))
      }
      send(writer.end(whole))
      response.end()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  const client = new OpenAI({ baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, apiKey: 'k', maxRetries: 0 })
  return { client, questions }
}

const used = { inputTokens: 9, outputTokens: 5, isEstimate: false }
const receipt = { costMicroUsd: 3, cached: false, reason: '' }
const weather = { type: 'function' as const, name: 'weather', parameters: { type: 'object' }, strict: false }
const oslo = { id: 'call_1', name: 'weather', args: { city: 'Oslo' } }

test('the events of a text come in OpenAI’s order, numbered, and make the whole', async () => {
  const { client } = await responding(() => ({ text: 'The answer is 42.' }))
  const stream = client.responses.stream({ model: 'm', input: 'What?' })
  const types: string[] = []
  const numbers: number[] = []
  for await (const { type, sequence_number } of stream) {
    types.push(type)
    numbers.push(sequence_number)
  }
  expect((await stream.finalResponse()).output_text).toBe('The answer is 42.')
  const order = ['created', 'in_progress', 'output_item.added', 'content_part.added', 'output_text.delta', 'output_text.done', 'content_part.done']
  expect(types.filter((type, at) => type !== types[at - 1])).toEqual([...order, 'output_item.done', 'completed'].map((name) => `response.${name}`))
  expect(numbers).toEqual(numbers.map((_, at) => at))
})

test('text and calls are items in order, plain and streamed the same, and go back as one message with its results', async () => {
  const { client, questions } = await responding(() => ({
    text: 'Let me see.',
    calls: [oslo, { ...oslo, id: 'call_2' }],
    finishReason: 'tool_calls',
  }))
  const ask = { model: 'm', input: 'How is Oslo?', tools: [weather] }
  const plain = await client.responses.create(ask)
  const streamed = await client.responses.stream(ask).finalResponse()
  for (const { output } of [plain, streamed]) {
    expect(output).toMatchObject([
      { type: 'message', content: [{ text: 'Let me see.' }] },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"city":"Oslo"}' },
      { type: 'function_call', call_id: 'call_2' },
    ])
  }
  const result = { type: 'function_call_output' as const, call_id: 'call_1', output: 'snow' }
  await client.responses.create({
    ...ask,
    input: [{ role: 'user', content: 'How is Oslo?' }, ...(plain.output as OpenAI.Responses.ResponseInput), result],
  })
  expect(questions.at(-1)).toMatchObject({
    messages: [
      { role: 'user', text: 'How is Oslo?' },
      { role: 'assistant', text: 'Let me see.', calls: [oslo, { id: 'call_2' }] },
      { role: 'tool', callId: 'call_1', text: 'snow' },
    ],
    tools: [{ name: 'weather', strict: false }],
  })
})

test('a schema is asked for and parsed; an answer that was cut is incomplete and says why', async () => {
  const { client, questions } = await responding(({ wishes }) =>
    wishes.format ? { text: '{"city":"Oslo"}' } : { text: 'It is', finishReason: 'length' },
  )
  const format = zodTextFormat(z.object({ city: z.string() }), 'city')
  const { output_parsed } = await client.responses.parse({ model: 'm', input: 'Where?', temperature: 0, text: { format } })
  expect(output_parsed).toEqual({ city: 'Oslo' })
  expect(questions[0]!.wishes).toMatchObject({ temperature: 0, format: { type: 'json_schema', name: 'city', strict: true } })
  const cut = await client.responses.create({ model: 'm', input: 'Go on.', max_output_tokens: 5 })
  expect(cut).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, usage: { total_tokens: 14 } })
})

test.each([['background'], ['prompt']])('%s is refused by its name', (param) => {
  const body = ResponsesBody.parse({ model: 'm', input: 'x', [param]: true }) as ResponsesBody
  expect(() => questionOfResponses(body)).toThrow(
    expect.objectContaining({ code: 'invalid_request', errors: [expect.objectContaining({ path: param })] }),
  )
})
