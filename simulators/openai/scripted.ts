import { EventEmitter, once } from 'node:events'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { embeddingsAnswer } from '../../api/src/practice-model/embeddings.ts'
import { type Heard, readForm, speak, transcribe, wav } from './audio.ts'
import { drawPicture } from './pictures.ts'
import { ApiError, readJson, type RunningServer, sendJson, serve } from '../../api/src/practice-model/http.ts'

type Timing = { chunkSize?: number; delayMs?: number; firstTokenDelayMs?: number }
type Usage = { prompt_tokens: number; completion_tokens: number; prompt_tokens_details?: object; completion_tokens_details?: object }
export type ScriptedToolCall = { id?: string; name: string; arguments: string | object }

type Answered = {
  text: string
  /** Its thought, in a field of its own. */ reasoning: string
  toolCalls: ScriptedToolCall[]
  usage: Usage
  finishReason: string
} & Timing

/** How one request is answered. */
export type Behaviour =
  | (Pick<Answered, 'text'> & Partial<Answered>)
  | (Pick<Answered, 'toolCalls'> & Partial<Answered>)
  | (Pick<Answered, 'usage'> & Partial<Answered>)
  | { status: number; headers?: Record<string, string>; body?: unknown }
  | { stall: 'before-headers' | 'before-first-token' | 'mid-stream'; afterText?: string }
  | { breakSse: BrokenSse; afterText?: string; toolCall?: ScriptedToolCall }
export type BrokenSse = 'malformed-json' | 'truncated' | 'no-done' | 'wrong-content-type' | 'huge-line' | 'error-event'

export type RecordedRequest = { path: string; body: Record<string, unknown>; headers: IncomingHttpHeaders }
/** A queue is used up from the front; its last behaviour stays. */
export type Script = Behaviour[] | ((request: RecordedRequest, index: number) => Behaviour | Promise<Behaviour>)

export type ScriptedModel = RunningServer & {
  requests: RecordedRequest[]
  /** Answers under way. */
  openStreams(): number
  /** How many clients left before their answer was finished. */
  disconnects(): number
  /** Resolves when `count` clients have left. */
  disconnected(count?: number): Promise<void>
}

/** A model provider that does exactly what a test says, failures above all. */
export async function startScriptedModel(script: Script): Promise<ScriptedModel> {
  const requests: RecordedRequest[] = []
  const events = new EventEmitter()
  const queue = Array.isArray(script) ? [...script] : []
  let open = 0
  let left = 0
  let chats = 0

  const next = (request: RecordedRequest): Behaviour | Promise<Behaviour> => {
    if (!Array.isArray(script)) return script(request, chats++)
    const behaviour = queue.length > 1 ? queue.shift() : queue[0]
    if (!behaviour) throw new ApiError(500, 'The script has no behaviour.')
    return behaviour
  }

  const server = await serve(async (request, response, path) => {
    const isForm = request.headers['content-type']?.startsWith('multipart/form-data')
    const body = isForm ? await readForm(request) : request.method === 'POST' ? await readJson(request) : {}
    const recorded = { path, body, headers: request.headers }
    requests.push(recorded)
    if (path === '/v1/models')
      return sendJson(response, 200, { object: 'list', data: [{ id: 'scripted', object: 'model', created: 0, owned_by: 'test' }] })
    if (path === '/v1/embeddings') {
      // A function may make embeddings fail too; a queue is for chats alone.
      const behaviour = Array.isArray(script) ? undefined : await script(recorded, chats)
      if (behaviour && 'status' in behaviour) return sendStatus(response, behaviour)
      return sendJson(response, 200, embeddingsAnswer(body))
    }
    const isOther = path === '/v1/images/generations' || path === '/v1/audio/transcriptions' || path === '/v1/audio/speech'
    if (!isOther && path !== '/v1/chat/completions') throw new ApiError(404, `Unknown request URL: ${path}`, 'unknown_url')

    open++
    const gone = new AbortController()
    response.on('close', () => {
      open--
      gone.abort()
      if (response.writableFinished) return
      left++
      events.emit('left')
    })
    if (isOther) await performOther(Array.isArray(script) ? undefined : await script(recorded, chats), response, recorded)
    else await perform(await next(recorded), response, body, gone.signal)
  })

  return {
    ...server,
    requests,
    openStreams: () => open,
    disconnects: () => left,
    async disconnected(count = 1) {
      for (;;) {
        if (left >= count) return
        await once(events, 'left')
      }
    },
  }
}

function sendStatus(response: ServerResponse, { status, headers, body }: Extract<Behaviour, { status: number }>): void {
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value)
  sendJson(response, status, body ?? { error: { message: `scripted ${status}`, type: 'scripted', param: null, code: null } })
}

/** As a provider does; a function may make it fail, or fall silent. */
async function performOther(behaviour: Behaviour | undefined, response: ServerResponse, { path, body }: RecordedRequest): Promise<void> {
  if (behaviour && 'status' in behaviour) return sendStatus(response, behaviour)
  if (behaviour && 'stall' in behaviour) {
    if (behaviour.stall !== 'before-headers') response.writeHead(200, { 'content-type': 'audio/wav' })
    if (behaviour.stall === 'mid-stream') response.write(wav(2))
  } else if (path.endsWith('generations')) drawPicture(response, body)
  else if (path.endsWith('speech')) await speak(response, body)
  else transcribe(response, body as Heard)
}

async function perform(behaviour: Behaviour, response: ServerResponse, body: Record<string, unknown>, gone: AbortSignal): Promise<void> {
  if ('status' in behaviour) return sendStatus(response, behaviour)
  if ('stall' in behaviour && behaviour.stall === 'before-headers') return
  if ('breakSse' in behaviour && behaviour.breakSse === 'wrong-content-type') {
    return void response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>A proxy that wants you to sign in</h1>')
  }
  if (body.stream !== true && !('stall' in behaviour) && !('breakSse' in behaviour)) return sendJson(response, 200, plainAnswer(behaviour))

  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const send = (delta: object, finishReason: string | null = null) =>
    void response.write(event(chunk([{ index: 0, delta, finish_reason: finishReason }])))
  send({ role: 'assistant', content: '' })

  if ('stall' in behaviour) {
    if (behaviour.stall === 'mid-stream') send({ content: behaviour.afterText ?? 'And then' })
    return
  }
  if ('breakSse' in behaviour) return breakOff(behaviour, response, send)

  const { text = '', usage } = behaviour
  const { toolCalls = [], chunkSize = 8, delayMs = 0, firstTokenDelayMs = 0, finishReason, reasoning = '' }: Partial<Answered> = behaviour
  const thoughts = cut(reasoning, chunkSize).map((thought): object => ({ reasoning_content: thought }))
  const pieces = [...thoughts, ...cut(text, chunkSize).map((content): object => ({ content }))]
  for (const [index, call] of toolCalls.entries()) {
    const { id, name, args } = wireCall(call, index)
    pieces.push({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }] })
    pieces.push(...cut(args, chunkSize).map((fragment) => ({ tool_calls: [{ index, function: { arguments: fragment } }] })))
  }
  for (const [index, piece] of pieces.entries()) {
    const waitMs = index === 0 ? firstTokenDelayMs : delayMs
    if (waitMs > 0) await sleep(waitMs, undefined, { signal: gone }).catch(() => {})
    if (gone.aborted) return
    send(piece)
  }
  send({}, finishReason ?? (toolCalls.length > 0 ? 'tool_calls' : 'stop'))
  const asked = (body.stream_options as { include_usage?: boolean } | undefined)?.include_usage
  if (asked) response.write(event(chunk([], usageOf(text, toolCalls, usage))))
  response.end('data: [DONE]\n\n')
}

function breakOff(
  { breakSse, afterText, toolCall }: Extract<Behaviour, { breakSse: BrokenSse }>,
  response: ServerResponse,
  send: (delta: object, finishReason?: string) => void,
): void {
  if (afterText) send({ content: afterText })
  if (toolCall) {
    const { id, name, args } = wireCall(toolCall, 0)
    const half = args.slice(0, Math.ceil(args.length / 2))
    send({ tool_calls: [{ index: 0, id, type: 'function', function: { name, arguments: half } }] })
  }
  if (breakSse === 'malformed-json') response.end('data: {"choices":[{"delta":{"con\n\ndata: [DONE]\n\n')
  else if (breakSse === 'truncated') response.end('data: {"choices":[{"index":0,"delta":{"cont')
  else if (breakSse === 'error-event') response.end(event({ error: { message: 'scripted failure', type: 'server_error', code: 'overloaded' } }))
  else if (breakSse === 'huge-line') response.write(`data: ${'x'.repeat(3 * 1024 * 1024)}`)
  else {
    // 'no-done': the answer is whole, but the closing event is missing.
    if (!toolCall) send({}, 'stop')
    response.end()
  }
}

const event = (value: object) => `data: ${JSON.stringify(value)}\n\n`

const chunk = (choices: object[], usage: object | null = null) => ({
  id: 'chatcmpl-scripted',
  object: 'chat.completion.chunk',
  created: 0,
  model: 'scripted',
  choices,
  usage,
})

const wireCall = ({ id, name, arguments: args }: ScriptedToolCall, index: number) => ({
  id: id ?? `call_${index}`,
  name,
  args: typeof args === 'string' ? args : JSON.stringify(args),
})

const cut = (text: string, size: number) => text.match(new RegExp(String.raw`[\s\S]{1,${size}}`, 'gu')) ?? []

function usageOf(text: string, toolCalls: ScriptedToolCall[], usage: Usage | undefined) {
  const counted = usage ?? { prompt_tokens: 10, completion_tokens: Math.ceil((text.length + JSON.stringify(toolCalls).length - 2) / 4) }
  return { ...counted, total_tokens: counted.prompt_tokens + counted.completion_tokens }
}

function plainAnswer(behaviour: Partial<Answered>) {
  const { text = '', toolCalls = [], usage, finishReason } = behaviour
  const calls = toolCalls
    .map((call, index) => wireCall(call, index))
    .map(({ id, name, args }) => ({ id, type: 'function', function: { name, arguments: args } }))
  const message = { role: 'assistant', content: text || null, ...(calls.length > 0 && { tool_calls: calls }) }
  const choices = [{ index: 0, message, finish_reason: finishReason ?? (calls.length > 0 ? 'tool_calls' : 'stop') }]
  return { id: 'chatcmpl-scripted', object: 'chat.completion', created: 0, model: 'scripted', choices, usage: usageOf(text, toolCalls, usage) }
}
