import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { privateHosts } from '#ports/egress/private-spellings.fixture.ts'
import type { Resolver } from '#ports/egress/destinations.ts'
import { createEgress, type EgressOptions } from '#ports/egress/index.ts'
import { openPinningProxy } from '#ports/egress/pinning-proxy.ts'
import { createChatModel } from '#ports/models/chat-models.ts'
import { openS3 } from '#ports/blobs/s3.ts'
import { createStripePayments } from '#ports/payments/stripe.ts'
import { startForwardProxy } from '#test/engines/forward-proxy.ts'
import { openOutward, proxyFor } from './index.ts'

let proxy: Awaited<ReturnType<typeof startForwardProxy>>
/** What the whole web is to the proxy of this test. */
const web = createServer((asked, response) => {
  if (asked.url === '/inside') return void response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end()
  if (asked.url?.endsWith('/chat/completions')) {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    return void response.end('data: {"choices":[{"delta":{"content":"by proxy"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n')
  }
  if (asked.url?.startsWith('/v1/prices')) return void response.end(JSON.stringify({ id: 'price_1', unit_amount: 900, currency: 'usd' }))
  response.end(`${asked.headers.host}${asked.url}`)
})
beforeAll(async () => {
  await once(web.listen(0, '127.0.0.1'), 'listening')
  proxy = await startForwardProxy(() => `127.0.0.1:${(web.address() as AddressInfo).port}`)
})
afterAll(async () => {
  await proxy[Symbol.asyncDispose]()
  web.close()
})
beforeEach(() => void proxy.asked.splice(0))

const proxies = (none = '') => ({ http: proxy.url, https: undefined, none })
const publicAddress = '93.184.216.34'
/** Answers in turn; the last answer stays. */
const resolves = (...answers: string[]): Resolver => {
  let asked = 0
  return (_hostname, _options, callback) => callback(null, [{ address: answers[Math.min(asked++, answers.length - 1)]!, family: 4 }])
}

test.each([
  ['', 'http://example.org', true],
  ['example.org', 'http://example.org', false],
  ['example.org', 'http://api.example.org', false],
  ['.example.org', 'http://example.org', false],
  ['*.example.org', 'http://example.org', true],
  ['*.example.org', 'http://api.example.org', false],
  ['example.org', 'http://notexample.org', true],
  ['localhost, example.org:8080', 'http://example.org', true],
  ['localhost,example.org:8080', 'http://example.org:8080', false],
  ['[::1]:80', 'http://[::1]/', false],
  ['::1', 'http://[::1]:90/', false],
  ['*', 'https://example.org', false],
])('NO_PROXY=%s: %s goes through the proxy: %s', (none, address, isProxied) => {
  const { protocol, hostname, port } = new URL(address)
  const target = { protocol, hostname, port: Number(port || (protocol === 'https:' ? 443 : 80)) }
  expect(proxyFor({ http: 'http://proxy:3128', https: undefined, none }, target)?.host).toBe(isProxied ? 'proxy:3128' : undefined)
})

test('a model and Stripe are asked through the proxy, with its password, by names that only the proxy knows', async () => {
  const dispatcher = openOutward({ http: proxy.urlOf('jarvis', 'p%40ss'), https: undefined, none: '' })!
  const model = createChatModel(
    { id: 'one', kind: 'openai', baseUrl: 'http://models.invalid/v1', apiKey: 'key', dispatcher },
    { id: 'm', provider: 'one', model: 'm', dialect: {} },
  )
  expect((await model.complete({ messages: [{ role: 'user', text: 'Hi' }], tools: [] })).text).toBe('by proxy')
  const stripe = createStripePayments({ secretKey: 'sk_test_1', webhookSecret: 'whsec_1', apiBase: 'http://stripe.invalid:8080', dispatcher })
  expect(await stripe.price('price_1')).toEqual({ currency: 'USD', value: '9.00' })
  expect(proxy.targets()).toEqual([
    expect.stringContaining('http://models.invalid/v1/chat'),
    expect.stringContaining('http://stripe.invalid:8080/v1/prices'),
  ])
  const credentials = `Basic ${Buffer.from('jarvis:p@ss').toString('base64')}`
  expect(proxy.asked.map(({ headers }) => headers['proxy-authorization'])).toEqual([credentials, credentials])
  await dispatcher.destroy()
})

test('a bucket is reached through the proxy, by a name that only the proxy knows, unless NO_PROXY names it', async () => {
  const endpoint = 'http://buckets.invalid:9000'
  const config = { kind: 's3' as const, endpoint, region: 'eu-central-1', bucket: 'jarvis', prefix: '', credentials: undefined }
  const named = { ...config, credentials: { accessKeyId: 'key', secretAccessKey: 'secret' } }
  const read = async (none: string) => {
    using place = openS3(named, { proxies: { http: proxy.urlOf('jarvis', 'p%40ss'), https: undefined, none } })
    return await place.get('file')
  }
  expect(String(await buffer((await read(''))!))).toBe('buckets.invalid:9000/jarvis/file?x-id=GetObject')
  expect(proxy.targets()).toEqual([`GET ${endpoint}/jarvis/file?x-id=GetObject`])
  expect(proxy.asked[0]!.headers['proxy-authorization']).toBe(`Basic ${Buffer.from('jarvis:p@ss').toString('base64')}`)
  await expect(read('.invalid')).rejects.toMatchObject({ code: 'unavailable' })
  expect(proxy.targets()).toHaveLength(1)
})

describe('what tools fetch goes through the proxy under the same rules:', () => {
  const fetchBy = async (url: string, options: EgressOptions) => {
    await using egress = createEgress({ proxies: proxies(), ...options })
    return await egress.fetch(url)
  }

  test('the proxy gets the address that was checked, the site its name', async () => {
    const { body } = await fetchBy('http://site.test/page', { resolver: resolves(publicAddress, '10.0.0.7') })
    expect(body.toString()).toBe('site.test/page')
    expect(proxy.targets()).toEqual([`CONNECT ${publicAddress}:80`])
  })

  test.each([...privateHosts, 'localhost', 'a.localhost'])('%s is refused, and the proxy is not asked', async (host) => {
    for (const namesToProxy of [[], ['*'], ['site.test']])
      await expect(fetchBy(`http://${host}/latest`, { namesToProxy })).rejects.toMatchObject({ code: 'forbidden' })
    expect(proxy.targets()).toEqual([])
  })

  test('a name of a private address is refused, and so is a redirect to one', async () => {
    await expect(fetchBy('http://intranet.test/', { resolver: resolves('10.0.0.7') })).rejects.toMatchObject({ code: 'forbidden' })
    expect(proxy.targets()).toEqual([])
    await expect(fetchBy('http://site.test/inside', { resolver: resolves(publicAddress) })).rejects.toMatchObject({ code: 'forbidden' })
    await expect(fetchBy('http://site.test/inside', { namesToProxy: ['*'] })).rejects.toMatchObject({ code: 'forbidden' })
    expect(proxy.targets()).toEqual([`CONNECT ${publicAddress}:80`, 'GET http://site.test/inside'])
  })

  test('a host that the proxy looks up is asked for as a whole, in clear and by its name', async () => {
    const unknown: Resolver = (_hostname, _options, callback) => callback(new Error('nobody knows it'), [])
    expect((await fetchBy('http://search.test/html', { resolver: unknown, namesToProxy: ['search.test'] })).body.toString()).toBe('search.test/html')
    expect(proxy.targets()).toEqual(['GET http://search.test/html'])
    await expect(fetchBy('http://other.test/', { resolver: unknown, namesToProxy: ['search.test'] })).rejects.toMatchObject({
      code: 'upstream_failed',
    })
    expect(proxy.targets()).toHaveLength(1)
  })

  test('NO_PROXY is dialled directly', async () => {
    const host = `127.0.0.1:${(web.address() as AddressInfo).port}`
    await fetchBy(`http://${host}/`, { allowHosts: [host], proxies: proxies('127.0.0.1') })
    expect(proxy.targets()).toEqual([])
  })
})

describe('a page in the browser goes through both proxies:', () => {
  async function browse(target: string, options: Parameters<typeof openPinningProxy>[0]) {
    await using pinning = await openPinningProxy({ proxies: proxies(), ...options })
    const { hostname, port } = new URL(pinning.url)
    const asked = request({ hostname, port, method: target.startsWith('http') ? 'GET' : 'CONNECT', path: target, agent: false }).end()
    const [answer] = (await Promise.race([once(asked, 'response'), once(asked, 'connect')])) as [{ statusCode: number }]
    asked.destroy()
    return answer.statusCode
  }

  test('the address that was checked', async () => {
    const resolver = resolves(publicAddress)
    expect([await browse('http://site.test/', { resolver }), await browse('site.test:443', { resolver })]).toEqual([200, 200])
    expect(proxy.targets()).toEqual([`CONNECT ${publicAddress}:80`, `CONNECT ${publicAddress}:443`])
  })

  test('nothing private, looked up here or there', async () => {
    const options = [{ resolver: resolves('10.0.0.7') }, { namesToProxy: ['*'] }]
    expect([await browse('http://site.test/', options[0]), await browse('site.test:443', options[0])]).toEqual([403, 403])
    expect([await browse('http://10.0.0.7/', options[1]), await browse('10.0.0.7:443', options[1])]).toEqual([403, 403])
    expect(proxy.targets()).toEqual([])
  })

  test('names, where the proxy looks them up', async () => {
    const options = { namesToProxy: ['*'] }
    expect([await browse('http://site.test/page', options), await browse('site.test:443', options)]).toEqual([200, 200])
    expect(proxy.targets()).toEqual(['GET http://site.test/page', 'CONNECT site.test:443'])
  })
})
