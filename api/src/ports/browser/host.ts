import type { Browser } from 'playwright-core'
import { AppError } from '#lib/app-error.ts'
import { openPinningProxy } from '#ports/egress/pinning-proxy.ts'
import { connectChromium, launchChromium } from './chromium.ts'
import type { HostOptions, HostReply, HostRequest } from './protocol.ts'
import { openSession, type Session } from './session.ts'

/**
 * The process that drives the browser: Playwright, the pinning proxy and the reading of pages, with none of Jarvis' secrets in reach. A page
 * that floods it with events, or a page that cannot be parsed, takes down this process and no other.
 */

const closeMaxMs = 3000
const options = JSON.parse(process.argv[2]!) as HostOptions
const sessions = new Map<string, Session>()
const cancels = new Map<number, (reason: AppError) => void>()
let opening: Promise<Browser> | undefined

async function openBrowser(): Promise<Browser> {
  const browser = options.kind === 'remote' ? await connectChromium(options.url) : await launch(options)
  browser.once('disconnected', () => {
    opening = undefined
    sessions.clear()
  })
  return browser
}

async function launch({ executable, sandbox, allowHosts }: HostOptions & { kind: 'local' }): Promise<Browser> {
  const proxy = await openPinningProxy({ allowHosts })
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
  opening ??= openBrowser()
  opening.catch(() => (opening = undefined))
  const session = await openSession(await opening)
  sessions.set(taskId, session)
  return session
}

async function close(taskId: string): Promise<void> {
  const session = sessions.get(taskId)
  sessions.delete(taskId)
  // What does not let itself be closed goes with this process.
  const hung = setTimeout(() => process.exit(1), closeMaxMs)
  await session?.close().catch(() => undefined)
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
      return work.kind === 'target' ? await session.target(work.ref) : await session.act(work, request.timeoutMs)
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
// Chromium ends with its pipe, and this with its parent.
process.on('disconnect', () => process.exit(0))
