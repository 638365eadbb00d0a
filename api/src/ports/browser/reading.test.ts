import { afterAll, beforeAll, expect, test } from 'vitest'
import { startSite, type Site } from '../../../../simulators/web/site.ts'
import type { Browser } from './index.ts'
import { openBrowser } from './open-browser.ts'
import { taskOf } from './task.fixture.ts'

// What people see on a page, and what it takes to read it.

let site: Site
let elsewhere: string
let browser: Browser

beforeAll(async () => {
  site = await startSite()
  // Another site to a browser.
  elsewhere = site.url.replace('127.0.0.1', 'localhost')
  const allowHosts = [site.host, new URL(elsewhere).host]
  browser = openBrowser(
    { kind: 'local', executable: '/usr/bin/chromium', sandbox: process.getuid?.() !== 0, allowHosts },
    { placesMax: 2, workMs: 20_000 },
  )
})
afterAll(async () => {
  await browser[Symbol.asyncDispose]()
  await site.close()
})

const newTask = () => taskOf(browser, site.url)

test('a page is read with its frames, of other sites too, and what is in them is used', async () => {
  await using task = newTask()
  const view = await task.open(`/frames?other=${encodeURIComponent(elsewhere)}`)
  expect(view.text).toContain('Outside.')
  for (const of of ['this site', 'another site']) {
    expect(view.text).toContain(`Inside of ${of}.`)
    expect((await task.click(view, `Press in ${of}`)).elements.map(({ label }) => label)).toContain('Pressed')
  }
  expect(view.text).not.toContain('a pixel')
})

test('a page is read with its open shadow roots as it is drawn, and says what is closed', async () => {
  await using task = newTask()
  const view = await task.open('/shadow')
  for (const part of ['Light.', 'In the shadow: Slotted text', 'Deeper still']) expect(view.text).toContain(part)
  expect(view.notes).toEqual(['1 parts of the page are closed to reading.'])
  expect(await task.click(view, 'Deep')).toMatchObject({ title: 'Deep pressed' })
})

test('a page is read when it is there: what says that it is busy is waited for, and what comes later on demand', async () => {
  await using task = newTask()
  expect((await task.open('/late')).text).toBe('Here at last.')
  expect((await task.open('/empty-first')).text).toBe('Here at last.')
  expect((await task.open('/typed')).text).toContain('the last')
  expect((await task.open('/later')).text).toContain('The first part')
  const later = await task.act({ kind: 'wait', text: 'second part' })
  expect(later.text).toContain('The second part.')
})

test('a page that says it is busy is waited for although it has text, and one that stays so is read and says it', async () => {
  await using task = newTask()
  await using other = newTask()
  const [done, ever] = await Promise.all([task.open('/busy'), other.open('/busy?ever')])
  expect(done).toMatchObject({ text: expect.stringContaining('The rest of it.'), notes: [] })
  expect(ever).toMatchObject({ text: expect.stringContaining('Loading…'), notes: [expect.stringContaining('it is still loading')] })
})

test('a page that loads as it is scrolled is read on, or to its end', async () => {
  await using task = newTask()
  expect((await task.open('/list')).text).not.toContain('Item 21')
  const on = await task.act({ kind: 'scroll', to: 'on' })
  expect(on.title).toBe('Within a screen')
  const end = await task.act({ kind: 'scroll', to: 'end' })
  expect((await task.act({ kind: 'find', text: 'Item 200' })).text).toContain('Item 199')
  expect(end.text).not.toContain('Item 1\n')
  expect((await task.act({ kind: 'scroll', to: 'up' })).notes).toEqual([])
  expect((await task.act({ kind: 'scroll', to: 'up' })).notes).toEqual(['There was nowhere to scroll to.'])
})

test.each(['/report.pdf', '/tides.csv'])('a page that is a file (%s) is told, and plain text is a page', async (path) => {
  await using task = newTask()
  expect((await task.open(path)).file).toMatchObject({ url: site.url + path })
  expect(await task.open('/notes.txt')).toMatchObject({ file: null, text: expect.stringContaining('Plain notes') })
})
