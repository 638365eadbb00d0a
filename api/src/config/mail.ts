import { z } from 'zod'
import type { Environment } from './environment.ts'

/** `required`: no letter and no password goes out without a checked certificate. `tried`: TLS where the server has it, unchecked. */
export type MailTls = 'required' | 'tried' | 'off'
export type SmtpServer = {
  host: string
  port: number
  /** TLS from the first byte, as on port 465; else STARTTLS. */
  isTlsFromStart: boolean
  tls: MailTls
  login: { user: string; password: string } | undefined
}
export type Sender = { name: string; address: string }
export type MailConfig = ({ kind: 'log' } | ({ kind: 'smtp' } & SmtpServer)) & { from: Sender }

const Address = z.email().max(254)

/** `smtp://user:password@host:587`, or smtps:// for TLS from the first byte. @throws Error with a sentence */
export function smtpOf(value: string): SmtpServer {
  const url = URL.parse(value)
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || !url.hostname) throw new Error('must be smtp://user:password@host:587, or smtps://')
  if (url.pathname !== '' && url.pathname !== '/') throw new Error('must have no path')
  const unknown = [...url.searchParams.keys()].find((name) => name !== 'tls')
  if (unknown !== undefined) throw new Error(`does not know ${unknown}; it may say tls=required or tls=off`)
  const isTlsFromStart = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const wish = url.searchParams.get('tls')
  if (wish !== null && wish !== 'required' && wish !== 'off') throw new Error('may say tls=required or tls=off')
  if (isTlsFromStart && wish === 'off') throw new Error('cannot be smtps:// with tls=off')
  const [user, password] = [url.username, url.password].map(decoded)
  return {
    host,
    port: Number(url.port || (isTlsFromStart ? 465 : 587)),
    isTlsFromStart,
    // What stays on this machine has nobody in the middle, and its certificate is often its own.
    tls: wish ?? (isLoopback(host) ? 'tried' : 'required'),
    login: user ? { user, password: password ?? '' } : undefined,
  }
}

/** `jarvis@example.org`, or `Jarvis <jarvis@example.org>`. @throws Error with a sentence */
export function senderOf(value: string): Sender {
  const [, name = '', within] = /^([^<>]{0,100})<([^<>]{3,254})>$/.exec(value.trim()) ?? []
  const address = (within ?? value).trim()
  if (!Address.safeParse(address).success) throw new Error('must be an address, or a name and an address: Jarvis <jarvis@example.org>')
  return { name: name.trim().replace(/^"|"$/g, '') || 'Jarvis', address }
}

export function mailOf({ SMTP_URL: smtp, MAIL_FROM: from }: Environment, publicUrl: string): MailConfig {
  const sender = from ?? { name: 'Jarvis', address: `jarvis@${new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')}` }
  return smtp ? { kind: 'smtp', ...smtp, from: sender } : { kind: 'log', from: sender }
}

const isLoopback = (host: string) => /^(localhost|127(\.\d{1,3}){3}|::1)$/.test(host)

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new Error('must have its user and password percent-encoded')
  }
}
