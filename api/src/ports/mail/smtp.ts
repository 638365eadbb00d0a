import { createTransport } from 'nodemailer'
import type { Sender, SmtpServer } from '#config/mail.ts'
import type { Proxies } from '#config/proxies.ts'
import { proxyFor } from '#ports/proxy/index.ts'
import { LetterRefused, type Mail } from './index.ts'

export type SmtpOptions = SmtpServer & {
  from: Sender
  proxies?: Proxies
  /** Authorities that are believed in place of the system's. */
  ca?: string
}

/** The library's own are minutes. */
const timeoutsMs = { connectionTimeout: 5000, greetingTimeout: 10_000, socketTimeout: 20_000, dnsTimeout: 5000 }
/** Of whom a letter comes that nobody should answer by a machine. */
const headers = { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' }

/** Letters by a mail server, over few connections that are kept. */
export function createSmtpMail({ host, port, isTlsFromStart, tls, login, from, proxies, ca }: SmtpOptions): Mail {
  const proxy = proxies && proxyFor(proxies, { protocol: 'https:', hostname: host, port })
  const transport = createTransport({
    host,
    port,
    secure: isTlsFromStart,
    // Without it a server that offers no STARTTLS, or who stands in between, gets the password in clear.
    requireTLS: tls === 'required',
    ignoreTLS: tls === 'off',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: tls === 'required', ...(ca !== undefined && { ca }) },
    ...(login && { auth: { user: login.user, pass: login.password } }),
    ...(proxy && { proxy: proxy.href }),
    pool: true,
    maxConnections: 2,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...timeoutsMs,
  })
  return {
    isDelivered: true,
    async send({ to, subject, text, html }, signal) {
      try {
        // An object: of a string, a comma makes two receivers.
        await transport.sendMail({ from, to: { name: '', address: to }, subject, text, html, headers, ...(signal && { signal }) })
      } catch (error) {
        if (isForGood(error)) throw new LetterRefused('The mail server refused the letter.', { cause: error })
        throw error
      }
    },
    verify: async () => void (await transport.verify()),
    [Symbol.asyncDispose]: async () => transport.close(),
  }
}

/** The receiver or the letter was refused; a wrong password or certificate is the operator's, who may mend it. */
function isForGood(error: unknown): boolean {
  const { code, responseCode } = error as { code?: string; responseCode?: number }
  return (code === 'EENVELOPE' || code === 'EMESSAGE') && responseCode !== undefined && responseCode >= 500
}
