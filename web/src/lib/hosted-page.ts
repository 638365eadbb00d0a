import { parseUrl } from './url.ts'

/** Leaves for a page of the payment provider, whose host the server has looked at; returns false for what is no page. */
export function leaveForPage(url: string): boolean {
  const { protocol } = parseUrl(url, location.href) ?? {}
  const isPage = protocol === 'https:' || (protocol === 'http:' && location.protocol === 'http:')
  if (isPage) location.assign(url)
  return isPage
}
