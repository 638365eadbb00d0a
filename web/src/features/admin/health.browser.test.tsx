import { beforeEach, expect, test } from 'vitest'
import { session } from '#lib/session.ts'
import { accessibilityFaults, renderPage, serve } from '#lib/test-page.tsx'
import { AdminHealth } from './health.tsx'

const well = {
  checkedAt: '2026-11-29T12:00:00Z',
  engines: [
    { name: 'database', needed: true, up: true },
    { name: 'vectors', needed: false, up: true },
  ],
  runsWaiting: 3,
  jobsWaiting: [
    { queue: 'read', count: 2 },
    { queue: 'letters', count: 5 },
  ],
  backup: { isScheduled: true, lastAt: '2026-11-29T03:00:00Z', lastBytes: 4_000_000, failures: 0, failure: null },
  modelsLeftAlone: [],
  failedSweeps: [],
  versions: { jarvis: '0.1.0', node: '24.1.0', postgres: '16.4' },
}
const show = (body: object) => {
  serve({ '/api/v1/admin/health': { body } })
  return renderPage(
    <main>
      <AdminHealth />
    </main>,
  )
}
beforeEach(() =>
  session.set({ status: 'signed-in', user: { id: 'a', role: 'admin' } as never, accessToken: 'token', expiresAt: Date.now() + 900_000 }),
)

test('an administrator sees that all is well, and what was looked at', async () => {
  const page = await show(well)
  await expect.element(page.getByText('All is well.')).toBeVisible()
  await expect.element(page.getByRole('table', { name: 'Engines' }).getByText('vectors')).toBeVisible()
  await expect.element(page.getByText('7', { exact: true })).toBeVisible()
  expect(await accessibilityFaults()).toEqual([])
})

test('what is wrong stands first, and what cannot be read hides nothing else', async () => {
  const page = await show({
    ...well,
    engines: [well.engines[0], { ...well.engines[1], up: false }],
    jobsWaiting: null,
    backup: { ...well.backup, failures: 2, failure: 'no space left.' },
    modelsLeftAlone: ['gpt-large'],
    failedSweeps: [{ what: 'runs', lastAt: null }],
  })
  await expect.element(page.getByText('vectors does not answer.')).toBeVisible()
  await expect.element(page.getByText('The last 2 backups failed: no space left.')).toBeVisible()
  await expect.element(page.getByText('gpt-large fails again and again')).toBeVisible()
  await expect.element(page.getByText('The upkeep of runs failed the last time.')).toBeVisible()
  await expect.element(page.getByText('All is well.')).not.toBeInTheDocument()
  expect(await accessibilityFaults()).toEqual([])
})
