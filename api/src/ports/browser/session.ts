import { setTimeout as wait } from 'node:timers/promises'
import type { Browser, CDPSession, Page, Request } from 'playwright-core'
import { AppError } from '#lib/app-error.ts'
import { parseDestination } from '#ports/egress/destinations.ts'
import type { BrowserAction, Look, PageElement, PageView } from './index.ts'
import { opensWindows } from './chromium.ts'
import { createDownloads } from './downloads.ts'
import { type Frames, openFrames } from './frames.ts'
import type { PageScript } from './page-script.ts'
import { holds, passages } from './passages.ts'
import type { World } from './world.ts'

const viewport = { width: 1024, height: 768 }
/** Of an action's time, what a page may take to load; the rest is for reading it. */
const loadShare = 0.6
/** How long a loaded page may go on fetching before it is read, and the silence that ends it. */
const settleMsMax = 2000
const quietMs = 150
/** How long its text has to stay as it is; how long one is waited for that says it is at work, and one with scripts that says next to nothing. */
const quietTextMs = 250
const busyMsMax = 6000
const emptyMsMax = 2500
const fewCharacters = 60
/** Until a download is known by its file, when a site answers with one. */
const downloadMsMax = 1000
/** And one that a person or the model waits for. */
const waitMsMax = 10_000
const stillBusy = 'The page says that it is still loading. Wait for it to read the rest.'
const scrollsMax = 20
const framesMax = 10
const textCharactersMax = 6000
/** What is over is not read: making text of a page takes a second for each half million on a busy machine. */
const htmlCharactersMax = 400_000
const elementsMax = 120
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
  let last: { key: string; reading: Reading } = { key: '', reading: { title: '', url: '', text: '', notes: [], contentType: '' } }
  let loadMs = 0
  const hasWindows = await opensWindows(browser)
  /** Where a window leads that an action asked for. */
  let windowWanted: string | undefined
  const requestsOpen = new Set<Request>()
  let lastRequestAt = 0
  /** What is left of an action's time for pages that say that they are at work. */
  let patienceMs = busyMsMax
  /** Ends the action at hand when the page does what no page should. */
  let giveUp: (reason: AppError) => void = () => undefined
  const downloads = createDownloads()
  /** Which frame each element is in. */
  const homes = new Map<number, World>()
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

  async function watched(page: Page): Promise<{ page: Page; cdp: CDPSession; frames: Frames }> {
    page.on('dialog', (dialog) => {
      // One that asks whether to leave must not keep us on the page.
      const done = dialog.type() === 'beforeunload' ? dialog.accept() : dialog.dismiss()
      done.catch(() => undefined)
      if (++dialogs === 1) notes.push(`A dialog was dismissed: “${dialog.message().slice(0, 200)}”`)
      if (dialogs > dialogsMax) giveUp(new AppError('upstream_failed', 'The page keeps opening dialogs. It was closed.'))
    })
    page.on('framenavigated', (frame) => {
      if (frame !== page.mainFrame()) return
      if (++navigations > navigationsMax) giveUp(new AppError('upstream_failed', 'The page keeps leading to other pages. It was closed.'))
    })
    page.on('crash', () => giveUp(new AppError('upstream_failed', 'The page crashed. Open it again, or another one.')))
    const ended = (request: Request) => {
      requestsOpen.delete(request)
      lastRequestAt = performance.now()
    }
    page.on('request', (request) => {
      requestsOpen.add(request)
      lastRequestAt = performance.now()
    })
    page.on('requestfinished', ended).on('requestfailed', ended)
    const cdp = await context.newCDPSession(page)
    // Playwright reports a window only when it has begun to load. One that nobody clicked for is opened nowhere.
    cdp.on('Page.windowOpen', ({ url, userGesture }) => {
      if (userGesture) windowWanted ??= url
    })
    await cdp.send('Page.enable')
    await downloads.watch(page, cdp)
    return { page, cdp, frames: openFrames(context, page, cdp, framesMax) }
  }

  async function open(url: string, referer?: string): Promise<void> {
    const { page, cdp } = current
    try {
      const answer = await page.goto(parseDestination(url).href, { waitUntil: 'domcontentloaded', timeout: loadMs, ...(referer && { referer }) })
      if (answer && answer.status() >= 400) notes.push(`The site answered with status ${answer.status()}.`)
    } catch (error) {
      if (error instanceof AppError) throw error
      if (error instanceof Error && error.name === 'TimeoutError') {
        await cdp.send('Page.stopLoading')
        notes.push(`The page was still loading after ${loadMs / 1000} s and was stopped.`)
      } else if (String(error).includes('Download is starting')) {
        for (const until = performance.now() + downloadMsMax; !downloads.file() && performance.now() < until;) await wait(20)
      } else throw new AppError('upstream_failed', 'The site could not be reached, or it is not on the public web.', { cause: error })
    }
  }

  async function use(action: Extract<BrowserAction, { ref: number }>): Promise<void> {
    const { cdp } = current
    const world = homes.get(action.ref) ?? current.frames.main
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

  /** Every frame is asked, whichever holds the element: none hears that it was meant, and an element is one of all that the page has. */
  async function look(ref: number): Promise<Look> {
    const home = homes.get(ref) ?? current.frames.main
    const { worlds } = await current.frames.all()
    const others = worlds.filter((world) => world !== home)
    const [found, ...rest] = await Promise.all([home.call('look', ref), ...others.map((world) => world.call('look', ref).catch(() => undefined))])
    if (!found?.target) throw new AppError('not_found', `There is no [${ref}] on the page any more. Read the page again.`)
    return { target: found.target, options: found.options, among: rest.reduce((sum, other) => sum + (other?.among ?? 0), found.among) }
  }

  /** Goes where a window would have led. */
  async function followWindow(url: string): Promise<void> {
    if (!/^https?:/.test(url)) return void notes.push('The page asked for an empty window, which this browser does not open.')
    notes.push('A new window was opened; it is the page now.')
    await open(url, current.page.url())
  }

  /** Lets what an action started come to rest: a new window, a navigation, what the page then fetches. */
  async function settle(): Promise<void> {
    await wait(50)
    if (windowWanted !== undefined && !hasWindows) await followWindow(windowWanted)
    const since = performance.now()
    let deadline = since + settleMsMax
    const left = () => Math.max(1, deadline - performance.now())
    while (windowWanted !== undefined && hasWindows && !adopting && left() > 1) await wait(20)
    await adopting
    await current.page.waitForLoadState('load', { timeout: left() }).catch(() => undefined)
    let [seen, seenAt] = [await pulse(), performance.now()]
    let wasBusy = seen.isBusy
    const isLoading = () => requestsOpen.size > 0 || performance.now() - lastRequestAt < quietMs
    const isUnready = () => performance.now() < since + (seen.isBusy ? patienceMs : seen.isEmpty ? emptyMsMax : 0)
    while ((left() > 1 && (isLoading() || performance.now() - seenAt < quietTextMs)) || isUnready()) {
      await wait(50)
      const now = await pulse()
      if (now.length !== seen.length) seenAt = performance.now()
      // What took the place of the sign may come in parts.
      if (seen.isBusy && !now.isBusy) deadline = Math.max(deadline, since + patienceMs)
      wasBusy ||= now.isBusy
      seen = now
    }
    if (wasBusy) patienceMs = Math.max(0, patienceMs - (performance.now() - since))
    if (seen.isBusy && !notes.includes(stillBusy)) notes.push(stillBusy)
  }

  /** Of all frames together: empty only when all of them are. */
  async function pulse(): Promise<ReturnType<PageScript['pulse']>> {
    const { worlds } = await current.frames.all()
    const told = await Promise.all(worlds.map((world) => world.call('pulse', fewCharacters).catch(() => undefined)))
    const pulses = told.filter((one) => one !== undefined)
    return {
      length: pulses.reduce((sum, { length }) => sum + length, 0),
      isBusy: pulses.some(({ isBusy }) => isBusy),
      isEmpty: pulses.length > 0 && pulses.every(({ isEmpty }) => isEmpty),
    }
  }

  async function scroll(to: 'on' | 'end' | 'up'): Promise<void> {
    const { main } = current.frames
    for (let round = 1; round <= scrollsMax; round++) {
      const hasMoved = await main.call('scroll', to)
      if (!hasMoved && round === 1) notes.push('There was nowhere to scroll to.')
      if (!hasMoved) return
      await settle()
      if (to !== 'end') return
    }
    notes.push(`The page went on after ${scrollsMax} screens. Scroll to its end again for more.`)
  }

  async function waitFor(text: string | null): Promise<void> {
    const until = performance.now() + waitMsMax
    const before = text === null ? (await pulse()).length : 0
    const isThere = async () => (text === null ? (await pulse()).length !== before : holds((await read()).text, text))
    while (performance.now() < until) {
      if (await isThere()) return await settle()
      await wait(250)
    }
    notes.push(text === null ? 'Nothing changed in the time that was waited.' : `“${text.slice(0, 100)}” did not come in the time that was waited.`)
  }

  type Reading = { title: string; url: string; text: string; notes: string[]; contentType: string }

  /** What all frames say, the page first. */
  async function read(): Promise<Reading> {
    const { worlds, left } = await current.frames.all()
    const failed: string[] = []
    const texts = await Promise.all(worlds.map((world, index) => (index === 0 ? world.call('text', htmlCharactersMax) : inFrame(world, failed))))
    const [page, ...frames] = texts.flatMap((one) => one ?? [])
    const key = JSON.stringify([page, frames])
    if (last.key !== key) {
      const seen = frames.filter(({ isSmall }) => !isSmall)
      const parts = [await readPage(page!.html, page!.url)]
      for (const { html, url, title } of seen) {
        const text = await readPage(html, url).catch((error: unknown) => {
          failed.push(`A frame could not be read (${title || url.slice(0, 200)}): ${error instanceof AppError ? error.message : 'it is not a page.'}`)
          return ''
        })
        if (text !== '') parts.push(`## Frame: ${title || url}\n\n${text}`)
      }
      const notes = [...[page!, ...seen].flatMap(({ unread }) => unread), ...failed]
      if (left > 0) notes.push(`${left} more frames of the page were not read.`)
      last = { key, reading: { ...page!, text: parts.join('\n\n'), notes } }
    }
    return last.reading
  }

  /** A frame may go while it is read. One that is there and fails is told, and fails alone. */
  const inFrame = (world: World, failed: string[]) =>
    world.call('text', htmlCharactersMax).catch((error: unknown) => {
      if (error instanceof AppError && error.cause) failed.push('A frame of the page could not be read.')
    })

  async function listAll(): Promise<PageElement[]> {
    const { worlds } = await current.frames.all()
    const elements: PageElement[] = []
    for (const [index, world] of worlds.entries()) {
      const listed = await world.call('list', nextRef).catch((error: unknown) => {
        if (index === 0) throw error
      })
      if (!listed) continue
      nextRef = listed.nextRef
      for (const { ref } of listed.elements) homes.set(ref, world)
      elements.push(...listed.elements)
    }
    return elements
  }

  async function view(action: BrowserAction, before: string): Promise<PageView> {
    const { title, url, text, contentType, notes: unread } = await read()
    notes.push(...unread)
    notes.push(...downloads.notes())
    const file = downloads.file() ?? (contentType === 'application/pdf' ? { url, name: title } : null)
    const listed = await listAll()
    const offset = action.kind === 'read' ? action.offset : action.kind === 'scroll' || action.kind === 'wait' ? newFrom(before, text) : 0
    const found = action.kind === 'find' ? passages(text, action.text, textCharactersMax) : text.slice(offset, offset + textCharactersMax)
    const wanted = action.kind === 'find' ? listed.filter(({ label }) => holds(label, action.text)) : listed
    const elements = wanted.slice(0, elementsMax)
    if (wanted.length > elements.length) notes.push(`${wanted.length - elements.length} more elements are not listed; find them by their text.`)
    const drawn = isLooking(action) ? null : await screenshot()
    return { url, title, text: found, offset, textLength: text.length, elements, notes, screenshot: drawn, file }
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
      downloads.begin(action)
      patienceMs = busyMsMax
      const before = last.reading.text
      loadMs = timeoutMs * loadShare
      dialogs = navigations = 0
      windowWanted = undefined
      requestsOpen.clear()
      adopting = undefined
      const wild = new Promise<never>((_resolve, reject) => (giveUp = reject))
      wild.catch(() => undefined)
      const work = async () => {
        if (action.kind === 'open') await open(action.url)
        if (action.kind === 'back') await goBack(current.page, loadMs)
        if ('ref' in action) await use(action)
        if (action.kind === 'scroll') await scroll(action.to)
        if (action.kind === 'wait') await waitFor(action.text)
        if (['open', 'back', 'click', 'type', 'select'].includes(action.kind)) await settle()
        return await view(action, before)
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

/** Where a text that grew goes on; one that is another begins at its beginning. */
function newFrom(before: string, text: string): number {
  let same = 0
  while (same < before.length && before[same] === text[same]) same++
  return same === text.length || same < before.length / 2 ? 0 : same
}
