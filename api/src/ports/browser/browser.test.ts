import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commandLine } from '#ports/children/process-id.ts'
import { privateHosts } from '#ports/egress/private-spellings.fixture.ts'
import { startSite, type Site } from '../../../../simulators/web/site.ts'
import type { Browser, PageView } from './index.ts'
import { openBrowser } from './open-browser.ts'
import { refOf, taskOf } from './task.fixture.ts'

let site: Site
let browser: Browser
let canary: Server
let canaryPort: number
let connections = 0
const local = () =>
  ({ kind: 'local', executable: '/usr/bin/chromium-headless-shell', sandbox: process.getuid?.() !== 0, allowHosts: [site.host] }) as const

beforeAll(async () => {
  site = await startSite()
  canary = createServer((socket) => (connections++, socket.destroy())).listen(0, '::')
  await once(canary, 'listening')
  canaryPort = (canary.address() as AddressInfo).port
  browser = openBrowser(local(), { placesMax: 4, workMs: 20_000 })
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await site.close()
  canary.close()
})

/** A task of its own, closed with its test. */
const newTask = (from: Browser = browser) => taskOf(from, site.url)

describe('a page', () => {
  test('is read as Markdown, with its elements numbered and a picture', async () => {
    await using task = newTask()
    const view = await task.open('/')
    expect(view).toMatchObject({ title: 'Tide tables', url: `${site.url}/`, notes: [] })
    for (const part of ['# Tide tables', '**noon**', '| Monday | 12:00 |', 'A cat at the sea']) expect(view.text).toContain(part)
    expect(view.elements.map(({ kind, label }) => [kind, label])).toEqual([
      ['link', 'Long read'],
      ['link', 'Shop'],
      ['button', 'Like'],
      ['toggle', 'More'],
    ])
    expect(Buffer.from(view.screenshot!).subarray(0, 3).toString('hex')).toBe('ffd8ff')
    expect(view.screenshot!.length).toBeLessThanOrEqual(200_000)
  })

  test('that is long is read part by part, and searched', async () => {
    await using task = newTask()
    const first = await task.open('/long')
    expect(first.text.length).toBeLessThan(first.textLength)
    const last = await task.act({ kind: 'read', offset: first.textLength - 50 })
    expect(last.text).toContain('The very end of it.')
    const found = await task.act({ kind: 'find', text: 'very END' })
    expect(found.text).toBe('The very end of it.')
  })

  test('is left by its links, and come back to', async () => {
    await using task = newTask()
    expect(await task.click(await task.open('/'), 'Shop')).toMatchObject({ title: 'Shop' })
    expect(await task.act({ kind: 'back' })).toMatchObject({ title: 'Tide tables' })
  })

  test('reacts to what is pressed, typed and chosen, and a form is sent as it was shown', async () => {
    await using task = newTask()
    expect(await task.click(await task.open('/'), 'Like')).toMatchObject({ title: 'Pressed' })
    const shop = await task.open('/shop')
    const chosen = await task.act({ kind: 'select', ref: refOf(shop, 'Sort'), value: 'Name', expected: await task.target(shop, 'Sort') })
    const typed = await task.type(chosen, 'Find', 'rope & anchor')
    expect(await task.target(typed, 'Search')).toMatchObject({
      kind: 'submit',
      url: `${site.url}/found`,
      method: 'GET',
      fields: [
        ['q', 'rope & anchor'],
        ['sort', 'n'],
      ],
    })
    expect((await task.click(typed, 'Search')).text).toContain('You looked for rope & anchor, by n.')
  })

  test('sends a form with the Enter key too; a password is typed and never told', async () => {
    await using task = newTask()
    const shop = await task.open('/shop')
    await task.type(shop, 'Name', 'ada')
    expect(await task.target(shop, 'Password')).toMatchObject({ kind: 'password' })
    await task.type(shop, 'Password', 'hunter2')
    const target = await task.target(shop, 'Sign in')
    expect(target).toMatchObject({ method: 'POST', fields: expect.arrayContaining([['pass', '(a password)']]) })
    expect(JSON.stringify([target, await task.act({ kind: 'read', offset: 0 })])).not.toContain('hunter2')
    expect((await task.type(shop, 'Name', 'ada', true)).text).toContain('user=ada&pass=hunter2&token=t1')
  })

  test('that changes what a button does after it was looked at is not obeyed', async () => {
    await using task = newTask()
    const view = await task.open('/switch')
    const shown = { ...(await task.target(view, 'Go')), url: `${site.url}/found` }
    while ((await task.target(view, 'Go')).url !== `${site.url}/stolen`);
    await expect(task.act({ kind: 'click', ref: refOf(view, 'Go'), expected: shown })).rejects.toMatchObject({ code: 'conflict' })
    expect(site.requests.some(({ path }) => path.startsWith('/stolen'))).toBe(false)
  })

  test('that lays something over a button does not get the click', async () => {
    await using task = newTask()
    expect(await task.click(await task.open('/overlay'), 'Approved')).toMatchObject({ title: 'Approved' })
  })

  test('cannot change the functions that read it', async () => {
    await using task = newTask()
    const view = await task.open('/tamper')
    expect(view.text).toBe('Visible.')
    expect(view.elements).toHaveLength(1)
  })

  test('hears nothing of it when it is looked at, read, searched and listed', async () => {
    await using task = newTask()
    const looks = ({ text }: PageView) => Number(/Looked (\d+) times/.exec(text)?.[1] ?? 0)
    const read = () => task.act({ kind: 'read', offset: 0 })
    let view = await task.open('/listener')
    await expect.poll(async () => looks((view = await read()))).toBeGreaterThan(1)
    for (const { ref } of view.elements) await browser.look(task.id, ref, new AbortController().signal)
    await task.act({ kind: 'find', text: 'Second' })
    const before = looks(await read())
    await expect.poll(async () => looks((view = await read()))).toBeGreaterThan(before + 2)
    expect(view.text).not.toMatch(/event|a change|a size|a call|a hand/)
    // Yet what a form would send is known, and no field's name hides where it goes.
    const common = [
      ['q', 'rope'],
      ['q.dir', 'ltr'],
      ['on', 'b'],
      ['s', 'x'],
      ['t', 'long'],
      ['secret', '(a password)'],
      ['action', 'mine'],
      ['elements', 'mine'],
      ['getAttribute', 'mine'],
      ['h', '1'],
    ]
    const to = { url: `${site.url}/found`, pageUrl: `${site.url}/listener`, method: 'GET' }
    expect(await task.target(view, 'Second')).toMatchObject({ ...to, fields: [...common, ['b', '2']] })
    expect((await task.target(view, 'Third')).fields).toEqual([...common, ['p.x', '0'], ['p.y', '0']])
  })

  test('has its elements counted over all its frames', async () => {
    await using task = newTask()
    const view = await task.open('/ten-frames')
    expect(view.elements).toHaveLength(10)
    for (const { ref } of view.elements) expect((await browser.look(task.id, ref, new AbortController().signal)).among).toBe(10)
  })

  test('numbers of a page that was left mean nothing, and without a page there is nothing to do', async () => {
    await using task = newTask()
    const view = await task.open('/')
    await task.open('/shop')
    await expect(task.target(view, 'Like')).rejects.toMatchObject({ code: 'not_found' })
    await using other = newTask()
    await expect(other.act({ kind: 'read', offset: 0 })).rejects.toMatchObject({ code: 'not_found' })
  })
})

test('two tasks share nothing: no cookie, no storage', async () => {
  await using one = newTask()
  await using two = newTask()
  await one.open('/set-cookie')
  expect((await one.open('/cookie')).text).toContain('who=me; kept: mine')
  expect((await two.open('/cookie')).text).toContain('You sent: nothing; kept: nothing')
})

describe('a hostile page', () => {
  test('cannot save a file: it is named, and not kept', async () => {
    await using task = newTask()
    expect((await task.open('/file.exe')).file).toEqual({ url: `${site.url}/file.exe`, name: 'gift.exe' })
  })

  test('has one window: a new one that a link opens becomes the page, a flood of them opens none', async () => {
    await using task = newTask()
    const opened = await task.click(await task.open('/popup'), 'In a new window')
    expect([opened.title, opened.notes]).toEqual(['A long read', ['A new window was opened; it is the page now.']])
    expect(await task.open('/windows')).toMatchObject({ title: 'Windows' })
    expect(site.requests.filter(({ path }) => path.startsWith('/long?'))).toHaveLength(0)
  })

  test('has its dialog dismissed, and is closed when it goes on with them', async () => {
    await using task = newTask()
    expect(await task.open('/alert')).toMatchObject({ text: 'After it.', notes: [expect.stringContaining('One only')] })
    await expect(task.open('/alerts')).rejects.toMatchObject({ code: 'upstream_failed', message: expect.stringContaining('dialogs') })
    expect(await task.open('/')).toMatchObject({ title: 'Tide tables' })
  })

  test.each(['/redirects', '/bounce'])('that leads in circles at %s is given up', async (path) => {
    await using task = newTask()
    await expect(task.open(path)).rejects.toMatchObject({ code: 'upstream_failed' })
  })

  test('that is huge is read within bounds, one that never ends as far as it came', async () => {
    await using task = newTask()
    expect((await task.open('/huge')).text.length).toBeLessThanOrEqual(6000)
    await using quick = openBrowser(local(), { placesMax: 1, workMs: 15_000 })
    await using other = newTask(quick)
    const endless = await other.open('/stream')
    expect(endless.text).toContain('It begins.')
    expect(endless.notes).toContainEqual(expect.stringContaining('still loading'))
  })
})

describe('nothing private is reached', () => {
  const urls = () => privateHosts.map((host) => `http://${host}:${canaryPort}`)

  /** Lets a page try every way out to each of the places. */
  async function tryEveryWay(places: string[], weight = 'light'): Promise<void> {
    await using task = newTask()
    let view = await task.open(`/ways?${weight}&to=${encodeURIComponent(places.join(','))}`)
    while (view.title !== 'Tried') view = await task.act({ kind: 'read', offset: 0 })
  }

  test('by opening it, however it is spelled', async () => {
    const left = urls()
    const openAll = async () => {
      await using task = newTask()
      for (let url = left.pop(); url; url = left.pop()) {
        const opened = await task.open(url).catch((error: unknown) => error)
        if (!(opened instanceof Error)) expect((opened as PageView).notes).toContainEqual(expect.stringContaining('403'))
      }
    }
    await Promise.all([openAll(), openAll(), openAll()])
    expect(connections).toBe(0)
  })

  test('by anything that a page loads, posts, connects or sends, spelled in any way, asked or redirected', async () => {
    for (const weight of ['light', 'heavy']) await tryEveryWay([site.url], weight)
    // What a place that may be reached has heard is what the others would have heard.
    const heard = new Set(site.requests.map(({ path }) => path))
    for (const way of 'css img script video fetch post beacon events xhr iframe object embed form worker ws'.split(' '))
      expect(heard).toContain(`/${way}`)
    const all = urls()
    for (let from = 0; from < all.length; from += 30) await tryEveryWay(all.slice(from, from + 30))
    await tryEveryWay(all.map((to) => `${site.url}/redirect?to=${encodeURIComponent(to)}#`).slice(0, 30))
    await tryEveryWay(all.slice(0, 6), 'heavy')
    expect(connections).toBe(0)
  })

  test.each(['redirect', 'meta', 'location'])('by a %s of the page itself', async (way) => {
    await using task = newTask()
    for (const to of [
      `http://127.0.0.1:${canaryPort}/`,
      `http://[::1]:${canaryPort}/`,
      `http://localhost:${canaryPort}/`,
      'file:///etc/passwd',
      'chrome://settings',
    ]) {
      const view = await task.open(`/${way}?to=${encodeURIComponent(to)}`).catch(() => null)
      expect(view?.text ?? '').not.toContain('root:')
      expect(view?.url ?? '').not.toMatch(/^(file|chrome):/)
    }
    expect(connections).toBe(0)
  })

  test.each([
    'file:///etc/passwd',
    'chrome://version',
    'data:text/html,x',
    'view-source:http://example.com',
    'javascript:1',
    'about:blank',
    'ws://example.com',
  ])('by the address %s', async (url) => {
    await using task = newTask()
    await expect(task.open(url)).rejects.toMatchObject({ code: 'forbidden' })
  })

  test('by UDP', async () => {
    const heard: Buffer[] = []
    const udp = createSocket('udp4', (message) => heard.push(message)).bind(0, '127.0.0.1')
    await once(udp, 'listening')
    await using task = newTask()
    await task.open(`/rtc?to=127.0.0.1:${udp.address().port}`)
    udp.close()
    expect(heard).toHaveLength(0)
  })
})

test('when Chromium is killed the call at hand fails and the next one works; when the driving process is killed, too', async () => {
  await using mortal = openBrowser(local(), { placesMax: 2 })
  await using task = newTask(mortal)
  await using unaware = newTask(mortal)
  const others = hosts()
  await task.open('/')
  // By what is new: numbers of processes start again from the bottom, so the highest need not be the newest.
  const [host] = hosts().filter((pid) => !others.includes(pid))
  for (const victim of ['chromium', 'host']) {
    // Debian starts the headless shell by a script that waits for it.
    const [script] = childrenOf(host!, '--remote-debugging-pipe')
    const [chromium = script!] = childrenOf(script!, '--remote-debugging-pipe').filter((pid) => !commandLine(pid)?.includes('--type='))
    const family = [script!, chromium, ...childrenOf(chromium, '')]
    const askedBefore = asked('/stream')
    const ended = { code: 'unavailable', cause: { message: 'the process ended: SIGKILL' } }
    const refusal = victim === 'host' ? ended : { code: expect.stringMatching(/upstream_failed|unavailable/) }
    const refused = expect(task.open('/stream')).rejects.toMatchObject(refusal)
    await expect.poll(() => asked('/stream')).toBe(askedBefore + 1)
    process.kill(victim === 'host' ? host! : chromium, 'SIGKILL')
    // A task that has no page yet loses nothing: it is given a new Chromium, also before anybody saw the old one die.
    if (victim === 'chromium') expect(await unaware.open('/')).toMatchObject({ title: 'Tide tables' })
    await refused
    expect(await task.open('/')).toMatchObject({ title: 'Tide tables' })
    await expect.poll(() => family.filter((pid) => commandLine(pid) !== undefined)).toEqual([])
  }
})

test('no more tasks than places have a page: the rest wait in a short line, and are told their place when none comes free', async () => {
  await using small = openBrowser(local(), { placesMax: 1, waitingMax: 1, waitMs: 1500 })
  await using first = newTask(small)
  await using second = newTask(small)
  await using third = newTask(small)
  await first.open('/')
  const waiting = second.open('/')
  await expect(third.open('/')).rejects.toMatchObject({ code: 'overloaded' })
  await expect(waiting).rejects.toMatchObject({ code: 'overloaded', message: expect.stringContaining('number 1 in line') })
  const again = second.open('/')
  await small.release(first.id)
  expect(await again).toMatchObject({ title: 'Tide tables' })
})

test('a place that nobody uses is taken back, sooner when others wait', async () => {
  await using small = openBrowser(local(), { placesMax: 1, idleMsWhenFull: 200 })
  await using first = newTask(small)
  await using second = newTask(small)
  await first.open('/')
  expect(await second.open('/')).toMatchObject({ title: 'Tide tables' })
  await expect(first.act({ kind: 'read', offset: 0 })).rejects.toMatchObject({ code: 'not_found' })
})

const asked = (path: string) => site.requests.filter((request) => request.path === path).length
const hosts = () => childrenOf(process.pid, 'ports/browser/host.ts')

function childrenOf(pid: number, command: string): number[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args=']).toString().split('\n')
  return lines.flatMap((line) => {
    const [, child, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return Number(parent) === pid && args?.includes(command) ? [Number(child)] : []
  })
}
