import { expect, onTestFinished, test } from 'vitest'
import { type DuckDuckGoOptions, startDuckDuckGo } from './duckduckgo.ts'

async function start(options: DuckDuckGoOptions = {}) {
  const engine = await startDuckDuckGo(options)
  onTestFinished(() => engine.close())
  const search = (q: string) => fetch(engine.url, { method: 'POST', body: new URLSearchParams({ q }) })
  return { ...engine, search }
}

test('results are links through a redirect, with bold words, snippets and an advertisement', async () => {
  const { search, url, requests } = await start({
    results: [{ title: 'Cats & <dogs>', url: 'https://cats.example/?a=1&b=2', excerpt: 'All of cats' }],
  })
  const html = await (await search('cats')).text()
  expect(html).toContain(`href="//duckduckgo.com/l/?uddg=${encodeURIComponent('https://cats.example/?a=1&b=2')}&#38;rut=`)
  expect(html).toContain('<b>Cats</b> &#38; &#60;dogs&#62;')
  expect(html).toContain('class="result__snippet"')
  expect(html.match(/result--ad/g)).toHaveLength(1)
  expect(await (await fetch(`${url}?q=cats`)).text()).toBe(html)
  expect(requests.map(({ method, query }) => [method, query])).toEqual([
    ['POST', 'cats'],
    ['GET', 'cats'],
  ])
})

test('each mood answers as the real one does', async () => {
  const { search, setMode } = await start()
  const moods = {
    ok: [200, 'result__a'],
    empty: [200, 'No results.'],
    'rate-limited': [202, 'anomaly-modal'],
    anomaly: [200, 'anomaly-modal'],
    error: [500, 'Error'],
  } as const
  for (const [mood, [status, content]] of Object.entries(moods)) {
    setMode(mood as keyof typeof moods)
    const response = await search('cats')
    expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(content)])
  }
})

test('a stalled search never answers', async () => {
  const { url } = await start({ mode: 'stall' })
  await expect(fetch(`${url}?q=cats`, { signal: AbortSignal.timeout(100) })).rejects.toThrow()
})
