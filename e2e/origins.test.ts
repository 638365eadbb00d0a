import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { composer, openBrowser, openPage, signUp } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

let elsewhere: Server
let jarvis: Jarvis
let browser: Browser
/** Jarvis is at localhost: these are other sites for a browser, and the first of them is allowed. */
let friend: string
let stranger: string
const email = `e2e-${crypto.randomUUID()}@example.org`

beforeAll(async () => {
  elsewhere = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>Elsewhere</title>'))
  elsewhere.listen(0)
  await once(elsewhere, 'listening')
  const { port } = elsewhere.address() as AddressInfo
  ;[friend, stranger] = [`http://127.0.0.1:${port}`, `http://127.0.0.2:${port}`]
  ;[jarvis, browser] = await Promise.all([startJarvis({ ALLOWED_ORIGINS: friend }), openBrowser()])
  await signUp((await openPage(browser, jarvis.url)).page, email)
})
afterAll(async () => {
  await browser.close()
  elsewhere.close()
  await jarvis[Symbol.asyncDispose]()
})

const signInBody = { email, password: 'a sentence to remember' }

/** What a script of the page gets: a status, or the browser's refusal to let it read or send. */
const ask = (page: Page, method: string, path: string, token?: string, body?: unknown) =>
  page.evaluate(
    async ({ url, method, token, body }) => {
      const headers = { ...(token && { authorization: `Bearer ${token}` }), ...(body !== undefined && { 'content-type': 'application/json' }) }
      const payload = body === undefined ? {} : { body: JSON.stringify(body) }
      try {
        const answer = await fetch(url, { method, headers, ...payload })
        return { status: answer.status, requestId: answer.headers.get('x-request-id'), body: await answer.json().catch(() => null) }
      } catch (error) {
        return { status: String(error), requestId: null, body: null }
      }
    },
    { url: jarvis.url + path, method, token, body },
  )

test('a page of an allowed origin reaches every operation, by every method; one of another origin none', async () => {
  const { page } = await openPage(browser, friend)
  await page.goto(friend)
  const signedIn = await ask(page, 'POST', '/api/v1/auth/login?transport=body', undefined, signInBody)
  expect(signedIn.status).toBe(200)
  const token = (signedIn.body as { accessToken: string }).accessToken
  const operations = [...Object.values(endpoints), ...(['PUT', 'PATCH', 'DELETE'] as const).map((method) => ({ method, url: '/api/v1/nothing' }))]
  const unreachable: string[] = []
  for (const { method, url } of operations) {
    if (url === '/api/v1/me' && method === 'DELETE') continue
    const { status, requestId } = await ask(page, method, url.replaceAll(/:\w+/g, crypto.randomUUID()), token, method === 'GET' ? undefined : {})
    if (typeof status !== 'number' || requestId === null) unreachable.push(`${method} ${url}: ${status}`)
  }
  expect(unreachable).toEqual([])

  const other = (await openPage(browser, stranger)).page
  await other.goto(stranger)
  for (const { method, url } of operations)
    expect((await ask(other, method, url.replaceAll(/:\w+/g, crypto.randomUUID()), token, method === 'GET' ? undefined : {})).status).toMatch(
      'Failed to fetch',
    )
})

const elsewheres = [
  'https://evil.test/',
  '//evil.test/',
  '/\\evil.test/',
  '/\t/evil.test/',
  '\\\\evil.test',
  'javascript:document.title="run"',
  'data:text/html,hi',
  ' https://evil.test',
  'http:evil.test',
  '/.//evil.test/',
  '/x/..//evil.test/',
  // What leads on itself: in itself, twice, with the other page, encoded twice.
  '/sign-in?next=https://evil.test/',
  '/sign-up?next=https%3A%2F%2Fevil.test',
  '/Sign-In/?next=//evil.test',
  '/sign-in?next=%2Fsign-in%3Fnext%3Dhttps%253A%252F%252Fevil.test',
  '/sign%2Din?next=https://evil.test/',
  '/%73ign-in?next=https%253A%252F%252Fevil.test',
]
const places = [['/memory', '/memory'], ['/usage?group=model', '/usage?group=model'], ...elsewheres.map((next) => [next, '/'])] as [string, string][]

test('after signing in, or when one has, `next` leads to a page of Jarvis and nowhere else', async () => {
  const { page, context } = await openPage(browser, jarvis.url)
  const left: string[] = []
  page.on('request', (request) => {
    if (request.isNavigationRequest() && new URL(request.url()).origin !== jarvis.url) left.push(request.url())
  })
  const signInAt = async (next: string) => {
    await context.clearCookies()
    await page.goto(`/sign-in?next=${encodeURIComponent(next)}`)
    await page.getByLabel('Email').fill(email)
    await page.getByLabel('Password').fill(signInBody.password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }
  const nested = places.find(([next]) => next.startsWith('/sign-in?'))!
  for (const [next, place] of [places[0]!, places[1]!, places[2]!, places[3]!, nested]) {
    await signInAt(next)
    await expect.poll(() => page.url()).toBe(jarvis.url + place)
  }
  for (const path of ['/sign-in', '/sign-up'])
    for (const [next, place] of places) {
      await page.goto(`${path}?next=${encodeURIComponent(next)}`)
      await expect.poll(() => page.url()).toBe(jarvis.url + place)
    }
  // Said twice, and as JSON, which is how the router writes what is no plain text.
  for (const query of [
    'next=/memory&next=https://evil.test/',
    `next=${encodeURIComponent('"https://evil.test/"')}`,
    'next={"href":"https://evil.test/"}',
  ]) {
    await page.goto(`/sign-in?${query}`)
    await composer(page).waitFor()
  }
  expect(left).toEqual([])
})

test('who is sent to sign in comes back to the page they wanted', async () => {
  const { page } = await openPage(browser, jarvis.url)
  await page.goto('/usage?group=model')
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(signInBody.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect.poll(() => page.url()).toBe(`${jarvis.url}/usage?group=model`)
})
