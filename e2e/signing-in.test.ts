import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../api/test/engines/free-port.ts'
import { startIssuer, type TestIssuer } from '../api/test/issuer.ts'
import { codeOf } from '../api/test/totp-code.ts'
import { composer, openBrowser, openPage, overflow, signUp, violations } from './browser.ts'
import { type Jarvis, startJarvis } from './jarvis.ts'

let issuer: TestIssuer
let jarvis: Jarvis
let browser: Browser
beforeAll(async () => {
  const port = await freePort()
  const client = { id: 'jarvis', secret: 'a secret of the client, long enough' }
  issuer = await startIssuer({ ...client, publicUrl: `http://localhost:${port}`, provider: 'oidc' })
  const known = { OIDC_ISSUER: issuer.issuer, OIDC_CLIENT_ID: client.id, OIDC_CLIENT_SECRET: client.secret, OIDC_NAME: 'Example account' }
  ;[jarvis, browser] = await Promise.all([startJarvis({ PORT: String(port), ...known }), openBrowser()])
})
afterAll(async () => {
  await browser.close()
  await jarvis[Symbol.asyncDispose]()
  await issuer[Symbol.asyncDispose]()
})

const phone = { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }
const password = 'a sentence to remember'
const newEmail = () => `e2e-${crypto.randomUUID()}@example.org`

async function expectSound(page: Page): Promise<void> {
  expect(await violations(page)).toEqual([])
  expect(await overflow(page)).toBe(0)
}

/** A device of the browser's own, which agrees to all that it is asked. */
async function giveDevice(page: Page) {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable', { enableUI: false })
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      ctap2Version: 'ctap2_1',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    unverified: () => devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false }),
    clear: () => devtools.send('WebAuthn.clearCredentials', { authenticatorId }),
  }
}

const openMenu = async (page: Page) => {
  await page.getByRole('button', { name: 'Ada Lovelace' }).click()
}
async function signOut(page: Page): Promise<void> {
  await page.goto('/')
  await openMenu(page)
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
}
async function fillSignIn(page: Page, email: string): Promise<void> {
  await page.getByLabel('Email').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.keyboard.press('Enter')
}

test('a passkey is added by keyboard, signs in without a name, is renamed and removed', async () => {
  const { page, complaints } = await openPage(browser, jarvis.url)
  const device = await giveDevice(page)
  const email = newEmail()
  await signUp(page, email)
  await page.goto('/settings')
  await page.getByRole('button', { name: 'Add a passkey' }).press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name of the passkey').fill('Key of Ada')
  await expectSound(page)
  await page.keyboard.press('Enter')
  await dialog.getByRole('list', { name: 'Recovery codes' }).waitFor()
  await dialog.getByRole('button', { name: 'I have kept them' }).press('Enter')
  await page.getByRole('list', { name: 'Passkeys' }).getByText('Key of Ada').waitFor()
  await expectSound(page)
  // The same device has one: it says so.
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await dialog.getByRole('button', { name: 'Go on' }).click()
  await dialog.getByText('has a passkey for your account already').waitFor()
  await page.keyboard.press('Escape')

  await signOut(page)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).press('Enter')
  await composer(page).waitFor()
  await page.goto('/settings')
  await page.getByRole('button', { name: 'Rename the passkey Key of Ada' }).click()
  await dialog.getByLabel('Name of the passkey').fill('Old key')
  await page.keyboard.press('Enter')
  await page.getByRole('list', { name: 'Passkeys' }).getByText('Old key').waitFor()
  await page.setViewportSize(phone.viewport)
  await expectSound(page)
  await page.getByRole('button', { name: 'Remove the passkey Old key' }).click()
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await page.getByText('Old key', { exact: true }).waitFor({ state: 'detached' })
  await dialog.waitFor({ state: 'detached' })
  await page.setViewportSize({ width: 1280, height: 800 })

  // The device still holds what is known here no more.
  await signOut(page)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByRole('alert').getByText('not known here').waitFor()
  await expectSound(page)
  await device.unverified()
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByRole('alert').getByText('No passkey was shown').waitFor()
  expect(complaints).toEqual([])
})

test('an app is set up on the page and its code asked for on a phone; a recovery code and a passkey stand in', async () => {
  const { page: desk, complaints } = await openPage(browser, jarvis.url)
  const email = newEmail()
  await signUp(desk, email)
  await desk.goto('/settings')
  await desk.getByRole('button', { name: 'Set up' }).click()
  const dialog = desk.getByRole('dialog')
  await dialog.getByLabel('Your password').fill(password)
  await desk.keyboard.press('Enter')
  const key = await dialog.getByRole('group', { name: 'Key' }).textContent()
  const secret = key!.replaceAll(/\s/g, '')
  await expectSound(desk)
  await dialog.getByLabel('The code that the app shows').fill(codeOf(secret))
  await desk.keyboard.press('Enter')
  const codes = dialog.getByRole('list', { name: 'Recovery codes' })
  await codes.waitFor()
  const [recovery] = await codes.getByRole('listitem').allTextContents()
  await dialog.getByRole('button', { name: 'I have kept them' }).click()
  await desk.getByText('10 recovery codes left').waitFor()

  const { page: hand, complaints: onPhone } = await openPage(browser, jarvis.url, phone)
  await giveDevice(hand)
  await hand.goto('/sign-in')
  await fillSignIn(hand, email)
  const code = hand.getByLabel('Code of your authenticator app')
  await code.waitFor()
  await expectSound(hand)
  await code.fill('000000')
  await hand.keyboard.press('Enter')
  await hand.getByText('This code is not right').waitFor()
  // The code of the half minute that comes: the one of now was used to set it up.
  await code.fill(codeOf(secret, 1))
  await hand.keyboard.press('Enter')
  await composer(hand).waitFor()
  await hand.goto('/settings')
  await hand.getByRole('button', { name: 'Add a passkey' }).click()
  await hand.getByRole('dialog').getByRole('button', { name: 'Go on' }).click()
  await hand.getByRole('list', { name: 'Passkeys' }).waitFor()

  await signOut(desk)
  await fillSignIn(desk, email)
  await desk.getByRole('button', { name: 'Use a recovery code' }).click()
  await desk.getByLabel('Recovery code').fill(recovery!)
  await desk.keyboard.press('Enter')
  await composer(desk).waitFor()
  await hand.goto('/settings')
  await hand.getByText('9 recovery codes left').waitFor()
  await hand.context().clearCookies()
  await hand.goto('/sign-in')
  await fillSignIn(hand, email)
  await hand.getByRole('button', { name: 'Use a passkey' }).click()
  await composer(hand).waitFor()
  expect([...complaints, ...onPhone]).toEqual([])
})

test('somebody comes in by the account of their organisation, where they were going, and leaves both', async () => {
  const { page, complaints } = await openPage(browser, jarvis.url)
  await page.goto('/settings')
  const enter = page.getByRole('link', { name: 'Sign in with Example account' })
  await enter.waitFor()
  await expectSound(page)
  issuer.signIn(null)
  await enter.press('Enter')
  await page.getByRole('alert').getByText('did not let you in').waitFor()
  await expectSound(page)
  issuer.signIn({ sub: 'grace', email: newEmail(), email_verified: true, name: 'Ada Lovelace' })
  await enter.click()
  await page.waitForURL('**/settings')
  await page.getByRole('button', { name: 'Disconnect Example account' }).waitFor()
  await page.goto('/')
  await composer(page).waitFor()
  await openMenu(page)
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  // The issuer asks by itself.
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.waitForURL('**/sign-in')
  await enter.waitFor()
  expect(complaints).toEqual([])
})
