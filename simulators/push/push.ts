import { createDecipheriv, createECDH, createHmac, createPublicKey, type ECDH, randomBytes, verify } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listenOnLoopback } from '../web/loopback.ts'

/** A browser's subscription as the page would send it on, and what came to it. */
export type PushBrowser = {
  subscription: { endpoint: string; keys: { p256dh: string; auth: string }; publicKey: string }
  /** What the browser could read of each message that was taken, and what the service saw of it. */
  received: { text: string; bytes: number; ttl: string; urgency: string | undefined; contact: string }[]
  /** Statuses of further answers, one after the other; then 201 again. */
  answers: number[]
}
export type PushService = {
  host: string
  /** Of every request, in order. */
  requests: { path: string; status: number }[]
  browser(publicKey: string): PushBrowser
  close(): Promise<void>
}

type Held = PushBrowser & { ecdh: ECDH; secret: Buffer }

/** A push service and the browsers behind it: it believes nobody (RFC 8292), and they decrypt (RFC 8291), by code of their own. */
export async function startPushService(): Promise<PushService> {
  const browsers = new Map<string, Held>()
  const requests: PushService['requests'] = []
  const server = createServer((request, response) => void answer(request, response))
  const { url, host, close } = await listenOnLoopback(server)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const status = await take(request).catch(() => 400)
    requests.push({ path: request.url!, status })
    // Followed, it would lead to where nothing is to be sent.
    response.writeHead(status, status === 307 ? { location: '/elsewhere' } : {}).end()
  }

  async function take(request: IncomingMessage): Promise<number> {
    const body = Buffer.concat((await request.toArray()) as Buffer[])
    const browser = browsers.get(request.url!)
    if (!browser) return 404
    const told = browser.answers.shift()
    if (told !== undefined) return told
    const { headers, method } = request
    if (method !== 'POST' || headers['content-encoding'] !== 'aes128gcm' || !/^\d+$/.test(String(headers.ttl))) return 400
    const contact = contactOf(headers.authorization ?? '', url, browser.subscription.publicKey)
    if (contact === undefined) return 403
    if (body.length > 4096) return 413
    const { urgency } = headers as Record<string, string>
    browser.received.push({ text: decrypt(browser, body), bytes: body.length, ttl: String(headers.ttl), urgency, contact })
    return 201
  }

  return {
    host,
    requests,
    close,
    browser(publicKey) {
      const ecdh = createECDH('prime256v1')
      const p256dh = ecdh.generateKeys('base64url')
      const secret = randomBytes(16)
      const path = `/push/${randomBytes(12).toString('base64url')}`
      const subscription = { endpoint: url + path, keys: { p256dh, auth: secret.toString('base64url') }, publicKey }
      const browser: Held = { subscription, received: [], answers: [], ecdh, secret }
      browsers.set(path, browser)
      return browser
    },
  }
}

const dayMs = 24 * 3600_000

type Claims = { aud?: unknown; exp?: unknown; sub?: unknown }

/** Whom to write to; undefined unless it is signed for this service, for a day at most, with the key that the browser subscribed with. */
function contactOf(authorization: string, origin: string, publicKey: string): string | undefined {
  const [, head = '', claims = '', signature = '', key] = /^vapid t=([\w-]+)\.([\w-]+)\.([\w-]+), ?k=([\w-]+)$/.exec(authorization) ?? []
  if (key !== publicKey) return undefined
  const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  const point = Buffer.from(key, 'base64url')
  const [x, y] = [point.subarray(1, 33).toString('base64url'), point.subarray(33).toString('base64url')]
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    { key: createPublicKey({ key: { kty: 'EC', crv: 'P-256', x, y }, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
    Buffer.from(signature, 'base64url'),
  )
  const { aud, exp, sub }: Claims = read(claims)
  const leftMs = Number(exp) * 1000 - Date.now()
  const isGood = isSigned && read(head)['alg'] === 'ES256' && aud === origin && leftMs > 0 && leftMs <= dayMs
  return isGood && typeof sub === 'string' && /^(?:mailto|https):/.test(sub) ? sub : undefined
}

const hmac = (key: Buffer, ...parts: (Buffer | string)[]) =>
  createHmac('sha256', key)
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest()

/** By the steps of RFC 8291 §3.4 and RFC 8188 §2, as they are written there. */
function decrypt({ ecdh, secret }: Held, body: Buffer): string {
  const [salt, recordBytes, length] = [body.subarray(0, 16), body.readUInt32BE(16), body.readUInt8(20)]
  const [sender, record] = [body.subarray(21, 21 + length), body.subarray(21 + length)]
  if (record.length > recordBytes) throw new Error('more than one record')
  const first = hmac(secret, ecdh.computeSecret(sender))
  const ikm = hmac(first, 'WebPush: info\0', ecdh.getPublicKey(), sender, Buffer.of(1))
  const second = hmac(salt, ikm)
  const key = hmac(second, 'Content-Encoding: aes128gcm\0', Buffer.of(1)).subarray(0, 16)
  const nonce = hmac(second, 'Content-Encoding: nonce\0', Buffer.of(1)).subarray(0, 12)
  const decipher = createDecipheriv('aes-128-gcm', key, nonce).setAuthTag(record.subarray(-16))
  const padded = Buffer.concat([decipher.update(record.subarray(0, -16)), decipher.final()])
  const end = padded.findLastIndex((byte) => byte !== 0)
  if (padded[end] !== 2) throw new Error('not the last record')
  return padded.subarray(0, end).toString()
}
