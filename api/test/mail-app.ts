import { startMailServer } from './engines/mail-server.ts'
import { startTestApp } from './test-app.ts'

/** An app that hands its letters to a mail server of its own, and its administrator. */
export async function startMailApp(settings: Record<string, string> = {}) {
  await using stack = new AsyncDisposableStack()
  const mail = stack.use(await startMailServer())
  const app = stack.use(await startTestApp({ SMTP_URL: mail.url, ...settings }))
  const admin = await app.signUp()
  const resources = stack.move()
  return { mail, app, admin, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
