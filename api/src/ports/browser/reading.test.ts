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
    { kind: 'local', executable: '/usr/bin/chromium-headless-shell', sandbox: process.getuid?.() !== 0, allowHosts },
    { placesMax: 6, workMs: 20_000 },
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

/** A page with a heading and this. */
const pageWith = (what: string) => `/with?what=${encodeURIComponent(what)}`

test.each([
  ['a frame', () => '<iframe src="/tides.csv"></iframe>', 'tides.csv'],
  ['a frame of another site', () => `<iframe src="${elsewhere}/tides.csv"></iframe>`, 'tides.csv'],
  ['a frame with an archive', () => '<iframe src="/file.zip"></iframe>', 'file.zip'],
  ['a script, later', () => `<script>onload = () => setTimeout(() => { location = '/file.zip' }, 10)</script>`, 'file.zip'],
])('a file of %s never takes the place of the page', async (_name, what, file) => {
  await using task = newTask()
  const view = await task.open(pageWith(what()))
  expect(view).toMatchObject({ title: 'With', file: null, text: expect.stringContaining('A page of its own') })
  expect(view.notes).toEqual([expect.stringContaining(file)])
})

test('a file that was asked for is given: by a redirect, a link, a link to a new window', async () => {
  await using task = newTask()
  const file = { url: `${site.url}/tides.csv` }
  expect(await task.open('/redirect?to=/tides.csv')).toMatchObject({ file })
  for (const link of ['href=/tides.csv', 'href="/redirect?to=/tides.csv"', 'href=/tides.csv target=_blank']) {
    expect(await task.click(await task.open(pageWith(`<a ${link}>Tides</a>`)), 'Tides')).toMatchObject({ file })
  }
})

test('a picture of text, and a page that has removed itself, are read as what they have', async () => {
  await using task = newTask()
  expect(await task.open('/picture.svg')).toMatchObject({ title: 'Chart', text: 'Chart\n\nHigh water at noon' })
  expect(await task.open('/blank.svg')).toMatchObject({ text: '', elements: [] })
  for (const what of ['<iframe src=/picture.svg></iframe>', '<object data=/picture.svg></object>']) {
    expect((await task.open(pageWith(what))).text).toMatch(/A page of its own[^]*High water at noon/)
  }
  expect(await task.open(pageWith('<iframe src=/blank.svg></iframe>'))).toMatchObject({ text: '# A page of its own', notes: [] })
  expect(await task.open(pageWith('<script>document.documentElement.remove()</script>'))).toMatchObject({ text: '', elements: [] })
  expect((await task.act({ kind: 'scroll', to: 'on' })).notes).toEqual(['There was nowhere to scroll to.'])
})

const lateIn = (first: string) => `<div id=d>${first}</div><script>setTimeout(() => { d.outerHTML = '<p>Here at last.' }, 2500)</script>`

const late = {
  'a line that goes on': lateIn('Loading…'),
  'one in another language, beside a frame': `<iframe src=/framed></iframe>${lateIn('加载中……')}`,
  'one in a frame': `<iframe srcdoc="${lateIn('Laden...')}"></iframe>`,
  'one in a shadow root': `<x-a id=a></x-a><script>const r = a.attachShadow({ mode: 'open' }); r.innerHTML = '<div>Chargement…</div>'
    setTimeout(() => { r.innerHTML = '<p>Here at last.' }, 2500)</script>`,
  'an indicator': lateIn('<p role=progressbar>0</p>'),
}

test('a page that shows that it loads is waited for; one that shows it for ever is read and says so, however far it is scrolled', async () => {
  const opened = Object.entries(late).map(async ([name, what]) => {
    await using task = newTask()
    expect(await task.open(pageWith(what)), name).toMatchObject({ text: expect.stringContaining('Here at last.'), notes: [] })
  })
  await using task = newTask()
  const ever = await task.open(pageWith('<p>Loading…</p><script></script><div style="height:9000px">'))
  expect(ever.notes).toEqual([expect.stringContaining('still loading')])
  expect(await task.act({ kind: 'scroll', to: 'end' })).toMatchObject({ title: 'With' })
  await Promise.all(opened)
})

test('a button, a link, a list of cut lines, and a page without scripts are no sign that it loads', async () => {
  const script = '<script></script>'
  const pages = [
    `<button>More…</button><a href=/>Read on…</a><nav><span>1</span><span>…</span></nav>${script}`,
    `<p>The tide…</p><p>The sea…</p><p>The wind…</p><p>The moon…</p>${script}`,
    `<p>Loading…</p>`,
    `<p style="display:none">Loading…</p><p role=progressbar aria-valuenow=3>3 of 7</p>${script}`,
  ]
  const opened = pages.map(async (what) => {
    await using task = newTask()
    expect((await task.open(pageWith(what))).notes).toEqual([])
  })
  await Promise.all(opened)
})
