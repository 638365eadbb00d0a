import { expect, onTestFinished, test } from 'vitest'
import { accessibilityFaults } from '#lib/test-page.tsx'
import { stored, thread } from './test-thread.tsx'

const arabic =
  '## المدّ والجزر\n\nالقمر يجذب ماء البحر.\n\n- أولا\n- ثانيا\n\n> اقتباس\n\n| الشهر | العلو |\n|---|---|\n| يناير | 3 م |\n\n```js\nlet tide = 1\n```\n'

test.each(['ltr', 'rtl'] as const)('Arabic is read from the right on a page that is %s, code from the left, and axe finds nothing', async (dir) => {
  document.documentElement.dir = dir
  onTestFinished(() => document.documentElement.removeAttribute('dir'))
  const page = await thread([stored('q', null, { content: 'ما سبب المد والجزر؟' }), stored('a', 'q', { role: 'assistant', content: arabic })])
  await expect.element(page.getByRole('group', { name: 'Table' })).toBeVisible()
  const directions = (selector: string) => [...document.querySelectorAll(selector)].map((element) => getComputedStyle(element).direction)
  await expect.element(page.getByRole('button', { name: 'Copy code' })).toBeVisible()
  for (const selector of [
    '.answer :is(h2, h3, h4, h5)',
    '.answer p',
    '.answer ul',
    '.answer li',
    '.answer blockquote',
    '.answer blockquote p',
    '.answer table',
    '.answer td',
    '.answer th',
  ])
    expect([selector, ...new Set(directions(selector))]).toEqual([selector, 'rtl'])
  expect(new Set(directions('pre'))).toEqual(new Set(['ltr']))
  await expect.element(page.getByText('ما سبب المد والجزر؟')).toHaveStyle({ direction: 'rtl' })
  const log = page.getByRole('log').element()
  expect(log.scrollWidth).toBe(log.clientWidth)
  expect(await accessibilityFaults()).toEqual([])
})
