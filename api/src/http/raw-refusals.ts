import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ErrorCode } from '@jarvis/contracts/errors.ts'
import type { FastifyInstance } from 'fastify'
import { AppError } from '#lib/app-error.ts'
import { newId } from '#lib/ids.ts'
import type { Log } from '#lib/log.ts'
import { problemType, toProblem } from './problem.ts'

/** What Node refuses while it reads a request, before any hook sees it. All else that it cannot read is a 400. */
const refused: Record<string, { status: number; phrase: string; detail: string }> = {
  HPE_HEADER_OVERFLOW: { status: 431, phrase: 'Request Header Fields Too Large', detail: 'The headers are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, phrase: 'Request Timeout', detail: 'The request did not come in time. Send it again.' },
}
const malformed = {
  status: 400,
  phrase: 'Bad Request',
  detail: 'The request is not well-formed HTTP/1.1: check its first line, its headers and its lengths.',
}
const unmet = { status: 417, detail: 'This expectation is not met here. Send the request without Expect.' }

/** A connection whose request cannot be read is answered like any other request, and closed. */
export const refuseConnection =
  (log: Log) =>
  (error: NodeJS.ErrnoException, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || socket.destroyed) return
    const { status, phrase, detail } = refused[error.code ?? ''] ?? malformed
    const { headers, body } = problemOf('invalid_request', status, detail)
    log.debug({ code: error.code, requestId: headers['x-request-id'] }, 'request refused')
    const fields = Object.entries({ ...headers, connection: 'close' }).map(([name, value]) => `${name}: ${value}`)
    if (socket.writable) socket.write(`HTTP/1.1 ${status} ${phrase}\r\n${fields.join('\r\n')}\r\n\r\n${body}`)
    socket.destroySoon()
  }

/** `cors` would answer in words of its own. */
export function answerOddPreflights(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const { origin, 'access-control-request-method': asked } = request.headers
    if (request.method === 'OPTIONS' && (origin === undefined || asked === undefined))
      throw new AppError('invalid_request', 'OPTIONS answers the preflight of a browser, with Origin and Access-Control-Request-Method.')
  })
}

/** Node itself would answer both with an empty body. */
export function answerOddRequests(app: FastifyInstance): void {
  app.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const { headers, body } = problemOf('invalid_request', unmet.status, unmet.detail)
    response.writeHead(unmet.status, headers).end(body)
  })
  app.addHook('onRequest', async (request) => {
    const { host } = request.headers
    if (host === undefined && request.raw.httpVersion === '1.1') throw new AppError('invalid_request', 'The request names no host.')
    if (!isEncoded(request.raw.url ?? '')) throw new AppError('invalid_request', 'The query is not percent-encoded UTF-8.')
  })
}

/** A query parser puts other characters in the place of what it cannot read. */
function isEncoded(url: string): boolean {
  try {
    decodeURIComponent(url)
    return true
  } catch {
    return false
  }
}

function problemOf(code: ErrorCode, status: number, detail: string) {
  const requestId = newId()
  const body = JSON.stringify({ ...toProblem(new AppError(code, detail), requestId), status })
  const headers = {
    'x-request-id': requestId,
    'content-type': problemType,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  }
  return { headers, body }
}
