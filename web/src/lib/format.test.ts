import { afterEach, expect, test, vi } from 'vitest'

afterEach(() => vi.unstubAllEnvs())

test.each(['America/Los_Angeles', 'Pacific/Kiritimati'])('the day that a billing cycle ends is that of UTC, also in %s', async (zone) => {
  vi.stubEnv('TZ', zone)
  vi.resetModules()
  const { formatUtcDay } = await import('./format.ts')
  expect(formatUtcDay('2026-12-01T00:00:00.000Z')).toBe('December 1')
  expect(formatUtcDay('2026-11-30T23:59:59.000Z')).toBe('November 30')
})
