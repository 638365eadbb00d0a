import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type DuckDuckGo, startDuckDuckGo } from '../../../../simulators/duckduckgo/duckduckgo.ts'
import { createEgress, type Egress, type EgressResponse } from '#ports/egress/index.ts'
import { createDuckDuckGo } from './duckduckgo.ts'
import { readResults } from './duckduckgo-results.ts'
import { createSearchApi } from './search-api.ts'
import { createSearxng } from './searxng.ts'
import { createWebSearch } from './web-search.ts'

type Json = { status?: number; body: unknown }

const { signal } = new AbortController()
let duck: DuckDuckGo
let other: Awaited<ReturnType<typeof startJson>>
let egress: Egress
let clock: number

/** A search engine with a JSON interface that answers as it is told. */
async function startJson() {
  const asked: IncomingMessage[] = []
  const state: Json = { body: {} }
  const server = createServer((request, response) => {
    asked.push(request)
    response.writeHead(state.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(state.body))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers: (next: Json) => Object.assign(state, { status: 200 }, next),
    close: () => server.close(),
  }
}

beforeAll(async () => {
  duck = await startDuckDuckGo()
  other = await startJson()
  egress = createEgress({ allowHosts: [new URL(duck.url).host, new URL(other.url).host] })
})
afterAll(async () => {
  await egress[Symbol.asyncDispose]()
  await duck.close()
  other.close()
})
beforeEach(() => {
  duck.setMode('ok')
  duck.requests.length = other.asked.length = 0
  clock = 0
})

const searxng = () => createSearxng(egress, other.url)
const both = () => createWebSearch([createDuckDuckGo(egress, duck.url), searxng()], () => clock)
const found = { results: [{ title: 'Tides', url: 'https://sea.example/', content: 'High  at noon.' }], unresponsive_engines: [] }

describe('DuckDuckGo', () => {
  test('is read without its advertisements, each result with its own address', async () => {
    const results = await createDuckDuckGo(egress, duck.url).search('tide tables', signal)
    expect(results[0]).toEqual({
      title: 'tide tables - an encyclopedia entry',
      url: 'https://encyclopedia.example/wiki/tide-tables',
      excerpt: 'An overview of tide tables: history, meaning and further reading.',
    })
    expect(results.map(({ url }) => url).join()).not.toContain('duckduckgo')
  })

  test('that leads elsewhere has no answer to this query, and the site there is not asked', async () => {
    await expect(createDuckDuckGo(egress, duck.url).search('!elsewhere', signal)).rejects.toMatchObject({ code: 'upstream_failed' })
  })

  test.each(['rate-limited', 'anomaly', 'error'] as const)('that is %s is a failure, one that finds nothing is an answer', async (mode) => {
    duck.setMode(mode)
    await expect(createDuckDuckGo(egress, duck.url).search('x', signal)).rejects.toMatchObject({ code: 'unavailable' })
    duck.setMode('empty')
    expect(await createDuckDuckGo(egress, duck.url).search('x', signal)).toEqual([])
  })
})

const result = '<div class="result"><a class="result__a" href="https://sea.example/">anomaly-modal, challenge-form, /anomaly.js</a></div>'
const puzzle = '<form id="challenge-form"></form>'
test.each([
  ['a form by its name', puzzle, 'refusal'],
  ['a form by where it leads', '<form action="//duckduckgo.com/anomaly.js?sv=html"></form>', 'refusal'],
  ['the words of it, and nothing else', '<p>anomaly-modal, challenge-form, /anomaly.js</p>', null],
  ['a result with its words', result, 1],
  ['a result, and a form beneath it', result + puzzle, 1],
  ['no result', '<div class="no-results">No results.</div>', 0],
])('a page of DuckDuckGo is a puzzle by what it is: %s', (_name, body, expected) => {
  const page = readResults(`<!doctype html><body>${body}`)
  expect(Array.isArray(page) ? page.length : page).toBe(expected)
})

test('a page of DuckDuckGo that breaks its reader is a failure like any other', async () => {
  const text = () => '<div>'.repeat(400_000)
  const fetch = async () => ({ status: 200, headers: {}, text }) as unknown as EgressResponse
  await expect(createDuckDuckGo({ fetch }, duck.url).search('x', signal)).rejects.toMatchObject({ code: 'upstream_failed' })
})

describe('SearXNG', () => {
  test('is asked for JSON, and only web addresses come out of it', async () => {
    other.answers({ body: { ...found, results: [...found.results, { title: 'No', url: 'javascript:alert(1)' }] } })
    expect(await searxng().search('tide & moon', signal)).toEqual([{ title: 'Tides', url: 'https://sea.example/', excerpt: 'High at noon.' }])
    expect(other.asked[0]!.url).toBe('/search?q=tide+%26+moon&format=json')
  })

  test('an odd result hides no other', async () => {
    other.answers({ body: { results: [null, { title: 5, url: 'https://a.example/' }, ...found.results, {}], unresponsive_engines: [['google']] } })
    expect(await searxng().search('tide & moon', signal)).toHaveLength(1)
  })

  test('whose engines all failed has not found nothing', async () => {
    other.answers({ body: { results: [], unresponsive_engines: [['google', 'CAPTCHA']] } })
    await expect(searxng().search('x', signal)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('google: CAPTCHA') })
  })

  test.each([
    ['unavailable', { status: 403, body: {} }],
    ['unavailable', { status: 429, body: {} }],
    ['unavailable', { status: 502, body: {} }],
    ['upstream_failed', { status: 414, body: {} }],
    ['upstream_failed', { body: { other: 1 } }],
    ['upstream_failed', { body: { results: [null, {}] } }],
  ])('fails as %s when it answers %j', async (code, answer) => {
    other.answers(answer)
    await expect(searxng().search('x', signal)).rejects.toMatchObject({ code })
  })
})

test('an API in Brave’s shape gets the key in a header, and its marks are taken out', async () => {
  other.answers({
    body: {
      web: {
        results: [
          null,
          { title: 1, url: 2 },
          { title: '<strong>Tides</strong>', url: 'https://sea.example/', description: 'At <strong>noon</strong>' },
        ],
      },
    },
  })
  const results = await createSearchApi(egress, { url: `${other.url}/web`, key: 'secret' }).search('tides', signal)
  expect(results).toEqual([{ title: 'Tides', url: 'https://sea.example/', excerpt: 'At noon' }])
  expect([other.asked[0]!.url, other.asked[0]!.headers['x-subscription-token']]).toEqual(['/web?q=tides', 'secret'])
})

describe('several providers', () => {
  test('are asked in order, and the answer says who failed and why', async () => {
    duck.setMode('anomaly')
    other.answers({ body: found })
    const { results, notes } = await both().search('tides', signal)
    expect(results).toHaveLength(1)
    expect(notes).toEqual([expect.stringMatching(/^DuckDuckGo: It refuses requests/)])
  })

  test('that all fail give an error with every reason, never an empty answer', async () => {
    duck.setMode('error')
    other.answers({ status: 500, body: {} })
    await expect(both().search('tides', signal)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringMatching(/DuckDuckGo: .*500.* SearXNG: .*500/),
    })
  })

  test('one that failed is left alone for a minute, then two, and is first again when it answers', async () => {
    const search = both()
    duck.setMode('rate-limited')
    other.answers({ body: found })
    for (const query of ['a', 'b']) await search.search(query, signal)
    expect(duck.requests).toHaveLength(1)
    clock = 61_000
    await search.search('c', signal)
    expect(duck.requests).toHaveLength(2)
    clock += 61_000
    await search.search('d', signal)
    expect(duck.requests).toHaveLength(2)
    clock += 60_000
    duck.setMode('ok')
    expect((await search.search('e', signal)).notes).toEqual([])
    expect(other.asked).toHaveLength(4)
  })

  test.each([
    ['a result that speaks of its puzzle', 'anomaly-modal and challenge-form', 200],
    ['a query that leads elsewhere', '!elsewhere', 0],
    ['a query whose page cannot be read', '!odd', 0],
  ])('%s rests nobody', async (_name, query, found) => {
    const search = createWebSearch([createDuckDuckGo(egress, duck.url)], () => clock)
    const first = search.search(query, signal)
    if (found > 0) expect((await first).results[0]!.title).toContain('anomaly-modal')
    else await expect(first).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('could not be searched') })
    expect((await search.search('tides', signal)).results.length).toBeGreaterThan(0)
  })

  test('the same question is not asked again for ten minutes', async () => {
    const search = both()
    for (const query of ['Tides', ' tides ']) await search.search(query, signal)
    expect(duck.requests).toHaveLength(1)
    clock = 600_001
    await search.search('tides', signal)
    expect(duck.requests).toHaveLength(2)
  })

  test('a stopped search fails nobody', async () => {
    duck.setMode('stall')
    const search = both()
    const stop = new AbortController()
    const asking = search.search('tides', stop.signal)
    while (duck.requests.length === 0) await new Promise(setImmediate)
    stop.abort(new Error('stopped'))
    await expect(asking).rejects.toThrow('stopped')
    duck.setMode('ok')
    expect((await search.search('tides', signal)).notes).toEqual([])
  })
})
