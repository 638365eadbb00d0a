import { setTimeout as wait } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import { AppError } from '#lib/app-error.ts'
import { openPinningProxy } from '#ports/egress/pinning-proxy.ts'
import { openOffload } from '#ports/offload/index.ts'
import { connectChromium, launchChromium } from './chromium.ts'
import type { HostOptions, HostReply, HostRequest } from './protocol.ts'
import { openSession, type ReadPage, type Session } from './session.ts'

/**
 * The process that drives the browser: Playwright, the pinning proxy and the reading of pages, with none of Jarvis' secrets in reach. A page
 * that floods it with events, or a page that cannot be parsed, takes down this process and no other.
 */

/** Of a busy machine: with this process go the pages of all others. */
const closeMaxMs = 8000
/** How long after its death a browser may still look alive. */
const goneMaxMs = 1000
const options = JSON.parse(process.argv[2]!) as HostOptions
const sessions = new Map<string, Session>()
/** Tasks whose page is being opened; aborted when it is given up before it is there. */
const beginnings = new Map<string, AbortController>()
/** One page may keep the libraries busy for as long as it likes: in a thread, so that the pages of other tasks go on. */
const reader = openOffload<{ html: string; url: string }, string>(new URL('extract-worker.ts', import.meta.url), {
  failure: 'This page could not be read: it is built so that it takes too long.',
  deadlineMs: 10_000,
})
const readPage: ReadPage = (html, url) => reader.run({ html, url })
const cancels = new Map<number, (reason: AppError) => void>()
let opening: Promise<Browser> | undefined

const openBrowser = async (): Promise<Browser> => (options.kind === 'remote' ? await connectChromium(options.url) : await launch(options))

async function launch({ executable, sandbox, ...ways }: HostOptions & { kind: 'local' }): Promise<Browser> {
  const proxy = await openPinningProxy(ways)
  try {
    const browser = await launchChromium({ executable, sandbox, proxyUrl: proxy.url })
    browser.once('disconnected', () => void proxy[Symbol.asyncDispose]())
    return browser
  } catch (error) {
    await proxy[Symbol.asyncDispose]()
    throw error
  }
}

async function sessionOf({ taskId, work }: Exclude<HostRequest, { kind: 'cancel' }>): Promise<Session> {
  const open = sessions.get(taskId)
  if (open) return open
  if (work.kind !== 'open') throw new AppError('not_found', 'No page is open. Open one first.')
  const beginning = new AbortController()
  beginnings.set(taskId, beginning)
  const session = await newSession().finally(() => beginnings.get(taskId) === beginning && beginnings.delete(taskId))
  if (beginning.signal.aborted) {
    await shut(session)
    throw new AppError('upstream_timeout', 'The page was given up before it was open.')
  }
  sessions.set(taskId, session)
  return session
}

/** In a browser that died unseen nothing has begun yet: then there is another one. */
async function newSession(): Promise<Session> {
  const browser = await sharedBrowser()
  try {
    return await openSession(browser, readPage)
  } catch (error) {
    await Promise.race([new Promise<void>((resolve) => whenGone(browser, resolve)), wait(goneMaxMs)])
    if (browser.isConnected()) throw error
    return await openSession(await sharedBrowser(), readPage)
  }
}

/** One for all tasks, until it is gone, and its sessions with it. */
function sharedBrowser(): Promise<Browser> {
  if (opening) return opening
  const asked = (opening = openBrowser())
  const forget = () => {
    if (opening !== asked) return
    opening = undefined
    sessions.clear()
  }
  asked.then((browser) => whenGone(browser, forget), forget)
  return asked
}

function whenGone(browser: Browser, act: () => void): void {
  if (browser.isConnected()) browser.once('disconnected', act)
  else act()
}

async function close(taskId: string): Promise<void> {
  beginnings.get(taskId)?.abort()
  const session = sessions.get(taskId)
  sessions.delete(taskId)
  if (session) await shut(session)
}

/** What does not let itself be closed goes with this process. */
async function shut(session: Session): Promise<void> {
  const hung = setTimeout(() => process.exit(1), closeMaxMs)
  await session.close().catch(() => undefined)
  clearTimeout(hung)
}

async function answer(request: Exclude<HostRequest, { kind: 'cancel' }>): Promise<HostReply> {
  const { id, taskId, work } = request
  if (work.kind === 'release') {
    await close(taskId)
    return { id, result: null }
  }
  const late = new AppError('upstream_timeout', 'The page took too long and was closed.')
  const ended = new Promise<never>((_resolve, reject) => cancels.set(id, reject))
  const timer = setTimeout(() => cancels.get(id)?.(late), request.timeoutMs)
  try {
    const task = async () => {
      const session = await sessionOf(request)
      return work.kind === 'look' ? await session.look(work.ref) : await session.act(work, request.timeoutMs)
    }
    return { id, result: await Promise.race([task(), ended]) }
  } catch (error) {
    const expected =
      error instanceof AppError ? error : new AppError('upstream_failed', 'The browser page was lost. Open it again.', { cause: error })
    // After these nobody knows what the page is at.
    if (['upstream_timeout', 'upstream_failed'].includes(expected.code)) await close(taskId)
    const cause = expected.cause instanceof Error ? expected.cause.message.slice(0, 1000) : ''
    return { id, error: { code: expected.code, message: expected.message, cause } }
  } finally {
    clearTimeout(timer)
    cancels.delete(id)
  }
}

process.on('message', (request: HostRequest) => {
  if (request.kind === 'cancel') cancels.get(request.id)?.(new AppError('upstream_timeout', 'The page was closed: the task was stopped.'))
  else void answer(request).then((reply) => process.send?.(reply))
})
// Said before it ends: nobody else knows what of.
process.on('uncaughtException', (died) => (process.send ? process.send({ died }, () => process.exit(1)) : process.exit(1)))
// Chromium ends with its pipe, and this with its parent.
process.on('disconnect', () => process.exit(0))
