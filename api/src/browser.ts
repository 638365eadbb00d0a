import { launchChromium } from '#ports/browser/chromium.ts'
import { serveDevTools } from '#ports/browser/dev-tools-server.ts'
import { createLog } from '#lib/log.ts'
import { openPinningProxy } from '#ports/egress/pinning-proxy.ts'
import { ConfigError, readBrowserServiceConfig } from './config.ts'

/**
 * Chromium and its pinning proxy as a service of their own, for workers that set BROWSER_CDP_URL to it. Everybody who reaches its port commands the
 * browser: only the workers may. It ends with Chromium, and whatever started it starts it again.
 */

const tell = (line: string) => process.stderr.write(`${line}\n`)

try {
  const config = readBrowserServiceConfig()
  const log = createLog(config.logLevel)
  await using stack = new AsyncDisposableStack()
  const proxy = stack.use(await openPinningProxy(config))
  const { executable, sandbox, devToolsPort } = config
  const browser = await launchChromium({ executable, sandbox, devToolsPort, proxyUrl: proxy.url })
  stack.defer(() => browser.close())
  const server = stack.use(await serveDevTools({ host: config.host, port: config.port, devToolsPort }))
  log.info({ url: server.url }, 'the browser service is ready')
  const why = await new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve(signal))
    browser.once('disconnected', () => resolve('Chromium ended'))
  })
  log.info({ why }, 'stopping')
  await stack.disposeAsync()
  process.exit(why.startsWith('SIG') ? 0 : 1)
} catch (error) {
  for (const line of error instanceof ConfigError ? error.faults : [String(error)]) tell(`  ✗ ${line}`)
  process.exit(1)
}
