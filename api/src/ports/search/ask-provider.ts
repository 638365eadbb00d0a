import type { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import type { Egress, EgressRequest, EgressResponse } from '#ports/egress/index.ts'
import { parseJson } from '#lib/parse-json.ts'

export const resultsMax = 20
const timeoutMs = 6000

/** Statuses by which a server says that it wants to be left alone, or is broken: nothing about the query. */
const isAway = (status: number) => status === 401 || status === 403 || status === 429 || status >= 500

/** This query has no answer that can be read; the provider may answer the next one. */
export const unreadable = (message: string, cause?: unknown) => new AppError('upstream_failed', message, { cause })

/** @throws unavailable when a status says that the provider is away or refuses, upstream_failed when it is about this query */
export function requireAnswer({ status, headers }: Pick<EgressResponse, 'status' | 'headers'>): void {
  if (status === 429) {
    const seconds = Number(headers['retry-after'])
    const options = seconds > 0 ? { retryAfterSeconds: Math.ceil(seconds) } : {}
    throw new AppError('unavailable', 'It refuses requests for the moment because there were too many.', options)
  }
  if (isAway(status)) throw new AppError('unavailable', `It answered with status ${status}.`)
  if (status !== 200) throw unreadable(`It answered with status ${status}.`)
}

/** @throws unavailable when it cannot be reached, upstream_failed for an answer without an end; the signal's reason */
export async function askProvider(
  egress: Pick<Egress, 'fetch'>,
  url: string,
  request: EgressRequest & { signal: AbortSignal },
): Promise<EgressResponse> {
  return await egress.fetch(url, { timeoutMs, ...request }).catch((cause: unknown) => {
    request.signal.throwIfAborted()
    if (cause instanceof AppError && cause.code === 'payload_too_large') throw unreadable('Its answer is too large.', cause)
    throw new AppError('unavailable', 'It cannot be reached right now.', { cause })
  })
}

/** The answer of a JSON interface in its expected shape. @throws unavailable, upstream_failed */
export async function askForJson<Shape extends z.ZodType>(
  egress: Pick<Egress, 'fetch'>,
  url: string,
  shape: Shape,
  request: EgressRequest & { signal: AbortSignal },
): Promise<z.infer<Shape>> {
  const response = await askProvider(egress, url, { ...request, headers: { accept: 'application/json', ...request.headers } })
  requireAnswer(response)
  const parsed = shape.safeParse(jsonOf(response.text()))
  if (!parsed.success) throw unreadable('It gave an answer that could not be read.', parsed.error)
  return parsed.data
}

function jsonOf(text: string): unknown {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

export const cleanText = (text: string | null | undefined) => (text ?? '').replace(/\s+/gu, ' ').trim()

export const isWebAddress = (url: string) => /^https?:$/.test(URL.parse(url)?.protocol ?? '')
