import { playwright } from '@vitest/browser-playwright'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    projects: [
      { extends: 'web/vite.config.ts', test: { name: 'web-logic', include: ['web/src/**/*.test.ts'], environment: 'node' } },
      {
        extends: 'web/vite.config.ts',
        test: {
          name: 'web',
          include: ['web/src/**/*.browser.test.tsx'],
          setupFiles: ['web/src/test-setup.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            locators: { exact: false },
            provider: playwright({ launchOptions: { executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
      {
        test: {
          name: 'node',
          include: ['{contracts,api/src,simulators,scripts}/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'api',
          include: ['api/test/*.test.ts'],
          sequence: { groupOrder: 1 },
          globalSetup: ['api/test/engines/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Several servers and their engines at once fill a small machine: one file at a time.
        test: {
          name: 'cluster',
          include: ['api/test/cluster/*.test.ts'],
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          globalSetup: ['api/test/engines/global-setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          sequence: { groupOrder: 3 },
          fileParallelism: false,
          testTimeout: 90_000,
          hookTimeout: 120_000,
          expect: { poll: { timeout: 15_000 } },
        },
      },
    ],
  },
})
