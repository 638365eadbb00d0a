import { queryOptions, useQuery } from '@tanstack/react-query'
import { useCallback } from 'react'
import { problemOf, unreachable } from './problem.ts'
import { accessToken } from './session.ts'

const timeoutMs = 15_000

const pictureQuery = (url: string) =>
  queryOptions({ queryKey: ['picture', url], queryFn: ({ signal }) => fetchPicture(url, signal), staleTime: Infinity, gcTime: 60_000 })

/** A picture that only its owner may fetch: the token goes in a header, and to this server alone. */
export async function fetchPicture(url: string, signal: AbortSignal): Promise<Blob> {
  const { origin, pathname } = new URL(url, location.origin)
  if (origin !== location.origin) throw new Error('A picture of another origin is not fetched')
  const ending = new AbortController()
  for (const cause of [signal, AbortSignal.timeout(timeoutMs)]) cause.addEventListener('abort', () => ending.abort(cause.reason), { once: true })
  const response = await fetch(pathname, {
    headers: { authorization: `Bearer ${await accessToken()}` },
    signal: ending.signal,
  }).catch((cause: unknown) => {
    throw signal.aborted ? cause : unreachable(cause)
  })
  if (!response.ok) throw await problemOf(response)
  return response.blob()
}

/** Gives an `<img>` the picture once it is here; `here` is false until then, and where there is none. */
export function usePicture(url: string): { here: boolean; failed: boolean; show: (image: HTMLImageElement) => () => void } {
  const { data, isError } = useQuery(pictureQuery(url))
  const show = useCallback(
    (image: HTMLImageElement) => {
      const address = URL.createObjectURL(data!)
      image.src = address
      return () => URL.revokeObjectURL(address)
    },
    [data],
  )
  return { here: data !== undefined, failed: isError, show }
}
