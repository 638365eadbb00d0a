import { expect, test } from 'vitest'
import { accessibilityFaults, renderPage } from '#lib/test-page.tsx'
import { KeepDays } from '#ui/keep-days.tsx'

const shown = (days: number | null, saved: (number | null)[] = []) => (
  <main>
    <h1>Settings</h1>
    <KeepDays
      label="Deleted"
      days={days}
      count={async (asked) => (asked < 100 ? 12 : 0)}
      save={async (next) => void saved.push(next)}
      messageOf={String}
    />
  </main>
)

test('how many conversations a shorter time deletes is said before it is saved', async () => {
  const saved: (number | null)[] = []
  const page = await renderPage(shown(null, saved))
  await expect.element(page.getByLabelText('Deleted')).toHaveValue('null')
  await page.getByLabelText('Deleted').selectOptions('365')
  await expect.element(page.getByText('No conversation is that old now.')).toBeVisible()
  await page.getByLabelText('Deleted').selectOptions('30')
  await expect.element(page.getByText('12 conversations are that old. They are deleted within the hour, for good.')).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
  expect(saved).toEqual([])
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(() => saved).toEqual([30])
})

test('a longer time deletes nothing and warns of nothing; a time that is not in the list is shown', async () => {
  const saved: (number | null)[] = []
  const page = await renderPage(shown(7, saved))
  await expect.element(page.getByLabelText('Deleted')).toHaveValue('7')
  await page.getByLabelText('Deleted').selectOptions('30')
  await expect.element(page.getByText('that old')).not.toBeInTheDocument()
  await page.getByRole('button', { name: 'Leave it' }).click()
  await expect.element(page.getByLabelText('Deleted')).toHaveValue('7')
  await page.getByLabelText('Deleted').selectOptions('null')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(() => saved).toEqual([null])
})
