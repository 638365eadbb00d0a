import type { CustomFetch } from 'openid-client'
import { type Dispatcher, fetch } from 'undici'

/** An issuer's longest answer: keys, or what it says of one person. */
const answerBytesMax = 1024 * 1024
export const issuerMsMax = 5000

/** Fetches by the installation's way out, follows nothing, and reads no more than is sensible within five seconds in all. */
export function createBoundedFetch(dispatcher: Dispatcher | undefined): CustomFetch {
  return async (url, { body, headers, method }) => {
    const answer = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(issuerMsMax),
      ...(body !== undefined && body !== null && { body: body as string | URLSearchParams | Uint8Array }),
      ...(dispatcher && { dispatcher }),
    })
    const bytes = await bodyOf(answer)
    return new Response(bytes.length > 0 ? new Uint8Array(bytes) : null, { status: answer.status, headers: [...answer.headers] })
  }
}

async function bodyOf({ body }: Awaited<ReturnType<typeof fetch>>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of body ?? []) {
    length += (piece as Uint8Array).byteLength
    // Leaving the loop cancels the stream.
    if (length > answerBytesMax) throw new TypeError(`the issuer answered with more than ${answerBytesMax} bytes`)
    pieces.push(piece as Uint8Array)
  }
  return Buffer.concat(pieces)
}
