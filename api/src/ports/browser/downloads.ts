import type { CDPSession, Download, Page, Request } from 'playwright-core'
import type { BrowserAction, PageView } from './index.ts'

const notesMax = 3

/**
 * Tells the file that an action asked for from those that a page only offers. A frame, or a page that is there already, never has its file taken
 * for the page.
 */
export function createDownloads() {
  /** The address that was asked for; null where only the page knows what a button does. */
  let wanted: string | null = null
  let isAsked = false
  let isLink = false
  /** Whether a document came since. */
  let isThere = false
  let begun: { url: string; name: string }[] = []
  /** What the page itself was led to before another document came. */
  let ofPage = new Set<string>()
  /** Where each navigation that was redirected began. */
  let starts = new Map<string, string>()

  function isDocument({ url }: { url: string }): boolean {
    if (!isAsked || !/^https?:/.test(url)) return false
    if (wanted === null) return ofPage.has(bare(url))
    return (starts.get(bare(url)) ?? bare(url)) === wanted && (isLink || ofPage.has(bare(url)))
  }

  return {
    begin(action: BrowserAction): void {
      isAsked = action.kind === 'open' || 'ref' in action
      isLink = action.kind === 'click' && action.expected.kind === 'link'
      const url = action.kind === 'open' ? action.url : isLink && 'expected' in action ? action.expected.url : null
      wanted = url === null ? null : bare(URL.parse(url)?.href ?? url)
      isThere = false
      begun = []
      ofPage = new Set()
      starts = new Map()
    },

    async watch(page: Page, cdp: CDPSession): Promise<void> {
      let main = (await cdp.send('Page.getFrameTree')).frameTree.frame.id
      page.on('download', (download: Download) => {
        begun.push({ url: download.url(), name: download.suggestedFilename().slice(0, 200) })
        download.cancel().catch(() => undefined)
      })
      page.on('request', (request) => {
        if (request.isNavigationRequest() && request.redirectedFrom()) starts.set(bare(request.url()), bare(firstOf(request).url()))
      })
      cdp.on('Page.frameNavigated', ({ frame }) => {
        if (frame.parentId !== undefined) return
        main = frame.id
        isThere = true
      })
      cdp.on('Page.downloadWillBegin', ({ frameId, url }) => {
        if (frameId === main && !isThere) ofPage.add(bare(url))
      })
    },

    file: (): PageView['file'] => begun.find(isDocument) ?? null,

    /** What else the page offered, in words. */
    notes(): string[] {
      const file = begun.find(isDocument)
      const others = begun.filter(({ url }) => url !== file?.url)
      const named = others.slice(0, notesMax).map(({ url, name }) => {
        return `The page, or a frame of it, offered a file: “${name}”. It was not read.${/^https?:/.test(url) ? ` Its address is ${url.slice(0, 500)}` : ''}`
      })
      return others.length > notesMax ? [...named, `It offered ${others.length - notesMax} more files.`] : named
    },
  }
}

const bare = (url: string) => url.split('#')[0]!

function firstOf(request: Request): Request {
  let first = request
  for (let before = first.redirectedFrom(); before; before = first.redirectedFrom()) first = before
  return first
}
