import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'
import { propertySeed } from './scripts/property-seed.ts'

/**
 * What every project holds to. A limit of time is there to end a test that hangs, never to judge one: it is many times what the work takes on
 * a machine that others share. A test that made no assertion has failed.
 */
const rules = {
  expect: { requireAssertions: true, poll: { timeout: 60_000, interval: 20 } },
  provide: { propertySeed: propertySeed(process.env['FAST_CHECK_SEED']) },
  hookTimeout: 180_000,
}
const properties = `${import.meta.dirname}/scripts/property-setup.ts`

export default defineConfig({
  test: {
    // Most of a file's time it waits for its engines: two side by side fill two cores.
    maxWorkers: 2,
    projects: [
      {
        extends: 'web/vite.config.ts',
        test: {
          ...rules,
          name: 'web-logic',
          include: ['web/src/**/*.test.ts'],
          setupFiles: [properties],
          environment: 'node',
          testTimeout: 90_000,
        },
      },
      {
        extends: 'web/vite.config.ts',
        test: {
          ...rules,
          name: 'web',
          include: ['web/src/**/*.browser.test.tsx'],
          setupFiles: ['web/src/test-setup.ts'],
          testTimeout: 120_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            locators: { exact: false },
            provider: playwright({ launchOptions: { executablePath: '/usr/bin/chromium-headless-shell', args: ['--no-sandbox'] } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        test: {
          ...rules,
          name: 'node',
          include: ['{contracts,client/src,api/src,simulators,scripts}/**/*.test.ts'],
          setupFiles: [properties],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          ...rules,
          name: 'api',
          include: ['api/test/*.test.ts'],
          sequence: { groupOrder: 1 },
          globalSetup: ['api/test/engines/global-setup.ts'],
          setupFiles: [properties],
          testTimeout: 180_000,
        },
      },
      {
        // Several servers and their engines at once fill a small machine: one file at a time.
        test: {
          ...rules,
          name: 'cluster',
          include: ['api/test/cluster/*.test.ts'],
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          globalSetup: ['api/test/engines/global-setup.ts'],
          setupFiles: [properties],
          testTimeout: 300_000,
        },
      },
      {
        test: {
          ...rules,
          name: 'e2e',
          // A locator that does not appear fails by itself.
          expect: { ...rules.expect, requireAssertions: false },
          include: ['e2e/**/*.test.ts'],
          sequence: { groupOrder: 3 },
          testTimeout: 180_000,
        },
      },
    ],
  },
})
