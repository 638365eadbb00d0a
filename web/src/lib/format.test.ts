import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => vi.unstubAllEnvs())

test.each(['America/Los_Angeles', 'Pacific/Kiritimati'])('the day that a billing cycle ends is that of UTC, also in %s', async (zone) => {
  vi.stubEnv('TZ', zone)
  vi.resetModules()
  const { formatUtcDate } = await import('./format.ts')
  expect(formatUtcDate('2026-12-01T00:00:00.000Z')).toBe('Dec 1, 2026')
  expect(formatUtcDate('2026-11-30T23:59:59.000Z')).toBe('Nov 30, 2026')
})

test.each([
  [20, 'Just now'],
  [60, '1 minute ago'],
  [80 * 60, '80 minutes ago'],
  [90 * 60, '2 hours ago'],
  [47 * 3600, '47 hours ago'],
  [72 * 3600, '3 days ago'],
  [-60, 'Just now'],
])('what was %i seconds ago is %s', async (seconds, text) => {
  const { formatAgo } = await import('./format.ts')
  expect(formatAgo(new Date(Date.now() - seconds * 1000).toISOString())).toBe(text)
})
