import { page as browser, userEvent } from 'vitest/browser'
import { beforeEach, expect, test } from 'vitest'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { signedOut } from '#lib/session.ts'
import { SignInPage } from './sign-in-page.tsx'

const instance = { name: 'Jarvis', version: '1', registrationOpen: false, firstUser: false, practiceModel: true, billing: false }
const providers = [
  { id: 'entra', name: 'Microsoft', kind: 'oidc' },
  { id: 'long', name: 'The Federated Identity Service of an Organisation With a Name', kind: 'oidc' },
]
const methods = { password: true, registration: false, passkeys: false, mail: false, providers }
const given = (fields: object = {}) => serve({ '/api/v1/instance': { body: instance }, '/api/v1/auth/methods': { body: { ...methods, ...fields } } })

beforeEach(() => {
  signedOut()
  history.replaceState(null, '', location.pathname + location.search)
})

test('each provider has a button, which keys reach first and which keeps where one was going; nothing is wider than a narrow phone', async () => {
  await browser.viewport(360, 740)
  given()
  const page = await renderPage(<SignInPage />, 'light', '/?next=%2Fc%2F1')
  const button = page.getByRole('link', { name: 'Sign in with Microsoft' })
  await expect.element(button).toHaveAttribute('href', '/api/v1/auth/oidc/entra/start?next=%2Fc%2F1')
  await expect.element(page.getByLabelText('Password')).toBeVisible()
  await userEvent.keyboard('{Tab}')
  await expect.element(button).toHaveFocus()
  expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(360)
  expect(await accessibilityFaults()).toEqual([])
})

test('what went wrong at an issuer is said in words of ours, with what the administrator wants to know', async () => {
  given()
  history.replaceState(null, '', '#problem=unavailable.issuer&provider=entra&request=r-1')
  const page = await renderPage(<SignInPage />)
  await expect.element(page.getByRole('alert')).toBeVisible()
  await expect.element(page.getByText('Microsoft does not answer right now. Try again in a moment, or sign in another way.')).toBeVisible()
  await expect.element(page.getByText('For your administrator: r-1')).toBeVisible()
})

test('an address that somebody made up brings no words of theirs', async () => {
  given()
  history.replaceState(null, '', '#problem=Call+0800&provider=Evil&request=Call%200800')
  const page = await renderPage(<SignInPage />)
  await expect.element(page.getByRole('alert')).toHaveTextContent('The provider did not let you in. Start again.')
  await expect.element(page.getByRole('alert')).not.toHaveTextContent('0800')
})

test('where passwords are for one administrator, the form comes when they ask for it', async () => {
  given({ password: false })
  const page = await renderPage(<SignInPage />)
  await expect.element(page.getByRole('link', { name: 'Sign in with Microsoft' })).toBeVisible()
  expect(page.getByLabelText('Password').query()).toBeNull()
  await page.getByRole('button', { name: 'Administrator? Sign in with a password' }).click()
  await expect.element(page.getByLabelText('Password')).toBeVisible()
})
