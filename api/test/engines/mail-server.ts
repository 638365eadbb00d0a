import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { expect } from 'vitest'

export type Received = { to: string[]; from: string; isSecure: boolean; raw: string; subject: string; text: string }

let made: { key: string; cert: string } | undefined

/** A certificate for localhost that no authority signed. */
export function localCertificate() {
  if (made) return made
  const folder = mkdtempSync(join(tmpdir(), 'jarvis-mail-'))
  const [keyFile, certFile] = [join(folder, 'key'), join(folder, 'cert')]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  execFileSync('openssl', [...kind, '-keyout', keyFile, '-out', certFile, ...names], { stdio: 'ignore' })
  made = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') }
  return made
}

/** A mail server by others, on a port of its own. It takes the user `jarvis` with the password `p@ss:word`, and refuses the receiver nobody@. */
export async function startMailServer(options: SMTPServerOptions = {}) {
  const inbox: Received[] = []
  /** Every password that it saw, and whether that came encrypted. */
  const passwords: { password: string | null | undefined; isSecure: boolean }[] = []
  const state = { isDown: false, refusals: 0 }
  const server = new SMTPServer({
    ...localCertificate(),
    authOptional: true,
    disableReverseLookup: true,
    onAuth(auth, session, done) {
      passwords.push({ password: auth.password, isSecure: session.secure })
      if (auth.username === 'jarvis' && auth.password === 'p@ss:word') done(null, { user: 'jarvis' })
      else done(Object.assign(new Error('Wrong'), { responseCode: 535 }))
    },
    onRcptTo(address, _session, done) {
      if (address.address.startsWith('nobody@')) done(Object.assign(new Error('No such mailbox'), { responseCode: 550 }))
      else if (!state.isDown) done()
      else {
        state.refusals++
        done(Object.assign(new Error('Try later'), { responseCode: 451 }))
      }
    },
    onData(stream, session, done) {
      const bytes: Buffer[] = []
      stream.on('data', (chunk: Buffer) => bytes.push(chunk))
      stream.on('end', () => {
        const raw = Buffer.concat(bytes).toString('utf8')
        const to = session.envelope.rcptTo.map(({ address }) => address)
        const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : ''
        inbox.push({ to, from, isSecure: session.secure, raw, subject: /^Subject: (.*)$/m.exec(raw)?.[1] ?? '', text: plainOf(raw) })
        done()
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.server.address() as AddressInfo
  return {
    port,
    inbox,
    passwords,
    url: `smtp://jarvis:${encodeURIComponent('p@ss:word')}@127.0.0.1:${port}`,
    /** While it is down it asks to be tried later. */
    setDown: (isDown: boolean) => {
      state.isDown = isDown
    },
    /** How often it asked for that. */
    refusals: () => state.refusals,
    /** The first letter to this address, with these words, that has not been taken; waits for it. */
    async letterTo(address: string, words: RegExp = /./): Promise<Received & { token: string }> {
      const fits = ({ to, subject, text: body }: Received) => to.includes(address) && words.test(`${subject}\n${body}`)
      await expect.poll(() => inbox.some(fits), { timeout: 30_000, interval: 20 }).toBe(true)
      const [letter] = inbox.splice(inbox.findIndex(fits), 1)
      return { ...letter!, token: /#token=([\w-]+)/.exec(letter!.text)?.[1] ?? '' }
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

/** The plain part of a letter in two parts, decoded. */
function plainOf(raw: string): string {
  const [, head = '', body = ''] = /Content-Type: text\/plain([\s\S]*?)\r\n\r\n([\s\S]*?)\r\n--/.exec(raw) ?? []
  if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8')
  if (!/quoted-printable/i.test(head)) return body
  const bytes = body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/g, (_whole, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
