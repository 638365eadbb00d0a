import type { Browser } from 'playwright-core'
import { AppError } from '#lib/app-error.ts'
import { proxyProbe } from '#ports/egress/pinning-proxy.ts'

export type LaunchOptions = {
  executable: string
  proxyUrl: string
  /** Chromium's own sandbox around each page; it refuses to run for root. */
  sandbox: boolean
  /** Where it also listens for the DevTools protocol, on loopback. */
  devToolsPort?: number
}

const launchMaxMs = 20_000

/** Not at the start: it takes most of a second, and 40 MB, of a process that may never open a page. */
const playwright = () => import('playwright-core')

/** A Chromium whose every connection goes through the proxy: it resolves no name itself, and nothing of it goes beside. @throws unavailable */
export async function launchChromium({ executable, proxyUrl, sandbox, devToolsPort }: LaunchOptions): Promise<Browser> {
  const args = [
    `--proxy-server=${proxyUrl}`,
    // Without this Chromium reaches this machine's own addresses directly.
    '--proxy-bypass-list=<-loopback>',
    '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
    '--disable-quic',
    // The first is read by Chromium, the second by its headless shell: without it a page sends by UDP wherever it likes.
    '--webrtc-ip-handling-policy=disable_non_proxied_udp',
    '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
    // Of the headless shell, which has no popup blocker. See `opensWindows`.
    '--block-new-web-contents',
    '--disable-features=DnsOverHttps,AsyncDns',
    '--js-flags=--max-old-space-size=512',
    ...(devToolsPort === undefined ? [] : [`--remote-debugging-port=${devToolsPort}`, '--remote-debugging-address=127.0.0.1']),
  ]
  try {
    const { chromium } = await playwright()
    return await chromium.launch({
      executablePath: executable,
      chromiumSandbox: sandbox,
      args,
      // Playwright lets every page open windows; a flood of them is what a hostile page does first.
      ignoreDefaultArgs: ['--disable-popup-blocking'],
      timeout: launchMaxMs,
    })
  } catch (cause) {
    throw new AppError('unavailable', 'The browser does not start. See the log, or ask the administrator to check BROWSER_EXECUTABLE.', { cause })
  }
}

const known = new WeakMap<Browser, Promise<boolean>>()

/**
 * Whether a link may open a window here. Chromium lets a page open one for each click of the person. Its headless shell lets it open any
 * number, so it opens none, and we go where the window would have led. Each browser is asked once.
 */
export function opensWindows(browser: Browser): Promise<boolean> {
  const asked = known.get(browser) ?? askProduct(browser)
  known.set(browser, asked)
  return asked
}

async function askProduct(browser: Browser): Promise<boolean> {
  const session = await browser.newBrowserCDPSession()
  const { product } = await session.send('Browser.getVersion')
  await session.detach()
  return !product.startsWith('HeadlessChrome')
}

/** A browser that runs elsewhere, by the DevTools protocol. It is used only if it stands behind a pinning proxy. @throws unavailable */
export async function connectChromium(url: string): Promise<Browser> {
  const { chromium } = await playwright()
  const browser = await chromium.connectOverCDP(url, { timeout: launchMaxMs }).catch((cause: unknown) => {
    throw new AppError('unavailable', 'The browser service cannot be reached. Ask the administrator to check BROWSER_CDP_URL.', { cause })
  })
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    const answer = await page.goto(proxyProbe.url, { timeout: 5000 }).catch(() => null)
    if (answer?.headers()[proxyProbe.header] === undefined) {
      await browser.close()
      throw new AppError(
        'unavailable',
        'The browser at BROWSER_CDP_URL could reach private addresses, so it is not used. Run it by api/src/browser.ts.',
      )
    }
  } finally {
    await context.close().catch(() => undefined)
  }
  return browser
}
