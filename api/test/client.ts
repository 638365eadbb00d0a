import type { RunEvent } from '@jarvis/contracts/run.ts'
import type { ClientFrame, ServerFrame } from '@jarvis/contracts/socket.ts'
import { serverFrames } from '@jarvis/contracts/server-frames.ts'
import { once } from 'node:events'
import { WebSocket } from 'ws'

export type Answer = { status: number; headers: Headers; body: any } // oxlint-disable-line typescript/no-explicit-any -- a test reads what it expects
type Options = { headers?: Record<string, string>; raw?: string }

/** A client that speaks plain HTTP and WebSocket, and knows nothing of the server's code. */
export function createClient(url: string) {
  let token: string | undefined

  async function request(method: string, path: string, body?: unknown, { headers = {}, raw }: Options = {}): Promise<Answer> {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const answer = await fetch(url + path, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(payload !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(payload !== undefined && { body: payload }),
    })
    const text = await answer.text()
    const isJson = /\bjson(?![a-z-])/.test(answer.headers.get('content-type') ?? '')
    return { status: answer.status, headers: answer.headers, body: isJson && text ? JSON.parse(text) : text }
  }

  const client = {
    useToken: (value: string | undefined) => {
      token = value
    },
    get: (path: string, options?: Options) => request('GET', path, undefined, options),
    post: (path: string, body?: unknown, options?: Options) => request('POST', path, body, options),
    put: (path: string, body?: unknown, options?: Options) => request('PUT', path, body, options),
    patch: (path: string, body?: unknown, options?: Options) => request('PATCH', path, body, options),
    delete: (path: string, options?: Options) => request('DELETE', path, undefined, options),

    async newConversation(): Promise<string> {
      return (await client.post('/api/v1/conversations', {})).body.id
    },

    /** Sends a message over REST and returns the run's events to its end, read over SSE. */
    async ask(conversationId: string, content: string, fields: object = {}): Promise<RunEvent[]> {
      const sent = await client.post(`/api/v1/conversations/${conversationId}/messages`, { messageId: crypto.randomUUID(), content, ...fields })
      if (sent.status !== 202) throw new Error(`send answered ${sent.status}: ${JSON.stringify(sent.body)}`)
      return (await client.events(sent.body.runId)).map(({ event }) => event)
    },

    async events(runId: string, headers: Record<string, string> = {}): Promise<{ seq: number; event: RunEvent }[]> {
      const { status, body } = await client.get(`/api/v1/runs/${runId}/events`, { headers })
      if (status !== 200) throw new Error(`events answered ${status}: ${JSON.stringify(body)}`)
      return parseSse(body)
    },

    socket: (options: { token?: string | undefined; origin?: string; protocols?: string[] } = {}) => openSocket(url, { token, ...options }),
  }
  return client
}

export function parseSse(text: string): { seq: number; event: RunEvent }[] {
  return (
    text
      .split('\n\n')
      .filter((block) => block.includes('data: '))
      // Not (.*): U+2028 ends a line for a regular expression, and not for an event stream.
      .map((block) => ({ seq: Number(/^id: (\d+)$/m.exec(block)?.[1]), event: JSON.parse(/^data: ([^\n]*)/m.exec(block)![1]!) as RunEvent }))
  )
}

export const textOf = (events: RunEvent[]) => events.map((event) => (event.type === 'TEXT_MESSAGE_CONTENT' ? event.delta : '')).join('')

/** A socket that keeps every frame; `next` waits for the first frame, old or new, that matches, and takes it. */
async function openSocket(
  url: string,
  { token, origin, protocols = ['jarvis.v1'] }: { token?: string | undefined; origin?: string; protocols?: string[] },
) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/v1/ws`, protocols, origin === undefined ? {} : { origin })
  const frames: ServerFrame[] = []
  let fault: Error | undefined
  const waiting = new Set<() => void>()
  const closed = new Promise<{ code: number }>((resolve) => socket.on('close', (code) => resolve({ code })))
  socket.on('message', (data) => {
    const frame = JSON.parse((data as Buffer).toString()) as ServerFrame
    const read = serverFrames[frame.type].safeParse(frame)
    if (!read.success) fault = new Error(`a frame that the contract does not have: ${JSON.stringify(frame)}`, { cause: read.error })
    frames.push(frame)
    for (const wake of waiting) wake()
  })
  const refused = new Promise<never>((_resolve, reject) => {
    socket.on('unexpected-response', (_request, response) =>
      reject(Object.assign(new Error(`refused ${response.statusCode}`), { status: response.statusCode })),
    )
    socket.on('error', reject)
  })
  refused.catch(() => undefined)
  await Promise.race([once(socket, 'open'), refused])

  const opened = {
    frames,
    closed,
    protocol: socket.protocol,
    send: (frame: ClientFrame | Record<string, unknown> | string) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    close: () => socket.close(),
    terminate: () => socket.terminate(),
    async next<Type extends ServerFrame['type']>(type: Type, matches: (frame: Extract<ServerFrame, { type: Type }>) => boolean = () => true) {
      for (;;) {
        if (fault) throw fault
        const index = frames.findIndex((frame) => frame.type === type && matches(frame as Extract<ServerFrame, { type: Type }>))
        if (index >= 0) return frames.splice(index, 1)[0] as Extract<ServerFrame, { type: Type }>
        await Promise.race([
          new Promise<void>((resolve) => {
            const wake = () => (waiting.delete(wake), resolve())
            waiting.add(wake)
          }),
          closed.then(({ code }) => Promise.reject(new Error(`the socket closed with ${code} while waiting for "${type}"`))),
        ])
      }
    },
    /** The run's frames until its end. */
    async runToEnd(runId: string) {
      const events: { seq: number; event: RunEvent }[] = []
      for (;;) {
        const { seq, event } = await opened.next('event', (frame) => frame.runId === runId)
        events.push({ seq, event })
        if (event.type === 'RUN_FINISHED' || event.type === 'RUN_ERROR') return events
      }
    },
  }
  if (token) {
    opened.send({ type: 'hello', token })
    await opened.next('ready')
  }
  return opened
}
