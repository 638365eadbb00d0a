import { afterEach, expect, onTestFinished, test } from 'vitest'
import { chooseNotices, tellAway } from './away.ts'
import { cameAway } from './came-away.ts'

afterEach(() => localStorage.removeItem('jarvis.notify'))

/** The browser's notifications with a person who answers like this when they are asked. */
function given(permission: NotificationPermission, hidden: boolean) {
  const shown: string[] = []
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Notification')!
  Object.defineProperty(globalThis, 'Notification', {
    configurable: true,
    value: Object.assign(
      function (_: string, { body }: { body: string }) {
        shown.push(body)
        return new EventTarget()
      },
      { permission, requestPermission: async () => permission },
    ),
  })
  Object.defineProperty(document, 'hidden', { configurable: true, value: hidden })
  onTestFinished(() => {
    Object.defineProperty(globalThis, 'Notification', before)
    delete (document as { hidden?: boolean }).hidden
    document.dispatchEvent(new Event('visibilitychange'))
  })
  return shown
}

const tell = () => tellAway('Jarvis has answered.', { tag: 'c', open: () => {} })

test.each([
  ['granted', true, true, 1, ['Jarvis has answered.']],
  ['granted', true, false, 1, []],
  ['denied', true, true, 1, []],
  ['granted', false, true, 0, []],
] as const)(
  'with notifications %s, the page hidden: %s, and wished: %s, the title counts %d and the browser shows %j',
  async (permission, hidden, wished, count, notices) => {
    const shown = given(permission, hidden)
    expect(await chooseNotices(wished)).toBe(wished && permission === 'granted')
    tell()
    expect([cameAway.get(), shown]).toEqual([count, notices])
  },
)

test('what has come is no news any more when the page is seen', () => {
  given('default', true)
  tell()
  tell()
  expect(cameAway.get()).toBe(2)
  Object.defineProperty(document, 'hidden', { configurable: true, value: false })
  document.dispatchEvent(new Event('visibilitychange'))
  expect(cameAway.get()).toBe(0)
})
