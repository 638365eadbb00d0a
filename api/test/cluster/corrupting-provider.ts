import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { embeddingsAnswer } from '../../src/practice-model/embeddings.ts'

export const wholeText = 'Grüße aus 東京 👩‍🚀: "quoted", \\u0041 and a\nnew line. '.repeat(4)
const pieces = wholeText.match(/[\s\S]{1,11}/gu)!
const chunk = (delta: object, finish: string | null = null) => ({
  id: 'x',
  object: 'chat.completion.chunk',
  created: 0,
  model: 'm',
  choices: [{ index: 0, delta, finish_reason: finish }],
})
const data = (value: object) => `data: ${JSON.stringify(value)}\n\n`
const content = (delta: string) => data(chunk({ content: delta }))
const usage = data({ ...chunk({}), choices: [], usage: { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 } })
const stop = data(chunk({}, 'stop'))
const done = 'data: [DONE]\n\n'
const role = data(chunk({ role: 'assistant', content: '' }))
const body = pieces.map(content)
const whole = [role, ...body, stop, usage, done].join('')
const bytes = (value: string) => Buffer.from(value)
const middle = whole.indexOf('東') + 200

const call = (args: string, finish: string | null = null) => data(chunk({ tool_calls: [{ index: 0, function: { arguments: args } }] }, finish))
const openCall = data(chunk({ tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'calculator', arguments: '' } }] }))

type Corruption = {
  name: string
  /** What goes over the wire, in the pieces it is cut into. */
  wire: Buffer[]
  /** The connection breaks instead of ending. */
  breaks?: boolean
  type?: string
  expected: 'exact' | 'error'
}

const exact = (name: string, wire: string | Buffer[], rest: Partial<Corruption> = {}): Corruption => ({
  name,
  wire: typeof wire === 'string' ? [bytes(wire)] : wire,
  expected: 'exact',
  ...rest,
})
const error = (name: string, wire: string | Buffer[], rest: Partial<Corruption> = {}) => exact(name, wire, { expected: 'error', ...rest })

const everyByte = (value: string) => Array.from(bytes(value), (byte) => Buffer.from([byte]))
/** Flips one bit of the byte at `at`. */
function flipped(value: string, at: number, bit: number): Buffer[] {
  const copy = bytes(value)
  copy[at]! ^= 1 << bit
  return [copy]
}
const cutAt = (value: string, marker: string, offset = 0) => value.slice(0, value.indexOf(marker) + offset)
const insideCharacter = () => {
  const at = bytes(whole).indexOf(bytes('👩')) + 2
  return [bytes(whole).subarray(0, at), bytes(whole).subarray(at)]
}

export const corruptions: Corruption[] = [
  exact('nothing wrong', whole),
  exact('every byte in a packet of its own', everyByte(whole)),
  exact('a character cut between two packets', insideCharacter()),
  exact('CRLF line ends', whole.replaceAll('\n', '\r\n')),
  exact('CR line ends', whole.replaceAll('\n', '\r')),
  exact('CRLF, every byte alone', everyByte(whole.replaceAll('\n', '\r\n'))),
  exact('mixed line ends', whole.replace(/\n\n/g, '\r\n\n')),
  exact('a byte order mark', `\uFEFF${whole}`),
  exact('comments between events', whole.replaceAll('data: ', ': keep-alive\n\ndata: ')),
  exact('comments within events', whole.replaceAll('data: ', ': ping\ndata: ')),
  exact('no space after the colon', whole.replaceAll('data: ', 'data:')),
  exact('extra empty lines', whole.replaceAll('\n\n', '\n\n\n\n')),
  exact('ids, retries and unknown fields', whole.replaceAll('data: ', 'id: 7\nretry: 10\nfoo: bar\nevent: message\ndata: ')),
  exact('JSON spread over data lines', whole.replaceAll('"object":', '\ndata: "object":')),
  exact('no [DONE]', whole.replace(done, '')),
  exact('no usage', whole.replace(usage, '')),
  exact('no finish reason, but [DONE]', whole.replace(stop, '')),
  exact('a bare [DONE] at the end of the file', whole.trimEnd()),
  exact(
    'empty deltas between',
    [
      role,
      ...body.flatMap((one) => [data(chunk({})), data(chunk({ content: '' })), data(chunk({ content: null as unknown as string })), one]),
      stop,
      done,
    ].join(''),
  ),
  exact('no choices between', [role, ...body.flatMap((one) => [data({ ...chunk({}), choices: [] }), one]), stop, done].join('')),
  exact('a null delta', [role, data({ ...chunk({}), choices: [{ index: 0, delta: null, finish_reason: null }] }), ...body, stop, done].join('')),
  exact('text after [DONE]', `${whole}${content('must not show')}`),
  exact(
    'a plain JSON answer',
    JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content: wholeText }, finish_reason: 'stop' }] }),
    {
      type: 'application/json',
    },
  ),
  exact('no content type', whole, { type: '' }),
  exact('the connection breaks after the finish reason', [role, ...body, stop].join(''), { breaks: true }),
  exact('the connection breaks after [DONE]', whole, { breaks: true }),
  error('nothing at all', ''),
  error('cut after the first event', role),
  error('cut between two events', [role, ...body.slice(0, 4)].join('')),
  error('cut within JSON', whole.slice(0, middle)),
  error('cut within a character', [bytes(whole).subarray(0, bytes(whole).indexOf(bytes('👩')) + 2)]),
  error('cut within the word data', cutAt(whole, content(pieces[3]!), 2)),
  error('broken off between two events', [role, ...body.slice(0, 4)].join(''), { breaks: true }),
  error('broken off within JSON', whole.slice(0, middle), { breaks: true }),
  error(
    'an error object in the stream',
    [role, ...body.slice(0, 4), data({ error: { message: 'sk-test-secret is overloaded', code: 500 } })].join(''),
  ),
  error('an error event in the stream', [role, ...body.slice(0, 4), 'event: error\ndata: {"message":"no"}\n\n'].join('')),
  error('a page of HTML', '<html>Sign in</html>', { type: 'text/html' }),
  error('HTML that says it is a stream', 'data: <html>Sign in</html>\n\n'),
  error('a missing newline between two events', whole.replace('}\n\ndata: {', '}data: {')),
  error('a brace turned by one bit', flipped(whole, bytes(whole).indexOf('{', 400), 1)),
  error('a quote turned by one bit', flipped(whole, bytes(whole).indexOf(bytes('"delta"')), 1)),
  error('JSON that is a number', [role, 'data: 42\n\n', ...body, stop, done].join('')),
  error('JSON that is null', [role, 'data: null\n\n', ...body, stop, done].join('')),
  error('a control character in a string', whole.replace('Grüße', 'Gr\u0001üße')),
  error('a line beyond every bound', `data: ${'x'.repeat(2 * 1024 * 1024)}`),
  error('a tool call whose arguments are cut, then [DONE]', [role, openCall, call('{"expression":"1+'), done].join('')),
  error('a tool call whose arguments are cut, then tool_calls', [role, openCall, call('{"expression":"1+'), call('', 'tool_calls'), done].join('')),
  error('a tool call whose arguments are whole, but no end', [role, openCall, call('{"expression":"1+1"}')].join('')),
  error('a tool call that is broken off', [role, openCall, call('{"expression":')].join(''), { breaks: true }),
  error('a tool call with arguments that are no object', [role, openCall, call('"1+1"'), call('', 'tool_calls'), done].join('')),
  error('a tool call cut by the length', [role, openCall, call('{"expression":"1'), call('', 'length'), done].join('')),
]

/** Two answers at once are one: only the first choice is read. */
corruptions.push(
  exact(
    'a second choice',
    whole
      .replaceAll('"choices":[', '"choices":[')
      .replaceAll(/("finish_reason":(?:null|"stop")\})\]/g, '$1,{"index":1,"delta":{"content":"other"},"finish_reason":null}]'),
  ),
  exact(
    'a second choice in events of its own',
    [
      role,
      ...body.flatMap((one) => [one, data({ ...chunk({}), choices: [{ index: 1, delta: { content: 'other' }, finish_reason: null }] })]),
      stop,
      done,
    ].join(''),
  ),
)

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const sent = await text(request)
  if (request.url?.endsWith('embeddings')) return void response.end(JSON.stringify(embeddingsAnswer(JSON.parse(sent))))
  const { messages } = JSON.parse(sent) as { messages: { role: string; content: unknown }[] }
  const asked = /corruption (\d+)/.exec(JSON.stringify(messages.findLast(({ role }) => role === 'user')))!
  const { wire, breaks, type = 'text/event-stream' } = corruptions[Number(asked[1])]!
  response.writeHead(200, type ? { 'content-type': type } : {})
  response.on('error', () => {})
  for (const piece of wire) await new Promise((resolve) => response.write(piece, resolve))
  if (breaks) response.destroy()
  else response.end()
}

/** Answers each question with the corruption that its last message names by number. */
export async function startCorruptingProvider() {
  const server = createServer((request, response) => void answer(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
