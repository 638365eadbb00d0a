import { startMailServer } from './engines/mail-server.ts'
import { startTestApp, type TestApp } from './test-app.ts'

type MailServer = Awaited<ReturnType<typeof startMailServer>>

/** Somebody who has opened the letter of their registration. */
export async function signUpConfirmed(app: TestApp, mail: MailServer, fields: Parameters<TestApp['signUp']>[0] = {}) {
  const person = await app.signUp(fields)
  const { token } = await mail.letterTo(person.person.email, /Confirm/)
  const { status } = await app.anyone().post('/api/v1/auth/email/verify', { token })
  if (status !== 204) throw new Error(`a confirmation answered ${status}`)
  return person
}

/** An app that hands its letters to a mail server of its own, and its administrator. */
export async function startMailApp(settings: Record<string, string> = {}) {
  await using stack = new AsyncDisposableStack()
  const mail = stack.use(await startMailServer())
  const app = stack.use(await startTestApp({ SMTP_URL: mail.url, ...settings }))
  const admin = await app.signUp()
  const resources = stack.move()
  return { mail, app, admin, [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
