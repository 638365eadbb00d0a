import { errorCodes, type ErrorCode, type Problem } from '@jarvis/contracts/errors.ts'
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { AppError } from '#lib/app-error.ts'
import { badRequest, type Fault } from '#lib/plain-issues.ts'
import { toAppError } from '#lib/to-app-error.ts'
import { describeRefusal } from '#lib/describe-error.ts'

export const problemType = 'application/problem+json; charset=utf-8'

/** Fastify's own refusals, in our codes. */
const byStatus: Record<number, ErrorCode> = {
  400: 'invalid_request',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'invalid_request',
  413: 'payload_too_large',
  414: 'invalid_request',
  415: 'unsupported_media_type',
  431: 'invalid_request',
  503: 'unavailable',
}

/** What leaves of a failed request: Fastify's refusals in our codes, all else as `toAppError` says. */
export function toRefusal(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (hasZodFastifySchemaValidationErrors(error)) {
    const errors = error.validation.map(({ instancePath, message }) => ({
      path: instancePath.slice(1).replaceAll('/', '.'),
      message: message ?? 'is not valid',
    }))
    return badRequest(errors as [Fault, ...Fault[]], wholes[error.validationContext ?? ''] ?? 'The request')
  }
  const status = (error as Partial<FastifyError>).statusCode
  const code = status === undefined ? undefined : (byStatus[status] ?? (status < 500 ? 'invalid_request' : undefined))
  return code ? new AppError(code, describe(error as FastifyError, code), { cause: error }) : toAppError(error)
}

const wholes: Record<string, string> = { body: 'The body', querystring: 'The query', params: 'The path', headers: 'The headers' }

/** What Fastify and its plugins refuse, where more can be said than the status does. */
const details: Record<string, string> = {
  FST_ERR_BAD_URL: 'The path is not percent-encoded UTF-8.',
  FST_ERR_MAX_PARAM_LENGTH: 'A part of the path is too long.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as Content-Length says.',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty; send JSON.',
  FST_ERR_CTP_INVALID_JSON_BODY: 'The body is not valid JSON.',
  FST_CP_ERR_INVALID_CONTENT_ENCODING: 'This Content-Encoding cannot be read here. Send the body as gzip, deflate or br, or as it is.',
  FST_CP_ERR_INVALID_CONTENT: 'The body cannot be unpacked: it is not what Content-Encoding says, or it is cut off.',
}

function describe(error: FastifyError, code: ErrorCode): string {
  const detail = details[error.code]
  if (detail !== undefined) return detail
  if (code === 'payload_too_large') return 'The body is larger than may be sent here.'
  if (code === 'unsupported_media_type') return 'Send the body as application/json.'
  if (error instanceof SyntaxError) return 'The body is not valid JSON.'
  return `${errorCodes[code].title}.`
}

export function toProblem(error: AppError, requestId: string): Problem {
  const { status, title } = errorCodes[error.code]
  const { errors, params } = error
  return {
    type: 'about:blank',
    title,
    status,
    detail: error.message,
    code: error.code,
    requestId,
    ...(errors && { errors }),
    ...(params && { params }),
  }
}

export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toRefusal(thrown)
  request.refused = error
  const problem = toProblem(error, request.id)
  if (problem.status >= 500) request.log.error({ err: error.code === 'internal' ? error.cause : error }, 'request failed')
  else request.log.debug({ refused: describeRefusal(error) }, 'request refused')
  if (error.retryAfterSeconds !== undefined) void reply.header('retry-after', error.retryAfterSeconds)
  if (error.code === 'unauthenticated') void reply.header('www-authenticate', 'Bearer')
  // Written past the route's response schemas: they describe the answers, not the refusals.
  void reply
    .code(problem.status)
    .type(problemType)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(problem)
}
