import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { type ClientRequest, createServer, type IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { Problem } from '@jarvis/contracts/errors.ts'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { freePort } from '../engines/free-port.ts'
import { startNginx } from './nginx.ts'

/** What stands behind nginx here answers at once; a stream that begins stays open. */
const behind = createServer((request, response) => {
  if (!request.url!.endsWith('/events')) return void response.end('{}')
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': open\n\n')
})
behind.on('upgrade', (_request, socket) => {
  socket.on('error', () => undefined).write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n')
})
await once(behind.listen(0, '127.0.0.1'), 'listening')
const upstreams = [`http://127.0.0.1:${(behind.address() as AddressInfo).port}`]

const begin = async (settings: Record<string, string>) => {
  const nginx = await startNginx({ httpsPort: await freePort(), upstreams, settings })
  const open: ClientRequest[] = []
  /** Of a connection of its own, as another machine of the office has one. Resolves with the status; the connection stays. */
  async function status(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<number> {
    const asked = request(`${nginx.url}${path}`, { method, headers, agent: false })
    open.push(asked.on('error', () => undefined))
    asked.end()
    const answered = await Promise.race([once(asked, 'response'), once(asked, 'upgrade')])
    return (answered[0] as IncomingMessage).statusCode!
  }
  return {
    status,
    socket: () => status('/api/v1/ws', { connection: 'Upgrade', upgrade: 'websocket' }),
    stream: () => status('/api/v1/runs/1/events'),
    url: nginx.url,
    log: nginx.log,
    async [Symbol.asyncDispose]() {
      for (const each of open) each.destroy()
      await nginx[Symbol.asyncDispose]()
    },
  }
}

const times = <Result>(count: number, ask: () => Promise<Result>) => Promise.all(Array.from({ length: count }, ask))

/** What deploy/compose.yaml sets where the operator says nothing. */
function shipped(): Record<string, string> {
  const { services } = parse(readFileSync(new URL('../../../deploy/compose.yaml', import.meta.url), 'utf8'), { merge: true }) as {
    services: { nginx: { environment: Record<string, string> } }
  }
  const limits = Object.entries(services.nginx.environment).filter(([name]) => /_(SECOND|BURST|ADDRESS)$/.test(name))
  return Object.fromEntries(limits.map(([name, value]) => [name, /:-(\d+)\}$/.exec(value)?.[1] ?? value]))
}

test('as it is shipped: an office with 300 sockets open gets in, and 300 of its pages renew their tokens at once', async () => {
  await using office = await begin(shipped())
  expect(new Set(await times(300, office.socket))).toEqual(new Set([101]))
  expect(new Set(await times(300, () => office.status('/api/v1/auth/refresh', {}, 'POST')))).toEqual(new Set([200]))
  expect(await office.status('/healthz')).toBe(200)
})

test('each kind has a zone of its own: full of sockets, an address still asks; full of requests, its sockets still open', async () => {
  await using full = await begin({ SOCKETS_PER_ADDRESS: '2' })
  expect([await full.socket(), await full.stream(), await full.socket(), await full.stream()]).toEqual([101, 200, 429, 429])
  expect([await full.status('/api/v1/me'), await full.status('/healthz')]).toEqual([200, 200])

  await using busy = await begin({ REQUESTS_PER_SECOND: '1', REQUESTS_BURST: '3', SIGN_INS_BURST: '1', SIGN_INS_PER_SECOND: '1' })
  const asked = await times(12, () => busy.status('/api/v1/me'))
  expect(asked).toContain(429)
  expect(await busy.socket()).toBe(101)
  expect(new Set(await times(12, () => busy.status('/healthz')))).toEqual(new Set([200]))
  const refused = await fetch(`${busy.url}/api/v1/me`)
  expect(Problem.parse(await refused.json())).toMatchObject({ status: 429, code: 'rate_limited' })
})

test('sign-ins and registrations are bounded by address, renewals are not among them', async () => {
  await using office = await begin({ SIGN_INS_BURST: '1', SIGN_INS_PER_SECOND: '1' })
  expect(await times(8, () => office.status('/api/v1/auth/login', {}, 'POST'))).toContain(429)
  expect(new Set(await times(30, () => office.status('/api/v1/auth/refresh', {}, 'POST')))).toEqual(new Set([200]))
})

test('the log names where a request went, and neither what was asked nor what opens a shared conversation', async () => {
  await using office = await begin({ REQUESTS_PER_SECOND: '1', REQUESTS_BURST: '4' })
  const asked = ['/api/v1/conversations?q=canary', '/api/v1/shared/canary', '/shared/canary', '/api/v1/auth/oidc/x/callback?code=canary']
  for (const path of asked) expect(await office.status(path)).toBe(200)
  // What nginx refuses itself, and what no upstream answers, it would tell in words of its own.
  expect(await times(20, () => office.status('/api/v1/conversations?q=canary'))).toContain(429)
  await using alone = await startNginx({ httpsPort: await freePort(), upstreams: [`http://127.0.0.1:${await freePort()}`] })
  expect((await fetch(`${alone.url}/api/v1/conversations?q=canary`)).status).toBe(502)
  for (const path of ['/api/v1/conversations', '/api/v1/shared/:token', '/shared/:token', '/api/v1/auth/oidc/x/callback'])
    expect(office.log()).toContain(`"path":"${path}"`)
  expect(alone.log()).toContain('"status":502')
  expect(office.log() + alone.log()).not.toContain('canary')
})
