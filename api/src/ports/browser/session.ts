import { setTimeout as wait } from 'node:timers/promises'
import { type Browser, type CDPSession, errors, type Page } from 'playwright-core'
import { AppError } from '#lib/app-error.ts'
import { parseDestination } from '#ports/egress/destinations.ts'
import type { BrowserAction, Look, PageView } from './index.ts'
import { openWorld, type World } from './world.ts'

const viewport = { width: 1024, height: 768 }
/** Of an action's time, what a page may take to load; the rest is for reading it. */
const loadShare = 0.6
/** How long a loaded page may go on fetching before it is read, and the silence that ends it. */
const settleMsMax = 2000
const quietMs = 150
const textCharactersMax = 6000
/** What is over is not read: making text of a page takes a second for each half million on a busy machine. */
const htmlCharactersMax = 400_000
const elementsMax = 120
const passagesMax = 12
const dialogsMax = 10
const navigationsMax = 15
const jpegBytesMax = 200_000

export type Session = Awaited<ReturnType<typeof openSession>>

/** What a page says, as Markdown. @throws overloaded when it takes too long */
export type ReadPage = (html: string, url: string) => Promise<string>

/** One task's browser: a context that shares nothing with others, and the page that it looks at. */
export async function openSession(browser: Browser, readPage: ReadPage) {
  const context = await browser.newContext({ viewport, acceptDownloads: false, serviceWorkers: 'block', permissions: [], locale: 'en-US' })
  let notes: string[] = []
  let dialogs = 0
  let navigations = 0
  let nextRef = 1
  /** Reading a long page part by part makes its text once. */
  let last = { html: '', text: '' }
  let loadMs = 0
  let windowsAnnounced = 0
  let requestsOpen = 0
  let lastRequestAt = 0
  /** Ends the action at hand when the page does what no page should. */
  let giveUp: (reason: AppError) => void = () => undefined
  let current = await watched(await context.newPage())
  let adopting: Promise<void> | undefined

  context.on('page', (page) => {
    // One for each action; others are closed unseen.
    if (adopting) void page.close().catch(() => undefined)
    else adopting = adopt(page).catch(() => undefined)
  })

  /** The newest window becomes the page; the one before it is closed, so that there is one at a time. */
  async function adopt(page: Page): Promise<void> {
    notes.push('A new window was opened; it is the page now.')
    const before = current
    current = await watched(page)
    await before.page.close()
  }

  async function watched(page: Page): Promise<{ page: Page; cdp: CDPSession; world: World }> {
    page.on('dialog', (dialog) => {
      // One that asks whether to leave must not keep us on the page.
      const done = dialog.type() === 'beforeunload' ? dialog.accept() : dialog.dismiss()
      done.catch(() => undefined)
      if (++dialogs === 1) notes.push(`A dialog was dismissed: “${dialog.message().slice(0, 200)}”`)
      if (dialogs > dialogsMax) giveUp(new AppError('upstream_failed', 'The page keeps opening dialogs. It was closed.'))
    })
    page.on('download', (download) => {
      notes.push(`A download was refused: ${download.suggestedFilename().slice(0, 200)}`)
      download.cancel().catch(() => undefined)
    })
    page.on('framenavigated', (frame) => {
      if (frame !== page.mainFrame()) return
      if (++navigations > navigationsMax) giveUp(new AppError('upstream_failed', 'The page keeps leading to other pages. It was closed.'))
    })
    page.on('crash', () => giveUp(new AppError('upstream_failed', 'The page crashed. Open it again, or another one.')))
    const busy = (change: number) => () => {
      requestsOpen += change
      lastRequestAt = performance.now()
    }
    page.on('request', busy(1)).on('requestfinished', busy(-1)).on('requestfailed', busy(-1))
    const cdp = await context.newCDPSession(page)
    // Playwright reports a window only when it has begun to load.
    cdp.on('Page.windowOpen', () => windowsAnnounced++)
    await cdp.send('Page.enable')
    return { page, cdp, world: openWorld(cdp) }
  }

  async function open(url: string): Promise<void> {
    const { page, cdp } = current
    try {
      const answer = await page.goto(parseDestination(url).href, { waitUntil: 'domcontentloaded', timeout: loadMs })
      if (answer && answer.status() >= 400) notes.push(`The site answered with status ${answer.status()}.`)
    } catch (error) {
      if (error instanceof AppError) throw error
      if (error instanceof errors.TimeoutError) {
        await cdp.send('Page.stopLoading')
        notes.push(`The page was still loading after ${loadMs / 1000} s and was stopped.`)
      } else if (String(error).includes('Download is starting')) await wait(50)
      else throw new AppError('upstream_failed', 'The site could not be reached, or it is not on the public web.', { cause: error })
    }
  }

  async function use(action: Extract<BrowserAction, { ref: number }>): Promise<void> {
    const { world, cdp } = current
    const found = await look(action.ref)
    if (JSON.stringify(found.target) !== JSON.stringify(action.expected)) {
      throw new AppError('conflict', `[${action.ref}] has changed since it was looked at. Read the page again.`)
    }
    if (action.kind === 'click') return await world.call('click', action.ref)
    if (action.kind === 'select') {
      const isKnown = await world.call('select', action.ref, action.value)
      if (isKnown === false) throw new AppError('invalid_request', `[${action.ref}] has no choice “${action.value}”.`)
      return
    }
    const isInForm = await world.call('type', action.ref, action.text, action.submit)
    if (!action.submit || isInForm !== false) return
    for (const type of ['keyDown', 'keyUp'] as const) {
      await cdp.send('Input.dispatchKeyEvent', { type, key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13, text: '\r' })
    }
  }

  async function look(ref: number): Promise<Look> {
    const found = await current.world.call('look', ref)
    if (!found) throw new AppError('not_found', `There is no [${ref}] on the page any more. Read the page again.`)
    return found
  }

  /** Lets what an action started come to rest: a new window, a navigation, what the page then fetches. */
  async function settle(): Promise<void> {
    const deadline = performance.now() + settleMsMax
    const left = () => Math.max(1, deadline - performance.now())
    await wait(50)
    while (windowsAnnounced > 0 && !adopting && left() > 1) await wait(20)
    await adopting
    await current.page.waitForLoadState('load', { timeout: left() }).catch(() => undefined)
    while (left() > 1 && (requestsOpen > 0 || performance.now() - lastRequestAt < quietMs)) await wait(25)
  }

  async function view(action: BrowserAction): Promise<PageView> {
    const { html, title, url } = (await current.world.call('text', htmlCharactersMax))!
    const listed = (await current.world.call('list', nextRef))!
    nextRef = listed.nextRef
    if (last.html !== html) last = { html, text: await readPage(html, url) }
    const { text } = last
    const offset = action.kind === 'read' ? action.offset : 0
    const found = action.kind === 'find' ? passages(text, action.text) : text.slice(offset, offset + textCharactersMax)
    const wanted = action.kind === 'find' ? listed.elements.filter(({ label }) => holds(label, action.text)) : listed.elements
    const elements = wanted.slice(0, elementsMax)
    if (wanted.length > elements.length) notes.push(`${wanted.length - elements.length} more elements are not listed; find them by their text.`)
    return { url, title, text: found, offset, textLength: text.length, elements, notes, screenshot: isLooking(action) ? null : await screenshot() }
  }

  /** Not Playwright's own, which waits for fonts for as long as a page likes. */
  async function screenshot(): Promise<Uint8Array | null> {
    for (const quality of [60, 25]) {
      const drawing = current.cdp.send('Page.captureScreenshot', { format: 'jpeg', quality, optimizeForSpeed: true })
      const drawn = await Promise.race([drawing.catch(() => null), wait(3000, null, { ref: false })])
      const jpeg = drawn && Buffer.from(drawn.data, 'base64')
      if (jpeg && jpeg.length <= jpegBytesMax) return jpeg
    }
    return null
  }

  return {
    look,
    /** @throws AppError; after `upstream_timeout` and `upstream_failed` of a page gone wild the session is of no more use */
    async act(action: BrowserAction, timeoutMs: number): Promise<PageView> {
      notes = []
      loadMs = timeoutMs * loadShare
      dialogs = navigations = windowsAnnounced = requestsOpen = 0
      adopting = undefined
      const wild = new Promise<never>((_resolve, reject) => (giveUp = reject))
      wild.catch(() => undefined)
      const work = async () => {
        if (action.kind === 'open') await open(action.url)
        if (action.kind === 'back') await goBack(current.page, loadMs)
        if ('ref' in action) await use(action)
        if (!isLooking(action) && action.kind !== 'screenshot') await settle()
        return await view(action)
      }
      return await Promise.race([work(), wild])
    },
    close: () => context.close(),
  }
}

async function goBack(page: Page, timeout: number): Promise<void> {
  const answer = await page.goBack({ waitUntil: 'domcontentloaded', timeout }).catch(() => null)
  if (answer === null && page.url() === 'about:blank') throw new AppError('not_found', 'There is no page to go back to.')
}

/** What leaves the page as it is: no new picture is needed. */
const isLooking = ({ kind }: BrowserAction) => kind === 'read' || kind === 'find'

const holds = (text: string, wanted: string) => text.toLowerCase().includes(wanted.toLowerCase())

function passages(text: string, wanted: string): string {
  const found = text.split(/\n{2,}/).filter((passage) => holds(passage, wanted))
  if (found.length === 0) return `“${wanted}” is not on this page.`
  const more = found.length > passagesMax ? `\n\n(${found.length - passagesMax} more passages hold it.)` : ''
  return (found.slice(0, passagesMax).join('\n\n') + more).slice(0, textCharactersMax)
}
