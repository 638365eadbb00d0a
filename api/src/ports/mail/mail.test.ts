import { PassThrough } from 'node:stream'
import { type AddressInfo, createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { once } from 'node:events'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { localCertificate, startMailServer } from '#test/engines/mail-server.ts'
import { startForwardProxy } from '#test/engines/forward-proxy.ts'
import { smtpOf } from '#config/mail.ts'
import { createLog } from '#lib/log.ts'
import { createLoggedMail } from './log.ts'
import { createSmtpMail, type SmtpOptions } from './smtp.ts'

let server: Awaited<ReturnType<typeof startMailServer>>
/** Offers no STARTTLS, as one does from whom somebody in between took it. */
let plain: typeof server
beforeAll(async () => {
  server = await startMailServer()
  plain = await startMailServer({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await plain[Symbol.asyncDispose]()
})

const from = { name: 'Jarvis', address: 'jarvis@example.org' }
const letter = {
  to: 'ann@example.org',
  subject: 'Your new password',
  text: 'Open https://j/reset#token=x',
  html: '<p>Open <a href="https://j/">it</a></p>',
}
const login = { user: 'jarvis', password: 'p@ss:word' }
const open = (more: Partial<SmtpOptions> = {}) =>
  createSmtpMail({ host: 'localhost', port: server.port, isTlsFromStart: false, tls: 'required', login, from, ca: localCertificate().cert, ...more })

test('a letter arrives whole, encrypted, in two forms, as from a machine', async () => {
  await using mail = open()
  await mail.verify()
  await mail.send({ ...letter, text: `${letter.text} – für Ann` })
  const { to, isSecure, raw, text: body, from: sender } = await server.letterTo('ann@example.org')
  expect({ to, isSecure, sender, body }).toEqual({
    to: ['ann@example.org'],
    isSecure: true,
    sender: 'jarvis@example.org',
    body: expect.stringContaining('Open https://j/reset#token=x – für Ann'),
  })
  expect(raw).toMatch(/Auto-Submitted: auto-generated/)
  expect(raw).toMatch(/Content-Type: text\/html/)
})

test('a password goes to nobody in clear: neither to a server without STARTTLS nor to one with a certificate of its own', async () => {
  await using bare = open({ port: plain.port })
  await expect(bare.send(letter)).rejects.toMatchObject({ code: 'ETLS' })
  await using unknown = createSmtpMail({ host: 'localhost', port: server.port, isTlsFromStart: false, tls: 'required', login, from })
  const before = server.passwords.length
  await expect(unknown.send(letter)).rejects.toMatchObject({ code: 'ESOCKET' })
  await using otherName = open({ host: '127.0.0.1' })
  await expect(otherName.send(letter)).rejects.toMatchObject({ code: 'ESOCKET' })
  expect(plain.passwords).toEqual([])
  expect(server.passwords).toHaveLength(before)
})

test('what is said otherwise, or stays on this machine, goes without', async () => {
  await using off = open({ port: plain.port, tls: 'off' })
  await off.send(letter)
  expect((await plain.letterTo('ann@example.org')).isSecure).toBe(false)
  // STARTTLS is taken where it is offered, from whom it comes.
  await using local = createSmtpMail({ ...smtpOf(server.url), from })
  await local.send(letter)
  expect((await server.letterTo('ann@example.org')).isSecure).toBe(true)
})

test.each([
  ['a line end in the subject', { subject: 'Hi\r\nBcc: evil@example.org' }],
  ['a line end in the text', { text: 'a\r\n.\r\nMAIL FROM:<evil@example.org>' }],
])('%s makes no other letter and no other receiver', async (_what, more) => {
  await using mail = open()
  await mail.send({ ...letter, to: 'one@example.org', ...more })
  const { to, raw } = await server.letterTo('one@example.org')
  expect(to).toEqual(['one@example.org'])
  expect(raw).not.toMatch(/^Bcc:/im)
  expect(server.inbox).toEqual([])
})

test.each([['ann@example.org, evil@example.org'], ['ann@example.org>\r\nRCPT TO:<evil@example.org'], ['"evil@example.org" <ann@example.org>']])(
  'an address that is two, or none, reaches nobody else: %j',
  async (to) => {
    await using mail = open()
    await mail.send({ ...letter, to }).catch(() => undefined)
    expect(server.inbox.flatMap((received) => received.to)).not.toContain('evil@example.org')
    server.inbox.splice(0)
  },
)

test('a receiver that is refused for good is told from what may work later', async () => {
  await using mail = open()
  await expect(mail.send({ ...letter, to: 'nobody@example.org' })).rejects.toMatchObject({ name: 'LetterRefused' })
  server.setDown(true)
  await expect(mail.send(letter)).rejects.not.toMatchObject({ name: 'LetterRefused' })
  server.setDown(false)
  await using wrong = open({ login: { user: 'jarvis', password: 'wrong' } })
  await expect(wrong.send(letter)).rejects.toMatchObject({ code: 'EAUTH' })
})

test('a server that says nothing holds a letter no longer than its signal', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  await using mail = open({ port })
  const stop = new AbortController()
  const refused = expect(mail.send(letter, stop.signal)).rejects.toMatchObject({ code: 'EABORT' })
  silent.once('connection', () => stop.abort())
  await refused
  silent.close()
})

test('a letter goes through the proxy of the organisation', async () => {
  await using proxy = await startForwardProxy((asked) => asked)
  await using mail = open({ proxies: { http: proxy.url, https: undefined, none: '' } })
  await mail.send(letter)
  await server.letterTo('ann@example.org')
  expect(proxy.targets()).toEqual([`CONNECT localhost:${server.port}`])
})

test('without a server a letter stands in the log, with its link', async () => {
  const stream = new PassThrough()
  await using mail = createLoggedMail(createLog('info', stream))
  expect(mail.isDelivered).toBe(false)
  await mail.send(letter)
  stream.end()
  expect(JSON.parse(await text(stream))).toMatchObject({ to: 'ann@example.org', subject: 'Your new password', text: letter.text })
})
