import type { z } from 'zod'
import { AppError } from '#lib/app-error.ts'
import type { Egress, EgressRequest, EgressResponse } from '#ports/egress/index.ts'
import { parseJson } from '#lib/parse-json.ts'

export const resultsMax = 20
const timeoutMs = 6000

/** @throws unavailable, which stands for every way not to answer; the signal's reason */
export async function askProvider(
  egress: Pick<Egress, 'fetch'>,
  url: string,
  request: EgressRequest & { signal: AbortSignal },
): Promise<EgressResponse> {
  return await egress.fetch(url, { timeoutMs, ...request }).catch((cause: unknown) => {
    request.signal.throwIfAborted()
    throw new AppError('unavailable', 'It cannot be reached right now.', { cause })
  })
}

/** The answer of a JSON interface in its expected shape. @throws unavailable */
export async function askForJson<Shape extends z.ZodType>(
  egress: Pick<Egress, 'fetch'>,
  url: string,
  shape: Shape,
  request: EgressRequest & { signal: AbortSignal },
): Promise<z.infer<Shape>> {
  const response = await askProvider(egress, url, { ...request, headers: { accept: 'application/json', ...request.headers } })
  if (response.status === 429) throw new AppError('unavailable', 'It refuses requests for the moment because there were too many.')
  if (response.status !== 200) throw new AppError('unavailable', `It answered with status ${response.status}.`)
  const parsed = shape.safeParse(jsonOf(response.text()))
  if (!parsed.success) throw new AppError('unavailable', 'It gave an answer that could not be read.', { cause: parsed.error })
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
