import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTcpServer, type Server } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEgress, type Egress } from './index.ts'
import { privateHosts } from './private-spellings.fixture.ts'
import { createDestinations } from './destinations.ts'
import { isPublicAddress } from './public-address.ts'

let inside: Server
let inside6: Server
let port: number
let connections = 0
let egress: Egress

const counting = () => createTcpServer((socket) => (connections++, socket.destroy()))

beforeAll(async () => {
  inside = counting().listen(0, '127.0.0.1')
  await once(inside, 'listening')
  port = (inside.address() as { port: number }).port
  inside6 = counting().listen(port, '::1')
  await Promise.race([once(inside6, 'listening'), once(inside6, 'error')])
  egress = createEgress()
})
afterAll(async () => {
  await egress[Symbol.asyncDispose]()
  inside.close()
  inside6.close()
})

/** A site on loopback that this test's egress may reach. */
async function site(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const host = `127.0.0.1:${(server.address() as { port: number }).port}`
  const allowed = createEgress({ allowHosts: [host] })
  return {
    url: `http://${host}`,
    host,
    egress: allowed,
    async [Symbol.asyncDispose]() {
      await allowed[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
    },
  }
}

describe('a private destination is refused, however it is spelled, and nothing is dialled', () => {
  test.each(privateHosts)('%s', async (host) => {
    const before = connections
    await expect(egress.fetch(`http://${host}:${port}/latest/meta-data`)).rejects.toMatchObject({ code: 'forbidden' })
    expect(connections).toBe(before)
  })
})

test.each(['http://[fe80::1%25eth0]/', 'http://[::1%25lo]/', 'http://127.0.0.1:99999/', 'http://', 'not a url', ''])('%s is no URL', async (url) => {
  await expect(egress.fetch(url)).rejects.toMatchObject({ code: 'invalid_request' })
})

test.each([
  'file:///etc/passwd',
  'ftp://example.com/',
  'data:text/plain,x',
  'gopher://example.com/',
  'http://user:secret@example.com/',
  'blob:http://x/y',
])('%s is refused', async (url) => {
  await expect(egress.fetch(url)).rejects.toMatchObject({ code: 'forbidden' })
})

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '172.32.0.1',
  '172.15.255.255',
  '100.128.0.1',
  '11.0.0.1',
  '169.253.1.1',
  '2606:4700:4700::1111',
  '2001:4860:4860::8888',
])('%s is public', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})

test.each(['fe80::1%eth0', '::1%lo', '', 'example.com', '1.2.3'])('%j is not a public address', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test('a name is judged by every address that it has, at the moment of dialling', async () => {
  const answers = [['93.184.215.14'], ['93.184.215.14', '10.0.0.1'], ['127.0.0.1'], []]
  const destinations = createDestinations([], (_name, _options, done) =>
    done(
      null,
      answers.shift()!.map((address) => ({ address, family: 4 })),
    ),
  )
  const ask = () => destinations.addressesOf('rebinding.test', 80)
  expect(await ask()).toEqual([{ address: '93.184.215.14', family: 4 }])
  for (const _turn of ['one of two is private', 'rebound', 'none']) await expect(ask()).rejects.toMatchObject({ code: 'forbidden' })
})

test.each([301, 302, 303, 307, 308])('a %i to a private address is refused', async (status) => {
  const before = connections
  for (const target of [`http://127.0.0.1:${port}/`, `//[::1]:${port}/`, 'file:///etc/passwd', `http://localhost.:${port}/`]) {
    await using from = await site((_request, response) => response.writeHead(status, { location: target }).end())
    await expect(from.egress.fetch(from.url)).rejects.toMatchObject({ code: 'forbidden' })
  }
  expect(connections).toBe(before)
})

test('an allowed host and port is reached, and no other port of it', async () => {
  await using allowed = await site((request, response) => response.end(`${request.method} ${String(request.headers['x-test'])}`))
  const answer = await allowed.egress.fetch(allowed.url, { method: 'POST', headers: { 'x-test': 'yes' }, body: 'question' })
  expect([answer.status, answer.text(), answer.url]).toEqual([200, 'POST yes', `${allowed.url}/`])
  await expect(allowed.egress.fetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'forbidden' })
  await using byName = createEgress({ allowHosts: ['LocalHost'] })
  expect((await byName.fetch(allowed.url.replace('127.0.0.1', 'localhost'))).status).toBe(200)
})

test('redirects are followed relative to where they stand, up to the limit', async () => {
  await using hops = await site((request, response) => {
    const left = Number(request.url!.slice(1))
    if (left > 0) response.writeHead(302, { location: String(left - 1) }).end('moved')
    else response.end(request.url)
  })
  expect(await hops.egress.fetch(`${hops.url}/5`)).toMatchObject({ status: 200, url: `${hops.url}/0` })
  await expect(hops.egress.fetch(`${hops.url}/6`)).rejects.toMatchObject({ code: 'upstream_failed' })
  expect(await hops.egress.fetch(`${hops.url}/5`, { staysHere: true })).toMatchObject({
    status: 302,
    url: `${hops.url}/5`,
    headers: { location: '4' },
  })
})

test('what authenticates does not follow a redirect to another origin; a POST becomes a GET where browsers make it one', async () => {
  await using target = await site((request, response) => response.end(JSON.stringify([request.method, request.headers.authorization ?? null])))
  await using from = await site((request, response) => response.writeHead(Number(request.url!.slice(1)), { location: target.url }).end())
  await using both = createEgress({ allowHosts: [target.host, from.host] })
  const ask = async (status: number) => {
    const answer = await both.fetch(`${from.url}/${status}`, { method: 'POST', body: 'x', headers: { authorization: 'Bearer secret' } })
    return JSON.parse(answer.text()) as unknown
  }
  expect(await ask(302)).toEqual(['GET', null])
  expect(await ask(307)).toEqual(['POST', null])
})

test('a body over the limit is refused, also one that is small until it is unpacked', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000))
  await using large = await site((request, response) => {
    if (request.url === '/bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(bomb)
    else response.end(Buffer.alloc(1001))
  })
  expect(bomb.length).toBeLessThan(100_000)
  await expect(large.egress.fetch(`${large.url}/bomb`)).rejects.toMatchObject({ code: 'payload_too_large' })
  await expect(large.egress.fetch(large.url, { bytesMax: 1000 })).rejects.toMatchObject({ code: 'payload_too_large' })
  expect((await large.egress.fetch(large.url, { bytesMax: 1001 })).body).toHaveLength(1001)
})

test('text comes in the charset that the site names', async () => {
  await using latin = await site((_request, response) => response.setHeader('content-type', 'text/html; charset=iso-8859-1').end(Buffer.from([0xe9])))
  expect((await latin.egress.fetch(latin.url)).text()).toBe('é')
})

test('a site that stalls, before its head or within its body, is a timeout', async () => {
  await using stalls = await site((request, response) => {
    if (request.url === '/body') response.write('…')
  })
  for (const path of ['/', '/body']) {
    await expect(stalls.egress.fetch(stalls.url + path, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'upstream_timeout' })
  }
})

test('an abort by the caller reaches the site and is not a failure of it', async () => {
  const caller = new AbortController()
  const closed = new Promise<void>((resolve) => {
    const listener: RequestListener = (request) => {
      request.socket.once('close', () => resolve())
      caller.abort(new Error('stopped'))
    }
    void (async () => {
      await using slow = await site(listener)
      await expect(slow.egress.fetch(slow.url, { signal: caller.signal })).rejects.toThrow('stopped')
    })()
  })
  await closed
})

test('a site that is not there is a failure', async () => {
  await using gone = createEgress({ allowHosts: ['127.0.0.1', 'no-such-host.invalid'] })
  await expect(gone.fetch('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'upstream_failed' })
  await expect(gone.fetch('http://no-such-host.invalid/')).rejects.toMatchObject({ code: 'upstream_failed' })
})
