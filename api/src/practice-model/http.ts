import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const bodyBytesMax = 4 * 1024 * 1024

/** An error in OpenAI's shape: `{error: {message, type, param, code}}`. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly code: string | null
  readonly param: string | null

  constructor(status: number, message: string, code: string | null = null, param: string | null = null) {
    super(message)
    this.status = status
    this.code = code
    this.param = param
  }
}

export type Handler = (request: IncomingMessage, response: ServerResponse, path: string) => Promise<void>

export type RunningServer = { url: string; close(): Promise<void> }

/** Listens and turns whatever the handler throws into an error answer. The URL ends in /v1, as a base URL of the OpenAI SDKs does. */
export async function serve(handler: Handler, port = 0, host = '127.0.0.1'): Promise<RunningServer> {
  const server = createServer((request, response) => {
    response.on('error', () => {})
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    handler(request, response, path).catch((error: unknown) => sendError(response, error))
  })
  server.listen(port, host)
  await once(server, 'listening')
  const name = host.includes(':') ? `[${host}]` : host
  return { url: `http://${name}:${(server.address() as AddressInfo).port}/v1`, close: () => close(server) }
}

async function close(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}

export async function readJson(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > bodyBytesMax) throw new ApiError(413, 'The request body is larger than 4 MiB.', 'request_too_large')
    chunks.push(chunk)
  }
  let body: unknown
  try {
    body = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new ApiError(400, 'We could not parse the JSON body of your request.')
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new ApiError(400, 'The body must be a JSON object.')
  return body as Record<string, unknown>
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) return void response.destroy()
  const { status, message, code, param } = error instanceof ApiError ? error : new ApiError(500, 'The simulator failed.')
  // What is left of a refused body must not be read as the next request.
  if (!response.req.complete) response.setHeader('connection', 'close')
  sendJson(response, status, { error: { message, type: status < 500 ? 'invalid_request_error' : 'server_error', param, code } })
}

/** Starts an event stream; `closed` aborts when the client goes away. */
export function startEvents(response: ServerResponse): { write(data: string): Promise<void>; end(): void; closed: AbortSignal } {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' })
  response.flushHeaders()
  return {
    closed: gone.signal,
    async write(data) {
      if (gone.signal.aborted || response.write(`data: ${data}\n\n`)) return
      await once(response, 'drain', { signal: gone.signal }).catch(() => {})
    },
    end: () => void response.end(),
  }
}
