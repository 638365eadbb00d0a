const guestPaths = /^\/+(sign-(in|up)|forgot-password)(\/|$)/i

/** Only a page of ours, read as a browser reads it; else the first one. */
export function nextPage(next: string | undefined, publicUrl: string): string {
  if (!next?.startsWith('/')) return '/'
  const url = URL.parse(next, publicUrl)
  if (!url || url.origin !== new URL(publicUrl).origin || url.pathname.startsWith('//') || guestPaths.test(url.pathname)) return '/'
  return url.pathname + url.search + url.hash
}
