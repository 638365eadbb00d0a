import { createECDH } from 'node:crypto'
import { importJWK, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Resolver } from '#ports/egress/destinations.ts'
import { type PushService, startPushService } from '../../../../simulators/push/push.ts'
import { encryptFor, isReceiver } from './encrypt.ts'
import { identify } from './identify.ts'
import { createPush, newPushKey, type Push } from './index.ts'

// RFC 8291 §5.
const example = {
  text: 'When I grow up, I want to be a watermelon',
  p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
  privateKey: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  body: 'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
}

let service: PushService
let push: Push
const contact = 'https://jarvis.example.org'
beforeAll(async () => {
  service = await startPushService()
  push = createPush({ hosts: [service.host], contact })
})
afterAll(async () => {
  await push[Symbol.asyncDispose]()
  await service.close()
})

test('the example of RFC 8291 is encrypted as it is there, octet by octet', () => {
  const chosen = { privateKey: Buffer.from(example.privateKey, 'base64url'), salt: Buffer.from(example.salt, 'base64url') }
  const body = encryptFor(example, example.text, { ...chosen, bytes: Buffer.byteLength(example.text) + 1 })
  expect(body.toString('base64url')).toBe(example.body)
})

test('all messages are as long as each other, and what is too long is refused', () => {
  const lengths = ['', 'x', 'é'.repeat(1000), 'x'.repeat(2047)].map((text) => encryptFor(example, text).length)
  expect(new Set(lengths).size).toBe(1)
  expect(lengths[0]).toBeLessThanOrEqual(4096)
  expect(() => encryptFor(example, 'x'.repeat(2048))).toThrow(RangeError)
})

test.each([
  ['the example', example, true],
  ['a secret that is too short', { ...example, auth: 'BTBZMqHH' }, false],
  ['a key that is too short', { ...example, p256dh: 'BCVxsr7N' }, false],
  ['no point of the curve', { ...example, p256dh: Buffer.concat([Buffer.of(4), Buffer.alloc(64, 7)]).toString('base64url') }, false],
])('a receiver is one whom something can be encrypted for: %s', (_, receiver, isOne) => expect(isReceiver(receiver)).toBe(isOne))

test('who sends says so as RFC 8292 has it, and the example of the RFC verifies by the same', async () => {
  const verify = async (header: string, audience: string, currentDate: Date) => {
    const [, token, key] = /^vapid t=(.+), k=(.+)$/.exec(header)!
    const point = Buffer.from(key!, 'base64url')
    const jwk = { kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'), y: point.subarray(33).toString('base64url') }
    return await jwtVerify(token!, await importJWK(jwk, 'ES256'), { audience, currentDate })
  }
  const ofRfc =
    'vapid t=eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA, k=BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs'
  const { payload } = await verify(ofRfc, 'https://push.example.net', new Date(1_453_500_000_000))
  expect(payload).toEqual({ aud: 'https://push.example.net', exp: 1_453_523_768, sub: 'mailto:push@example.com' })
  const now = 1_800_000_000
  const own = await identify('https://push.example.net/push/x?y=z', newPushKey(), 'mailto:jarvis@example.org', now)
  const { payload: said, protectedHeader } = await verify(own, 'https://push.example.net', new Date(now * 1000))
  expect(protectedHeader).toEqual({ typ: 'JWT', alg: 'ES256' })
  expect(said).toEqual({ aud: 'https://push.example.net', exp: now + 12 * 3600, sub: 'mailto:jarvis@example.org' })
})

test('a new key has both halves whole', () => {
  for (let at = 0; at < 50; at++) {
    const { publicKey, privateKey } = newPushKey()
    const ecdh = createECDH('prime256v1')
    ecdh.setPrivateKey(privateKey, 'base64url')
    expect([ecdh.getPublicKey('base64url'), Buffer.from(privateKey, 'base64url').length]).toEqual([publicKey, 32])
  }
})

test('a message arrives, readable for the browser, and the service believes who sends it', async () => {
  const key = newPushKey()
  const { subscription, received } = service.browser(key.publicKey)
  const receiver = { endpoint: subscription.endpoint, ...subscription.keys }
  expect(await push.send(receiver, 'Grüße 🌊', key)).toEqual({ as: 'taken' })
  expect(received).toEqual([{ text: 'Grüße 🌊', bytes: expect.any(Number), ttl: '86400', urgency: 'high', contact }])
  expect(await push.send(receiver, 'Hello', newPushKey())).toEqual({ as: 'refused', status: 403 })
  expect(received).toHaveLength(1)
})

test('what the service answers says what follows; a redirect is not followed', async () => {
  const key = newPushKey()
  const browser = service.browser(key.publicKey)
  const receiver = { endpoint: browser.subscription.endpoint, ...browser.subscription.keys }
  browser.answers.push(404, 410, 400, 413, 307, 429, 500, 503)
  const said = []
  for (let at = 0; at < 8; at++) said.push(await push.send(receiver, 'x', key).catch((error: { code: string }) => error.code))
  expect(said).toEqual([
    { as: 'gone' },
    { as: 'gone' },
    ...[400, 413, 307].map((status) => ({ as: 'refused', status })),
    'upstream_failed',
    'upstream_failed',
    'upstream_failed',
  ])
  expect(service.requests.filter(({ path }) => path === '/elsewhere')).toEqual([])
  const ended = new AbortController()
  ended.abort(new Error('stopped'))
  await expect(push.send(receiver, 'x', key, ended.signal)).rejects.toThrow('stopped')
})

test.each([
  ['https://fcm.googleapis.com/fcm/send/x', true],
  ['https://updates.push.services.mozilla.com/wpush/v2/x', true],
  ['http://push.example.net/x', false],
  ['https://push.example.net:8443/x', false],
  ['https://user:password@push.example.net/x', false],
  ['https://127.0.0.1/x', false],
  ['https://localhost/x', false],
  ['https://10.0.0.5/x', false],
  ['https://[::1]/x', false],
  ['https://169.254.169.254/latest', false],
  ['ftp://push.example.net/x', false],
  ['nowhere', false],
])('without a word of the operator %s is sent to: %s', async (endpoint, may) => {
  await using open = createPush({ hosts: [], contact })
  expect(open.mayGoTo(endpoint)).toBe(may)
  if (!may) expect(await open.send({ endpoint, p256dh: example.p256dh, auth: example.auth }, 'x', newPushKey())).toEqual({ as: 'gone' })
})

test('a name that leads inside gets nothing', async () => {
  const resolver: Resolver = (_name, _options, answer) => answer(null, [{ address: '127.0.0.1', family: 4 }])
  await using open = createPush({ hosts: [], contact, resolver })
  const endpoint = 'https://push.example.net/x'
  expect(open.mayGoTo(endpoint)).toBe(true)
  expect(await open.send({ endpoint, p256dh: example.p256dh, auth: example.auth }, 'x', newPushKey())).toEqual({ as: 'gone' })
})

test('where the operator named hosts nothing goes elsewhere', async () => {
  await using named = createPush({ hosts: ['push.example.net', '10.0.0.5:8080'], contact })
  const may = [
    'https://push.example.net/x',
    'http://10.0.0.5:8080/x',
    'http://10.0.0.5/x',
    'https://fcm.googleapis.com/x',
    'https://a.push.example.net/x',
  ]
  expect(may.map((endpoint) => named.mayGoTo(endpoint))).toEqual([true, true, false, false, false])
})
