import { beforeEach, expect, test } from 'vitest'
import { call } from '#lib/call.ts'
import { endpoints } from '@jarvis/contracts/endpoints.ts'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { Identity } from './identity.tsx'

beforeEach(() => session.set({ status: 'signed-in', user: {} as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }))

test('what needs the person to show again that it is they asks for the password, and then goes on by itself', async () => {
  let isShown = false
  const requests = serve({
    get '/api/v1/api-keys'() {
      return isShown
        ? { status: 201, body: { secret: 'jv_abc.secret' } }
        : { status: 403, body: { code: 'reauthentication_required', detail: 'Again.' } }
    },
    get '/api/v1/auth/reauthenticate'() {
      isShown = (requests.at(-1)!.body as { password: string }).password === 'right'
      return isShown ? { body: null } : { status: 401, body: { code: 'invalid_credentials', detail: 'Wrong.' } }
    },
  })
  const page = await renderPage(
    <main>
      <Identity />
    </main>,
  )
  const make = () => call(endpoints.createApiKey, { body: { name: 'Robot' } })
  const refused = expect(make()).rejects.toMatchObject({ code: 'reauthentication_required' })
  await expect.element(page.getByRole('dialog', { name: 'Show that it is you' })).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Cancel' }).click()
  await refused
  // Two at once ask once.
  const made = Promise.all([make(), make()])
  await page.getByLabelText('Your password').fill('wrong')
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect.element(page.getByLabelText('Your password')).toHaveAccessibleDescription('This is not your password.')
  await page.getByLabelText('Your password').fill('right')
  await page.getByRole('button', { name: 'Go on' }).click()
  expect(await made).toMatchObject([{ secret: 'jv_abc.secret' }, { secret: 'jv_abc.secret' }])
  await expect.element(page.getByRole('dialog')).not.toBeInTheDocument()
})
