import type { File as KeptFile } from '@jarvis/contracts/files.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { ProblemError, problemOf, unreachable } from '#lib/problem.ts'
import { accessToken, refresh } from '#lib/session.ts'

type Options = { onShare: (share: number) => void; signal: AbortSignal }

/** Sends one file, and says how far it is. A 401 renews the token and tries once more. @throws {ProblemError} */
export async function sendFile(file: File, options: Options): Promise<KeptFile> {
  try {
    return await sendOnce(file, await accessToken(), options)
  } catch (error) {
    if (!(error instanceof ProblemError) || error.code !== 'unauthenticated') throw error
    await refresh()
    return await sendOnce(file, await accessToken(), options)
  }
}

/** `fetch` does not say how much of a body has gone. */
async function sendOnce(file: File, token: string, { onShare, signal }: Options): Promise<KeptFile> {
  const body = new FormData()
  body.append('file', file)
  const sending = new XMLHttpRequest()
  const answered = new Promise<void>((resolve, reject) => {
    sending.upload.addEventListener('progress', ({ loaded, total }) => onShare(total > 0 ? loaded / total : 0))
    sending.addEventListener('load', () => resolve())
    sending.addEventListener('error', () => reject(unreachable()))
    sending.addEventListener('abort', () => reject(signal.reason as Error))
    signal.addEventListener('abort', () => sending.abort(), { once: true })
  })
  sending.open(endpoints.uploadFile.method, endpoints.uploadFile.url)
  sending.setRequestHeader('authorization', `Bearer ${token}`)
  sending.send(body)
  await answered
  const type = sending.getResponseHeader('content-type') ?? ''
  if (sending.status !== 201) throw await problemOf(new Response(sending.responseText, { status: sending.status, headers: { 'content-type': type } }))
  return JSON.parse(sending.responseText) as KeptFile
}
