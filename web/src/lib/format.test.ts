import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => vi.unstubAllEnvs())

test.each(['America/Los_Angeles', 'Pacific/Kiritimati'])('the day that a billing cycle ends is that of UTC, also in %s', async (zone) => {
  vi.stubEnv('TZ', zone)
  vi.resetModules()
  const { formatUtcDate } = await import('./format.ts')
  expect(formatUtcDate('2026-12-01T00:00:00.000Z')).toBe('Dec 1, 2026')
  expect(formatUtcDate('2026-11-30T23:59:59.000Z')).toBe('Nov 30, 2026')
})
