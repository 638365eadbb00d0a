import { beforeEach, expect, test } from 'vitest'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { session, signedIn, signedOut } from '#lib/session.ts'
import { SignInPage } from './sign-in-page.tsx'
import { SignUpPage } from './sign-up-page.tsx'

const instance = { name: 'Jarvis', version: '1', registrationOpen: true, firstUser: false, practiceModel: true, billing: false }
const user = { id: 'u', email: 'ada@example.org', name: 'Ada', role: 'user', plan: 'free', createdAt: '2026-01-01T00:00:00Z' }

const given = (replies: Parameters<typeof serve>[0]) => serve({ '/api/v1/instance': { body: instance }, ...replies })

beforeEach(() => {
  signedOut()
  location.hash = ''
})

test('signing in keeps the token in memory and sends what was typed', async () => {
  const requests = given({ '/api/v1/auth/login': { body: { user, accessToken: 'token', expiresIn: 900 } } })
  const page = await renderPage(<SignInPage />)
  await page.getByLabelText('Email').fill('ada@example.org')
  await page.getByLabelText('Password').fill('correct horse')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect.poll(() => session.get().status).toBe('signed-in')
  expect(requests).toContainEqual({ path: '/api/v1/auth/login', body: { email: 'ada@example.org', password: 'correct horse' } })
  expect(JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])).not.toContain('token')
})

test.each([
  ['ended by itself', true, /Your session has ended: .* nothing you wrote is lost/],
  ['was ended here', false, /^Good to see you\.$/],
] as const)('who is asked to sign in after a session that %s reads so', async (_, ended, lead) => {
  given({})
  signedIn({ user: { ...user, role: 'user', plan: 'free' }, accessToken: 'token', expiresIn: 900 })
  signedOut(ended)
  const page = await renderPage(<SignInPage />)
  await expect.element(page.getByText(lead)).toBeVisible()
})

test('who has a second factor is asked for its code, or for a recovery code, and what is wrong is said at the field', async () => {
  const required = { status: 401, body: { code: 'otp_required', detail: 'Send the code of your authenticator app.' } }
  const wrong = { status: 401, body: { code: 'invalid_credentials', detail: 'This code is wrong.' } }
  const replies = [required, wrong, { body: { user, accessToken: 'token', expiresIn: 900 } }]
  const requests = serve({
    '/api/v1/instance': { body: instance },
    get '/api/v1/auth/login'() {
      return replies.shift()!
    },
  })
  const page = await renderPage(<SignInPage />)
  await page.getByLabelText('Email').fill('ada@example.org')
  await page.getByLabelText('Password').fill('correct horse')
  await page.getByRole('button', { name: 'Sign in' }).click()
  const code = page.getByLabelText('Code of your authenticator app')
  await expect.element(code).toHaveFocus()
  await expect.element(code).toHaveAttribute('autocomplete', 'one-time-code')
  expect(await accessibilityFaults()).toEqual([])
  await code.fill('123456')
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect.element(code).toHaveAccessibleDescription(/not right, or was used already/)
  await page.getByRole('button', { name: 'Use a recovery code' }).click()
  await expect.element(page.getByLabelText('Recovery code')).toHaveFocus()
  await page.getByLabelText('Recovery code').fill('k3m9x-7tq2p')
  await page.getByRole('button', { name: 'Go on' }).click()
  await expect.poll(() => session.get().status).toBe('signed-in')
  const body = { email: 'ada@example.org', password: 'correct horse', otp: 'k3m9x-7tq2p' }
  expect(requests).toContainEqual({ path: '/api/v1/auth/login', body })
})

test('a refusal says why', async () => {
  given({ '/api/v1/auth/login': { status: 401, body: { code: 'invalid_credentials', detail: 'The email or password is wrong.' } } })
  const page = await renderPage(<SignInPage />)
  await page.getByLabelText('Email').fill('ada@example.org')
  await page.getByLabelText('Password').fill('wrong')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await expect.element(page.getByRole('alert')).toHaveTextContent('The email or password is wrong.')
})

test('the fault of a field stands at the field', async () => {
  const errors = [{ path: 'body.password', message: 'This password is in every list' }]
  given({ '/api/v1/auth/register': { status: 400, body: { code: 'invalid_request', detail: 'Not valid', errors } } })
  const page = await renderPage(<SignUpPage />)
  await page.getByLabelText('Name').fill('Ada')
  await page.getByLabelText('Email').fill('ada@example.org')
  await page.getByLabelText('Password').fill('12345678')
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect.element(page.getByLabelText('Password')).toHaveAccessibleDescription('This password is in every list')
  await expect.element(page.getByLabelText('Password')).toBeInvalid()
})

test('who registers where there are terms is shown them, accepts them, and is not asked again', async () => {
  const body = { user: { ...user, termsRequired: true }, accessToken: 'token', expiresIn: 900 }
  const requests = given({
    '/api/v1/terms': { body: { current: { version: 3, text: 'Be kind.', publishedAt: '2026-01-01T00:00:00Z' } } },
    '/api/v1/auth/register': { status: 201, body },
    '/api/v1/me/terms': { body: { version: 3, acceptedAt: '2026-01-01T00:00:00Z' } },
  })
  const page = await renderPage(<SignUpPage />)
  await expect.element(page.getByRole('link', { name: 'terms', exact: true })).toHaveAttribute('href', '/terms')
  await page.getByLabelText('Name').fill('Ada')
  await page.getByLabelText('Email').fill('ada@example.org')
  await page.getByLabelText('Password').fill('correct horse')
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect.element(page.getByRole('checkbox')).toBeInvalid()
  expect(requests.map(({ path }) => path)).not.toContain('/api/v1/auth/register')
  await page.getByRole('checkbox', { name: 'I accept the terms' }).click()
  expect(await accessibilityFaults()).toEqual([])
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect.poll(() => session.get()).toMatchObject({ status: 'signed-in', user: { termsRequired: false } })
  expect(requests).toContainEqual({ path: '/api/v1/me/terms', body: { version: 3 } })
})

test('the first person is told what they will be', async () => {
  given({ '/api/v1/instance': { body: { ...instance, firstUser: true } } })
  const page = await renderPage(<SignUpPage />)
  await expect.element(page.getByText('You are the first: you will be the administrator.')).toBeVisible()
})

test('who comes by an invitation sees whom it is for, and uses it; one that is no good is said', async () => {
  location.hash = 'invitation=secret'
  const requests = given({
    '/api/v1/instance': { body: { ...instance, registrationOpen: false, registration: 'invitation' } },
    '/api/v1/auth/invitation': { body: { email: 'ada@example.org', role: 'user', plan: 'pro', expiresAt: '2027-01-01T00:00:00Z' } },
    '/api/v1/auth/register': { status: 201, body: { user, accessToken: 'token', expiresIn: 900 } },
  })
  const page = await renderPage(<SignUpPage />)
  await expect.element(page.getByLabelText('Email')).toHaveValue('ada@example.org')
  await page.getByLabelText('Name').fill('Ada')
  await page.getByLabelText('Password').fill('correct horse')
  await page.getByRole('button', { name: 'Create account' }).click()
  await expect.poll(() => session.get().status).toBe('signed-in')
  const body = { email: 'ada@example.org', name: 'Ada', password: 'correct horse', invitation: 'secret' }
  expect(requests).toContainEqual({ path: '/api/v1/auth/register', body })
  await page.unmount()
  signedOut()
  given({ '/api/v1/auth/invitation': { status: 400, body: { code: 'invitation_invalid', detail: 'This invitation has expired.' } } })
  const other = await renderPage(<SignUpPage />)
  await expect.element(other.getByText('This invitation has expired.')).toBeVisible()
})

test('where people register by letter the page asks for an address alone', async () => {
  const requests = given({
    '/api/v1/instance': { body: { ...instance, registration: 'letter' } },
    '/api/v1/auth/register/letter': { status: 202, body: null },
  })
  const page = await renderPage(<SignUpPage />)
  await page.getByLabelText('Email').fill('ada@example.org')
  await page.getByRole('button', { name: 'Send the letter' }).click()
  await expect.element(page.getByText('is on its way')).toBeVisible()
  expect(requests).toContainEqual({ path: '/api/v1/auth/register/letter', body: { email: 'ada@example.org' } })
  expect(await accessibilityFaults()).toEqual([])
})

test.each(['light', 'dark'] as const)('axe finds nothing, %s', async (theme) => {
  given({})
  const page = await renderPage(<SignUpPage />, theme)
  await expect.element(page.getByText('Have an account?')).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
})
