import type { ByteRange } from '#ports/blobs/index.ts'

/** The one range that `Range` asks for (RFC 9110); undefined where all is to be sent, null where there is nothing so far on. */
export function rangeOf(header: string | undefined, bytes: number): ByteRange | undefined | null {
  const found = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.replaceAll(' ', '') ?? '')
  const [, from = '', to = ''] = found ?? []
  if (from === '' && to === '') return undefined
  if (from === '') return to === '0' ? null : { first: Math.max(0, bytes - Number(to)), last: bytes - 1 }
  if (to !== '' && Number(to) < Number(from)) return undefined
  return Number(from) >= bytes ? null : { first: Number(from), last: to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1) }
}
