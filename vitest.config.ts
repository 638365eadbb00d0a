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
/**
 * A file shares its process with others of its project: reading the server's modules anew for each took a third of all processor time. So a test
 * that changes what is global (clock, environment, a spy) gives it back, and is helped to.
 */
const shared = { isolate: false, restoreMocks: true, unstubEnvs: true, unstubGlobals: true }
const properties = `${import.meta.dirname}/scripts/property-setup.ts`

export default defineConfig({
  test: {
    // A file waits for its engines half of its time: three side by side fill two cores.
    maxWorkers: 3,
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
          ...shared,
          name: 'node',
          include: ['{contracts,client/src,api/src,simulators,scripts}/**/*.test.ts'],
          setupFiles: [properties],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          ...rules,
          ...shared,
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
          ...shared,
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
          maxWorkers: 2,
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
