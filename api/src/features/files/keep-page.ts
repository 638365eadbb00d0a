import type { File } from '@jarvis/contracts/files.ts'
import type { PlanId } from '@jarvis/contracts/plans.ts'
import { refusal } from '#lib/refusal.ts'
import type { Egress, EgressResponse } from '#ports/egress/index.ts'
import { once } from './bring.ts'
import type { Receive } from './receive.ts'

export type KeepPageDeps = { fetchPage: Egress['fetch']; receive: Receive['receive'] }

const bytesMax = 20 * 1024 * 1024
const timeoutMs = 20_000
/** A title is near the beginning of its page. */
const titleWithin = 64 * 1024

/**
 * Keeps what is at an address of the web, as it is now: a file like any other, which knows its address. No cookies go along.
 * @throws the failures of egress, upstream_failed for a site that says no, and what `receive` throws
 */
export function createKeepPage({ fetchPage, receive }: KeepPageDeps) {
  return async function keepPage(owner: { id: string; plan: PlanId }, url: string, signal: AbortSignal): Promise<File> {
    const page = await fetchPage(withScheme(url), { signal, bytesMax, timeoutMs, headers: { accept: 'text/html,*/*;q=0.8' } })
    if (page.status !== 200) throw refusal('upstream_failed.page', { status: page.status })
    const isPage = /^(text\/html|application\/xhtml\+xml)\b/i.test(page.headers['content-type'] ?? '')
    const body = isPage ? Buffer.from(page.text()) : page.body
    return await receive({ owner, name: isPage ? pageName(page) : fileName(page), content: once(body), url: page.url, signal })
  }
}

/** People leave it out. */
const withScheme = (url: string) => (/^[a-z][a-z0-9+.-]{0,20}:/i.test(url) ? url : `https://${url}`)

function pageName(page: EgressResponse): string {
  const title = /<title[^>]{0,200}>([^<]{1,300})/i.exec(page.text().slice(0, titleWithin))?.[1]
  // A slash would make a path of it.
  const shown = (title ?? '').replace(/&amp;/g, '&').replace(/[/\\]/g, ' ').replace(/\s+/g, ' ').trim()
  return `${shown || new URL(page.url).hostname}.html`
}

function fileName(page: EgressResponse): string {
  const { hostname, pathname } = new URL(page.url)
  const last = pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last) || hostname
  } catch {
    return last || hostname
  }
}
