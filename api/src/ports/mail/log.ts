import type { Log } from '#lib/log.ts'
import type { Mail } from './index.ts'

/** Without a server the operator finds each letter, with its link, in the log. */
export function createLoggedMail(log: Log): Mail {
  return {
    isDelivered: false,
    send: async ({ to, subject, text }) => log.info({ to, subject, text }, 'a letter: SMTP_URL is not set'),
    verify: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }
}
