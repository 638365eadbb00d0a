import type { Push } from '@jarvis/contracts/push.ts'
import type { ReactNode } from 'react'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { pushedTo } from '#lib/pushed-to.ts'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { PushNotifications } from './push-notifications.tsx'

const publicKey = 'BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs'
const endpoint = 'https://push.example.net/push/x'
const keys = { p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4', auth: 'BTBZMqHH6r4Tts7J_aSIgg' }
const off: Push = { publicKey, subscription: null }
const on = (showsTitle: boolean): Push => ({ publicKey, subscription: { endpoint, publicKey, showsTitle, createdAt: '2026-03-02T09:30:00.000Z' } })
const main = (element: ReactNode) => <main>{element}</main>

function replace(on: object, name: string, value: unknown) {
  const before = Object.getOwnPropertyDescriptor(on, name)
  Object.defineProperty(on, name, { configurable: true, value })
  onTestFinished(() => {
    if (before) Object.defineProperty(on, name, before)
    else Reflect.deleteProperty(on, name)
  })
}

/** A browser whose person answers like this when they are asked, and whose maker's service is there or not. */
function browser(permission: NotificationPermission, isReached = true) {
  const asked: string[] = []
  let subscription: object | null = null
  const manager = {
    getSubscription: async () => subscription,
    async subscribe({ userVisibleOnly, applicationServerKey }: { userVisibleOnly: boolean; applicationServerKey: Uint8Array }) {
      asked.push(`subscribe ${userVisibleOnly} ${applicationServerKey.length}`)
      if (!isReached) throw new DOMException('Registration failed', 'AbortError')
      subscription = {
        options: { applicationServerKey: applicationServerKey.buffer },
        toJSON: () => ({ endpoint, keys }),
        async unsubscribe() {
          asked.push('unsubscribe')
          subscription = null
          return true
        },
      }
      return subscription
    },
  }
  const state = { permission: 'default' as NotificationPermission }
  replace(globalThis, 'Notification', {
    get permission() {
      return state.permission
    },
    async requestPermission() {
      asked.push('permission')
      state.permission = permission
      return permission
    },
  })
  replace(globalThis, 'PushManager', () => undefined)
  replace(navigator, 'serviceWorker', { getRegistration: async () => ({ pushManager: manager }) })
  return asked
}

beforeEach(() => {
  session.set({ status: 'signed-in', user: { id: 'ada' } as never, accessToken: 'token', expiresAt: Date.now() + 900_000 })
  pushedTo.set(null)
})

test('the browser asks at the press of the switch alone; then it is told, with the title where that is wished, until it is switched off', async () => {
  const asked = browser('granted')
  const requests = serve({
    'GET /api/v1/push': { body: off },
    'PUT /api/v1/push/subscription': { body: on(false) },
    'DELETE /api/v1/push/subscription': { status: 200, body: null },
  })
  const page = await renderPage(main(<PushNotifications />))
  const told = page.getByRole('switch', { name: 'Notify this browser while Jarvis is closed' })
  await expect.element(told).not.toBeChecked()
  expect(asked).toEqual([])
  expect(await accessibilityFaults()).toEqual([])
  await told.click()
  await expect.element(told).toBeChecked()
  expect(asked).toEqual(['permission', 'subscribe true 65'])
  expect(requests.at(-1)).toEqual({ path: '/api/v1/push/subscription', body: { endpoint, keys, publicKey, showsTitle: false, language: 'en' } })
  expect(pushedTo.get()).toBe('ada')

  serve({ 'PUT /api/v1/push/subscription': { body: on(true) }, 'DELETE /api/v1/push/subscription': { status: 200, body: null } })
  const titled = page.getByRole('switch', { name: 'Say which conversation' })
  await titled.click()
  await expect.element(titled).toBeChecked()
  expect(await accessibilityFaults()).toEqual([])
  await told.click()
  await expect.element(told).not.toBeChecked()
  await expect.element(titled).not.toBeInTheDocument()
  expect([asked.at(-1), pushedTo.get()]).toEqual(['unsubscribe', null])
})

test('who says no to the browser is told how to change that, and nothing is sent', async () => {
  browser('denied')
  const requests = serve({ 'GET /api/v1/push': { body: off } })
  const page = await renderPage(main(<PushNotifications />))
  await page.getByRole('switch').click()
  await expect.element(page.getByText('The browser refuses them for this page. Allow them in its settings first.')).toBeVisible()
  await expect.element(page.getByRole('switch')).not.toBeChecked()
  expect(requests.map(({ path }) => path)).toEqual(['/api/v1/push'])
})

test('a browser that cannot reach its maker’s service says so', async () => {
  browser('granted', false)
  serve({ 'GET /api/v1/push': { body: off } })
  const page = await renderPage(main(<PushNotifications />))
  await page.getByRole('switch').click()
  await expect.element(page.getByText('The browser cannot reach the service of its maker right now. Try again later.')).toBeVisible()
})

test('what the operator switched off, and what a browser cannot do, is said', async () => {
  browser('granted')
  serve({ 'GET /api/v1/push': { body: { publicKey: null, subscription: null } } })
  const page = await renderPage(main(<PushNotifications />))
  await expect.element(page.getByText('It is switched off for everybody here.')).toBeVisible()
  Reflect.deleteProperty(globalThis, 'PushManager')
  const other = await renderPage(main(<PushNotifications />))
  await expect.element(other.getByText('This browser cannot be told anything while Jarvis is closed', { exact: false })).toBeVisible()
  replace(navigator, 'standalone', false)
  const phone = await renderPage(main(<PushNotifications />))
  await expect.element(phone.getByText('On an iPhone or iPad, first put Jarvis on the Home Screen', { exact: false })).toBeVisible()
})
